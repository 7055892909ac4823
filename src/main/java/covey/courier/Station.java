package covey.courier;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.store.OrderedStore;
import covey.store.Sha256;
import covey.store.Turn;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import java.util.function.Consumer;

/**
 * What everything on this device shares that speaks with others. A new one is made when it begins again from the store.
 */
public final class Station {
    public final Env env;
    public final Turn turn;
    public final DeviceKeys keys;
    public final DeviceId me;
    public final Devices devices;
    public final Paths paths;
    private final Consumer<String> warnings;
    private boolean isOver;

    /** @param warnings what a person should know, as a sentence; told after the turn is stored */
    public Station(Env env, Turn turn, DeviceKeys keys, Devices devices, Paths paths, Consumer<String> warnings) {
        this.env = env;
        this.turn = turn;
        this.keys = keys;
        this.me = keys.id();
        this.devices = devices;
        this.paths = paths;
        this.warnings = warnings;
    }

    /** Answers to what was asked before are not for the next one. */
    public void end() {
        isOver = true;
    }

    public long wallMillis() {
        return env.clock().wallMillis();
    }

    public long monotonicMillis() {
        return env.clock().monotonicMillis();
    }

    public ByteString newId() {
        return ByteString.copyFrom(env.randomBytes(Limits.ID_BYTES));
    }

    /** What came from a device is kept under this, so that nobody takes its place with an id that it saw. */
    public static ByteString localId(ByteString room, DeviceId from, ByteString id) {
        byte[] hash = Sha256.of(room.toByteArray(), from.toBytes(), id.toByteArray());
        return ByteString.copyFrom(hash, 0, Limits.ID_BYTES);
    }

    public void command(Command command, Consumer<CommandResult> done) {
        paths.command(command, result -> run(() -> done.accept(result)));
    }

    public void query(Query query, Consumer<QueryReply> done, Consumer<Problem> refused) {
        paths.query(query, reply -> run(() -> done.accept(reply)), problem -> run(() -> refused.accept(problem)));
    }

    private void run(Runnable task) {
        if (!isOver) {
            turn.run(task);
        }
    }

    /** Whether the hub may do later what it refused now, without anything being changed here. */
    public static boolean mayPass(ErrorCode code) {
        return switch (code) {
            case INTERNAL, UNREACHABLE, BUSY, BELOW_WINDOW, NOT_LOGGED_IN, PARTIAL -> true;
            case CONFLICT, STALE_DEVICES, BAD_REQUEST, NOT_FOUND, DENIED, DAMAGED, OVER_LIMIT, UNSUPPORTED -> false;
            case UNRECOGNIZED -> false;
        };
    }

    /** Takes up what was left under a prefix; of what is damaged a person is told, and goes on without it. */
    public void load(byte[] prefix, OrderedStore.Visitor visitor) {
        int damaged = turn.scanSound(prefix, visitor);
        if (damaged > 0) {
            warn("Some of what waits to be sent or shown cannot be read back from this device's disk (" + damaged
                    + " places are damaged) and is left out. Check the disk: covey doctor.");
        }
    }

    public void warn(String sentence) {
        turn.after(() -> warnings.accept(sentence));
    }
}

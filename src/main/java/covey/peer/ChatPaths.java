package covey.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.courier.PathKind;
import covey.courier.Paths;
import covey.transport.Backoff;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.RoomAck;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What chat asks of links and hub. Chat is called back in later tasks, never from within its own calls. On the loop.
 */
final class ChatPaths implements Paths {
    /** Questions that wait for the hub to come back, or to have time; more are refused. */
    private static final int QUERIES_MAX = 1_024;

    /** Of the pause before a busy hub is asked again: up to 16 s. */
    private static final int DOUBLINGS_MAX = 6;

    private final Core core;
    private final Set<Runnable> waitingQueries = new LinkedHashSet<>();

    ChatPaths(Core core) {
        this.core = core;
    }

    @Override
    public PathKind pathTo(DeviceId device) {
        return core.links.pathTo(device);
    }

    @Override
    public boolean send(DeviceId device, FrameType type, MessageLite message) {
        return core.links.send(device, type, message);
    }

    @Override
    public void wantLink(DeviceId device) {
        core.links.wantLink(device);
    }

    @Override
    public void command(Command command, Consumer<CommandResult> done) {
        core.lane.submit(command, result -> core.later(() -> done.accept(result)));
    }

    @Override
    public void query(Query query, Consumer<QueryReply> done, Consumer<Problem> refused) {
        ask(query, 0, done, refused);
    }

    private void ask(Query query, int attempt, Consumer<QueryReply> done, Consumer<Problem> refused) {
        core.ask(query, reply -> core.later(() -> done.accept(reply)), problem -> {
            boolean isOpen = core.session.isOpen();
            boolean mayPass =
                    !isOpen || problem.getCode() == ErrorCode.UNREACHABLE || problem.getCode() == ErrorCode.BUSY;
            if (!mayPass || waitingQueries.size() >= QUERIES_MAX) {
                core.later(() -> refused.accept(problem));
                return;
            }
            Runnable again = () -> ask(query, attempt + 1, done, refused);
            waitingQueries.add(again);
            if (isOpen) {
                long pause = CommandLane.BUSY_MILLIS << Math.min(attempt, DOUBLINGS_MAX);
                core.self.loop().schedule(pause + Backoff.jitter(core.self.env(), pause), () -> {
                    if (waitingQueries.remove(again)) { // else a new session asked it
                        again.run();
                    }
                });
            }
        });
    }

    @Override
    public void roomStored(ByteString room, long upTo) {
        RoomAck stored = RoomAck.newBuilder().setRoom(room).setUpTo(upTo).build();
        core.session.send(Frame.of(FrameType.ROOM_ACK, stored));
    }

    @Override
    public boolean hubIsUp() {
        return core.isSettled();
    }

    /** The hub is back. */
    void askAgain() {
        List<Runnable> queries = List.copyOf(waitingQueries);
        waitingQueries.clear();
        queries.forEach(Runnable::run);
    }
}

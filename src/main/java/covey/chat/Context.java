package covey.chat;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import java.util.function.Consumer;

/** What all parts of the engine share. A new one is made when the engine begins again from its store. */
final class Context {
    final Env env;
    final Turn turn;
    final DeviceKeys keys;
    final DeviceId me;
    final String account;
    final People people;
    final Paths paths;
    final Listener listener;

    private boolean isOver;

    Context(Env env, Turn turn, DeviceKeys keys, String account, People people, Paths paths, Listener listener) {
        this.env = env;
        this.turn = turn;
        this.keys = keys;
        this.me = keys.id();
        this.account = account;
        this.people = people;
        this.paths = paths;
        this.listener = listener;
    }

    /** Answers to what was asked before are not for the next one. */
    void end() {
        isOver = true;
    }

    long wallMillis() {
        return env.clock().wallMillis();
    }

    long monotonicMillis() {
        return env.clock().monotonicMillis();
    }

    ByteString newId() {
        return ByteString.copyFrom(env.randomBytes(ChatMessage.ID_BYTES));
    }

    void command(Command command, Consumer<CommandResult> done) {
        paths.command(command, result -> run(() -> done.accept(result)));
    }

    void query(Query query, Consumer<QueryReply> done) {
        paths.query(query, reply -> run(() -> done.accept(reply)));
    }

    private void run(Runnable task) {
        if (!isOver) {
            turn.run(task);
        }
    }

    void warn(String sentence) {
        turn.after(() -> listener.warning(sentence));
    }

    void tell(ChatMessage message, boolean isNew) {
        turn.after(() -> {
            if (isNew) {
                listener.message(message);
            } else {
                listener.state(message);
            }
        });
    }
}

package covey.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.courier.PathKind;
import covey.courier.Paths;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.RoomAck;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * What chat asks of links and hub. Chat is called back in later tasks, never from within its own calls. On the loop.
 */
final class ChatPaths implements Paths {
    /** Questions that wait for the hub to come back; more are answered empty. */
    private static final int QUERIES_MAX = 1_024;

    private final Core core;
    private final Deque<Runnable> waitingQueries = new ArrayDeque<>();

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
    public void query(Query query, Consumer<QueryReply> done) {
        core.ask(query, reply -> core.later(() -> done.accept(reply)), problem -> {
            boolean isAway = !core.session.isOpen() || problem.getCode() == ErrorCode.UNREACHABLE;
            if (isAway && waitingQueries.size() < QUERIES_MAX) {
                waitingQueries.add(() -> query(query, done));
            } else {
                core.later(() -> done.accept(QueryReply.getDefaultInstance()));
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

package covey.hub;

import covey.transport.Connection;
import covey.wire.Frame;
import covey.wire.WireException;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Problem;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A device's bulk connection: REGISTER and WITHDRAW of thousands of names in one frame, beside its session. TLS says
 * which device it is; the state, when it applies a command, whether that may still act. A device has one, which ends
 * when idle. Runs on the I/O thread up to the batcher's queue; when enough waits, nothing more is read.
 */
final class BulkSession implements Connection.Receiver {
    private final HubNode hub;
    private final Connection connection;
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile long heardMillis;

    BulkSession(HubNode hub, Connection connection) {
        this.hub = hub;
        this.connection = connection;
        heardMillis = hub.env.clock().monotonicMillis();
    }

    /** On the hub's loop. */
    boolean isIdle(long nowMillis) {
        return waiting.get() == 0 && nowMillis - heardMillis > HubLimits.BULK_IDLE_MILLIS;
    }

    @Override
    public void received(Connection ignored, Frame frame) {
        switch (frame.type()) {
            case PING ->
                connection.send(new Frame(
                        frame.header().toBuilder().setType(FrameType.PONG).build(), frame.payload()));
            case COMMAND -> command(frame);
            case PONG, ERROR, GOODBYE -> {
                // Nothing to do.
            }
            default ->
                close(GoodbyeReason.PROTOCOL_ERROR, "a hub takes no frames of type " + frame.type() + " in bulk");
        }
    }

    private void command(Frame frame) {
        heardMillis = hub.env.clock().monotonicMillis();
        if (waiting.incrementAndGet() >= HubLimits.BULK_COMMANDS_WAITING_MAX) {
            connection.setReading(false);
            if (waiting.get() <= HubLimits.BULK_COMMANDS_WAITING_MAX / 2) {
                connection.setReading(true); // they were done meanwhile, before anybody could know
            }
        }
        try {
            CommandRequest request = HubSession.decode(frame, CommandRequest.class);
            if (request.getSequence() != 0
                    || !(request.getCommand().hasRegister()
                            || request.getCommand().hasWithdraw())) {
                throw new WireException(
                        ErrorCode.DENIED, "in bulk a hub takes REGISTER and WITHDRAW without a sequence, nothing else");
            }
            hub.commands.idempotent(connection.device(), request.getCommand(), result -> done(frame.stream(), result));
        } catch (WireException e) {
            Problem problem = HubSession.problem(e.code(), String.valueOf(e.getMessage()));
            done(frame.stream(), CommandResult.newBuilder().setProblem(problem).build());
        }
    }

    private void done(int stream, CommandResult result) {
        heardMillis = hub.env.clock().monotonicMillis();
        if (waiting.decrementAndGet() == HubLimits.BULK_COMMANDS_WAITING_MAX / 2) {
            connection.setReading(true);
        }
        connection.send(Frame.of(
                FrameType.COMMAND_REPLY,
                stream,
                CommandReply.newBuilder().setResult(result).build()));
    }

    void close(GoodbyeReason reason, String why) {
        connection.close(Goodbye.newBuilder().setReason(reason).setMessage(why).build());
    }

    @Override
    public void closed(Connection ignored, Goodbye reason) {
        // What it sent is carried out; what it was not told it asks for again.
        hub.onLoop(() -> hub.bulk.remove(connection.device(), this));
    }
}

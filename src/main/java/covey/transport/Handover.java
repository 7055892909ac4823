package covey.transport;

import covey.wire.Frame;
import covey.wire.WireException;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what arrives on a connection's I/O thread over to a loop, within a bound: who sends faster than the loop works
 * is cut, and nobody else notices.
 */
public final class Handover implements Connection.Receiver {
    private static final Logger log = LoggerFactory.getLogger(Handover.class);

    /** A waiting frame costs about this much beside its payload. */
    private static final int FRAME_COST_BYTES = 256;

    /** Works on the loop. A {@link WireException} from {@code frame} closes the connection with its sentence. */
    public interface Sink {
        void frame(Connection connection, Frame frame);

        void closed(Connection connection, Goodbye reason);
    }

    private final Executor loop;
    private final long waitingBytesMax;
    private final Sink sink;
    private final AtomicLong waitingBytes = new AtomicLong();

    public Handover(Executor loop, long waitingBytesMax, Sink sink) {
        this.loop = loop;
        this.waitingBytesMax = waitingBytesMax;
        this.sink = sink;
    }

    @Override
    public void received(Connection connection, Frame frame) {
        long cost = FRAME_COST_BYTES + (long) frame.payload().length;
        if (waitingBytes.addAndGet(cost) > waitingBytesMax) {
            connection.close(goodbye(GoodbyeReason.TOO_SLOW, "more was sent at once than this side can work on"));
            return;
        }
        onLoop(() -> {
            waitingBytes.addAndGet(-cost);
            try {
                sink.frame(connection, frame);
            } catch (WireException e) {
                log.info("closed device={} why=\"{}\"", connection.device(), e.getMessage());
                connection.close(goodbye(GoodbyeReason.PROTOCOL_ERROR, String.valueOf(e.getMessage())));
            }
        });
    }

    @Override
    public void closed(Connection connection, Goodbye reason) {
        onLoop(() -> sink.closed(connection, reason));
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            log.trace("the loop has ended, what came late is dropped", e);
        }
    }

    public static Goodbye goodbye(GoodbyeReason reason, String message) {
        return Goodbye.newBuilder().setReason(reason).setMessage(message).build();
    }
}

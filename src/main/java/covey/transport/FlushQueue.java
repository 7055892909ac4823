package covey.transport;

import io.netty.channel.EventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The connections of one I/O thread that have something to send. They are flushed after what is ready has been read:
 * all that was sent to a connection meanwhile leaves in one TLS record and one system call, and thousands of sends from
 * other threads wake the I/O thread once.
 */
final class FlushQueue implements Runnable {
    private final EventLoop loop;
    private final Queue<NettyConnection> dirty = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isScheduled = new AtomicBoolean();

    /** Scratch of the I/O thread for headers. */
    final byte[] header = new byte[covey.wire.Limits.HEADER_BYTES_MAX];

    FlushQueue(EventLoop loop) {
        this.loop = loop;
    }

    EventLoop loop() {
        return loop;
    }

    void add(NettyConnection connection) {
        dirty.add(connection);
        if (!isScheduled.get() && isScheduled.compareAndSet(false, true)) {
            try {
                loop.execute(this);
            } catch (RejectedExecutionException e) {
                dirty.clear(); // the transport is closed, and with it every connection
            }
        }
    }

    @Override
    public void run() {
        isScheduled.set(false);
        for (NettyConnection next = dirty.poll(); next != null; next = dirty.poll()) {
            next.flush();
        }
    }
}

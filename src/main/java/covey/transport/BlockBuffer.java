package covey.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A direct buffer out of {@link BlockBuffers}, counted: whoever keeps it holds it, and the last one to release it gives
 * it back. Any thread; who writes or reads its bytes agrees with the other holders.
 */
public final class BlockBuffer {
    private final BlockBuffers pool;
    private final BlockBuffers.Share share;
    private final ByteBuffer whole;
    private final ByteBuffer bytes;
    private final AtomicInteger holds = new AtomicInteger(1);

    BlockBuffer(BlockBuffers pool, BlockBuffers.Share share, ByteBuffer whole, int bytes) {
        this.pool = pool;
        this.share = share;
        this.whole = whole;
        this.bytes = whole.slice(0, bytes);
    }

    /** As many bytes as were asked for; whoever took it may move its position and limit. */
    public ByteBuffer bytes() {
        return bytes;
    }

    public BlockBuffer hold() {
        if (holds.getAndIncrement() <= 0) {
            throw new IllegalStateException("hold: the buffer was given back (expected: one that somebody holds)");
        }
        return this;
    }

    public void release() {
        int left = holds.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("release: once too often; the buffer was given back");
        }
        if (left == 0) {
            pool.giveBack(whole, share);
        }
    }
}

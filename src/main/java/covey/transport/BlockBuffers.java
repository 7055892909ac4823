package covey.transport;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Direct buffers for blocks, used again and again: allocating one means filling it with zeros. All that is out and all
 * that is kept together stay within a bound. {@code this} guards everything; any thread.
 */
public final class BlockBuffers {
    private static final int BYTES_MIN = 16 * 1024;

    private final long bytesMax;
    private final Map<Integer, ArrayDeque<ByteBuffer>> free = new HashMap<>();
    private final Set<Share> waiting = new LinkedHashSet<>();
    private final Share whole;
    private long freeBytes;
    private long takenBytes;

    /** What one of those who share the buffers may have out. */
    public static final class Share {
        private final long bytesMax;
        private final Runnable freed;
        private long takenBytes;

        /** @param freed run when something came back after nothing could be taken; any thread, must not block */
        public Share(long bytesMax, Runnable freed) {
            this.bytesMax = bytesMax;
            this.freed = freed;
        }
    }

    public BlockBuffers(long bytesMax) {
        this.bytesMax = bytesMax;
        this.whole = new Share(bytesMax, () -> {});
    }

    public long bytesMax() {
        return bytesMax;
    }

    /** Empty when as much as is allowed is out. The bytes are what the one before left there. */
    public Optional<BlockBuffer> tryTake(int bytes) {
        return tryTake(bytes, whole);
    }

    /** As {@link #tryTake(int)}, also empty when the share is out; it hears then when to try again. */
    public synchronized Optional<BlockBuffer> tryTake(int bytes, Share share) {
        int capacity = capacity(bytes);
        if (takenBytes + capacity > bytesMax || share.takenBytes + capacity > share.bytesMax) {
            if (share != whole) {
                waiting.add(share);
            }
            return Optional.empty();
        }
        takenBytes += capacity;
        share.takenBytes += capacity;
        ArrayDeque<ByteBuffer> fitting = free.get(capacity);
        if (fitting != null && !fitting.isEmpty()) {
            freeBytes -= capacity;
            return Optional.of(new BlockBuffer(this, share, fitting.removeLast(), bytes));
        }
        if (takenBytes + freeBytes > bytesMax) {
            // Buffers of another size: contents of that size are not under way now.
            free.clear();
            freeBytes = 0;
        }
        return Optional.of(new BlockBuffer(this, share, ByteBuffer.allocateDirect(capacity), bytes));
    }

    public synchronized long takenBytes() {
        return takenBytes;
    }

    void giveBack(ByteBuffer bytes, Share share) {
        List<Share> again;
        synchronized (this) {
            takenBytes -= bytes.capacity();
            share.takenBytes -= bytes.capacity();
            freeBytes += bytes.capacity();
            free.computeIfAbsent(bytes.capacity(), capacity -> new ArrayDeque<>())
                    .add(bytes);
            again = List.copyOf(waiting);
            waiting.clear();
        }
        again.forEach(one -> one.freed.run());
    }

    /** Powers of two, as blocks are: whatever is given back fits the next one. */
    private static int capacity(int bytes) {
        return Math.max(BYTES_MIN, Integer.highestOneBit(Math.max(1, bytes) * 2 - 1));
    }
}

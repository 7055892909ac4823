package covey.transport;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Direct buffers for blocks, used again and again: allocating one means filling it with zeros. All that is out and all
 * that is kept together stay within a bound. {@code this} guards everything; any thread.
 */
public final class BlockBuffers {
    private static final int BYTES_MIN = 16 * 1024;

    private final long bytesMax;
    private final Map<Integer, ArrayDeque<ByteBuffer>> free = new HashMap<>();
    private long freeBytes;
    private long takenBytes;

    public BlockBuffers(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Empty when as much as is allowed is out. The bytes are what the one before left there. */
    public synchronized Optional<BlockBuffer> tryTake(int bytes) {
        int capacity = capacity(bytes);
        if (takenBytes + capacity > bytesMax) {
            return Optional.empty();
        }
        takenBytes += capacity;
        ArrayDeque<ByteBuffer> fitting = free.get(capacity);
        if (fitting != null && !fitting.isEmpty()) {
            freeBytes -= capacity;
            return Optional.of(new BlockBuffer(this, fitting.removeLast(), bytes));
        }
        if (takenBytes + freeBytes > bytesMax) {
            // Buffers of another size: contents of that size are not under way now.
            free.clear();
            freeBytes = 0;
        }
        return Optional.of(new BlockBuffer(this, ByteBuffer.allocateDirect(capacity), bytes));
    }

    /** Waits until there is one: for virtual threads, never for an I/O thread. */
    public synchronized BlockBuffer take(int bytes) throws InterruptedException {
        if (capacity(bytes) > bytesMax) {
            throw new IllegalArgumentException("buffer: " + bytes + " bytes (expected: <= " + bytesMax + ")");
        }
        while (true) {
            Optional<BlockBuffer> taken = tryTake(bytes);
            if (taken.isPresent()) {
                return taken.get();
            }
            wait();
        }
    }

    public synchronized long takenBytes() {
        return takenBytes;
    }

    synchronized void giveBack(ByteBuffer whole) {
        takenBytes -= whole.capacity();
        freeBytes += whole.capacity();
        free.computeIfAbsent(whole.capacity(), capacity -> new ArrayDeque<>()).add(whole);
        notifyAll();
    }

    /** Powers of two, as blocks are: whatever is given back fits the next one. */
    private static int capacity(int bytes) {
        return Math.max(BYTES_MIN, Integer.highestOneBit(Math.max(1, bytes) * 2 - 1));
    }
}

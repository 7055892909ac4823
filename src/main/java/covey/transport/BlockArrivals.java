package covey.transport;

import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that were asked for on one bulk connection: each has its buffer from the moment it is asked for, so that
 * what is under way is bounded, and is filled in order. Asking and forgetting: one thread; arriving: the I/O thread.
 */
public final class BlockArrivals {
    private final BlockBuffers buffers;

    /** An entry is removed by whoever takes its buffer over. */
    private final Map<Integer, Arriving> awaited = new ConcurrentHashMap<>();

    /** Of the I/O thread: the block whose bytes are arriving, with a hold of its own. */
    private @Nullable Arriving filling;

    private static final class Arriving {
        final BlockBuffer buffer;
        int filled;

        Arriving(BlockBuffer buffer) {
            this.buffer = buffer;
        }
    }

    public BlockArrivals(BlockBuffers buffers) {
        this.buffers = buffers;
    }

    /** False when no buffer is free, so that the block cannot be asked for now. */
    public boolean await(int block, int bytes) {
        Optional<BlockBuffer> buffer = buffers.tryTake(bytes);
        buffer.ifPresent(taken -> {
            forget(block);
            awaited.put(block, new Arriving(taken));
        });
        return buffer.isPresent();
    }

    /** What comes of it all the same is skipped. */
    public void forget(int block) {
        Arriving forgotten = awaited.remove(block);
        if (forgotten != null) {
            forgotten.buffer.release();
        }
    }

    public void forgetAll() {
        List.copyOf(awaited.keySet()).forEach(this::forget);
    }

    /** As {@link Connection.BlockReceiver#blockBegins}. */
    public Optional<ByteBuffer> begins(FrameHeader header, int payloadBytes) {
        // Held while it is filled: it may be forgotten meanwhile.
        Arriving found = awaited.computeIfPresent(header.getBlock(), (block, known) -> {
            known.buffer.hold();
            return known;
        });
        if (found == null) {
            return Optional.empty();
        }
        int bytes = found.buffer.bytes().capacity();
        if (header.getOffset() == 0) {
            found.filled = 0;
        } else if (header.getOffset() != found.filled) {
            // What was still on its way when the block was given up, and then asked for anew: it begins again.
            found.buffer.release();
            return Optional.empty();
        }
        filling = found;
        if (payloadBytes > bytes - found.filled) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "BLOCK: " + payloadBytes + " bytes at " + Integer.toUnsignedString(header.getOffset())
                            + " (expected: at " + found.filled + " of " + bytes + ")");
        }
        return Optional.of(found.buffer.bytes().slice(found.filled, payloadBytes));
    }

    /** As {@link Connection.BlockReceiver#blockArrived}; the buffer, the caller's now, when the block is whole. */
    public Optional<BlockBuffer> arrived(FrameHeader header, int payloadBytes) {
        Arriving filled = filling;
        filling = null;
        if (filled == null) {
            return Optional.empty();
        }
        filled.filled += payloadBytes;
        boolean isWhole =
                filled.filled == filled.buffer.bytes().capacity() && awaited.remove(header.getBlock(), filled);
        filled.buffer.release();
        return isWhole ? Optional.of(filled.buffer) : Optional.empty();
    }

    /** The connection ended; on the I/O thread. */
    public void ended() {
        if (filling != null) {
            filling.buffer.release();
            filling = null;
        }
    }
}

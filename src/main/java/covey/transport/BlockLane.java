package covey.transport;

import covey.wire.FrameCodec;
import covey.wire.Limits;
import covey.wire.proto.FrameHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Blocks that wait to leave on one bulk connection, behind its other frames. Netty is given as much as the socket takes
 * and one frame more. {@code this} guards the queue and the count.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells the pipeline what fails
final class BlockLane {
    /** Waiting beyond that, a sender holds back: the disk is asked for the next while these are encrypted. */
    private static final long HIGH_WATER_BYTES = 1024 * 1024;

    private static final long LOW_WATER_BYTES = 512 * 1024;

    private final Channel channel;
    private final Runnable becameWritable;
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private long unsentBytes;
    private boolean isWritable = true;
    private boolean isClosed;

    private record Waiting(FrameHeader header, ByteBuffer payload, BlockBuffer owner) {}

    BlockLane(Channel channel, Runnable becameWritable) {
        this.channel = channel;
        this.becameWritable = becameWritable;
    }

    /** False when the connection is closed; the buffer is not held then. */
    synchronized boolean add(FrameHeader header, ByteBuffer payload, BlockBuffer owner) {
        if (isClosed) {
            return false;
        }
        queue.add(new Waiting(header, payload.slice(), owner.hold()));
        unsentBytes += payload.remaining();
        isWritable &= unsentBytes <= HIGH_WATER_BYTES;
        return true;
    }

    synchronized boolean isWritable() {
        return isWritable;
    }

    synchronized long unsentBytes() {
        return unsentBytes;
    }

    /** On the I/O thread. True when something was written and is to be flushed. */
    boolean write() {
        boolean hasWritten = false;
        while (channel.isWritable()) {
            Waiting next = next();
            if (next == null) {
                break;
            }
            int bytes = next.payload.remaining();
            byte[] front = FrameCodec.encodeFront(next.header, bytes, Limits.BULK_PAYLOAD_BYTES_MAX);
            ByteBuf payload = Unpooled.wrappedBuffer(next.payload);
            channel.write(channel.alloc().directBuffer(front.length).writeBytes(front));
            channel.write(payload).addListener(done -> {
                next.owner.release();
                left(bytes);
            });
            hasWritten = true;
        }
        return hasWritten;
    }

    private synchronized @Nullable Waiting next() {
        return queue.poll();
    }

    private void left(int bytes) {
        boolean isAgain;
        synchronized (this) {
            unsentBytes -= bytes;
            isAgain = !isWritable && unsentBytes <= LOW_WATER_BYTES && !isClosed;
            isWritable |= isAgain;
        }
        if (isAgain) {
            becameWritable.run();
        }
    }

    /** What waits is dropped, what Netty has is released when Netty is done with it. */
    synchronized void close() {
        isClosed = true;
        for (Waiting dropped : queue) {
            unsentBytes -= dropped.payload.remaining();
            dropped.owner.release();
        }
        queue.clear();
    }
}

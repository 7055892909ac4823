package covey.transport;

import covey.identity.Signatures;
import covey.wire.DeviceId;
import covey.wire.EncodedFrame;
import covey.wire.Frame;
import covey.wire.FrameCodec;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection over Netty. What is sent waits as encoded frames, shared between connections where one frame goes to
 * many, until the I/O thread takes a chunk of them; so a frame is never cut by an early end, and a slow reader holds
 * little.
 *
 * <p>{@code this} guards the queue, the counts and the stage; the receiver is called on the I/O thread only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells the pipeline what fails
final class NettyConnection implements Connection {
    private static final Logger log = LoggerFactory.getLogger(NettyConnection.class);

    /** Frames taken at once: two TLS records. More would only wait in Netty. */
    private static final int CHUNK_BYTES_MAX = 32 * 1024;

    /** How long an ending connection may take to flush, and its other side to see the GOODBYE and close. */
    private static final long CLOSE_MILLIS_MAX = 2_000;

    private enum Stage {
        OPEN,
        /** GOODBYE is queued or sent; nothing else is. */
        CLOSING,
        CLOSED
    }

    private final Channel channel;
    private final FlushQueue flushes;
    private final TransportSettings settings;
    private final Protocol protocol;
    private final DeviceId device;
    private final byte[] publicKey;

    /** Of a bulk connection only. */
    private final @Nullable BlockLane blocks;

    private @Nullable ArrayDeque<byte[]> queue;
    private long unsentBytes;
    private boolean isWritable = true;
    private boolean isQueuedForFlush;
    private volatile Stage stage = Stage.OPEN;
    private Goodbye reason = Goodbye.getDefaultInstance();

    // Of the I/O thread.
    private @Nullable Receiver receiver;
    private boolean isClosedTold;
    private boolean isCloseTimed;

    NettyConnection(
            Channel channel, FlushQueue flushes, TransportSettings settings, Protocol protocol, byte[] publicKey) {
        this.channel = channel;
        this.flushes = flushes;
        this.settings = settings;
        this.protocol = protocol;
        this.publicKey = publicKey;
        this.device = Signatures.deviceId(publicKey);
        this.blocks = protocol.isBulk() ? new BlockLane(channel, () -> tell(to -> to.writable(this))) : null;
    }

    @Override
    public DeviceId device() {
        return device;
    }

    @Override
    public byte[] publicKey() {
        return publicKey.clone();
    }

    @Override
    public String remoteAddress() {
        return text(channel.remoteAddress());
    }

    @Override
    public String localAddress() {
        return text(channel.localAddress());
    }

    private static String text(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet ? NetUtil.toSocketAddressString(inet) : "unknown";
    }

    @Override
    public Protocol protocol() {
        return protocol;
    }

    @Override
    public boolean send(Frame frame) {
        return stage == Stage.OPEN && send(FrameCodec.encode(frame, protocol.payloadBytesMax()));
    }

    @Override
    public boolean send(EncodedFrame frame) {
        return stage == Stage.OPEN && send(frame.bytes());
    }

    @Override
    public boolean send(FrameHeader header, ByteBuffer payload, BlockBuffer owner) {
        if (blocks == null) {
            return Connection.super.send(header, payload, owner);
        }
        if (stage != Stage.OPEN || !blocks.add(header, payload, owner)) {
            return false;
        }
        flushes.add(this);
        return true;
    }

    @Override
    public void setReading(boolean isReading) {
        if (blocks == null) {
            Connection.super.setReading(isReading);
        }
        channel.config().setAutoRead(isReading);
    }

    private boolean send(byte[] bytes) {
        boolean isNew;
        synchronized (this) {
            if (stage != Stage.OPEN) {
                return false;
            }
            if (unsentBytes + bytes.length > settings.unsentBytesMax()) {
                log.info("cut slow reader device={} unsentBytes={}", device, unsentBytes);
                leave(Goodbye.newBuilder()
                        .setReason(GoodbyeReason.TOO_SLOW)
                        .setMessage("more than " + settings.unsentBytesMax()
                                + " bytes waited for this side to read; connect again, nothing stored is lost")
                        .build());
                return false;
            }
            isNew = enqueue(bytes);
        }
        if (isNew) {
            flushes.add(this);
        }
        return true;
    }

    /** True when the connection must be added to its flush queue. Guarded by this. */
    private boolean enqueue(byte[] bytes) {
        if (queue == null) {
            queue = new ArrayDeque<>(4);
        }
        queue.add(bytes);
        unsentBytes += bytes.length;
        if (unsentBytes > settings.highWaterBytes()) {
            isWritable = false;
        }
        boolean isNew = !isQueuedForFlush;
        isQueuedForFlush = true;
        return isNew;
    }

    @Override
    public synchronized boolean isWritable() {
        return isWritable && stage == Stage.OPEN && (blocks == null || blocks.isWritable());
    }

    @Override
    public synchronized long unsentBytes() {
        return unsentBytes + (blocks == null ? 0 : blocks.unsentBytes());
    }

    @Override
    public boolean isOpen() {
        return stage == Stage.OPEN;
    }

    @Override
    public void close(Goodbye goodbye) {
        synchronized (this) {
            if (stage != Stage.OPEN) {
                return;
            }
            if (goodbye.getReason() == GoodbyeReason.TOO_SLOW) {
                leave(goodbye);
                return;
            }
            stage = Stage.CLOSING;
            reason = goodbye;
            enqueue(FrameCodec.encode(Frame.of(FrameType.GOODBYE, goodbye)));
        }
        // Even when queued already: the flush may have been waiting for the socket.
        flushes.add(this);
    }

    /** GOODBYE instead of everything that waits, for who does not read anyway. Guarded by this. */
    private void leave(Goodbye goodbye) {
        stage = Stage.CLOSING;
        reason = goodbye;
        if (queue != null) {
            for (byte[] dropped : queue) {
                unsentBytes -= dropped.length;
            }
            queue.clear();
        }
        enqueue(FrameCodec.encode(Frame.of(FrameType.GOODBYE, goodbye)));
        flushes.add(this);
    }

    @Override
    public void receiver(Receiver installed) {
        if (receiver != null) {
            throw new IllegalStateException("receiver: installed twice (expected: once, when the connection is new)");
        }
        receiver = installed;
    }

    boolean hasReceiver() {
        return receiver != null;
    }

    /** On the I/O thread: hands the queue to Netty as far as the socket takes it. */
    void flush() {
        boolean hasWritten = false;
        while (channel.isWritable()) {
            ByteBuf chunk = nextChunk();
            if (chunk == null) {
                break;
            }
            channel.write(chunk).addListener(new Sent(chunk.readableBytes()));
            hasWritten = true;
        }
        if (blocks != null) {
            hasWritten |= blocks.write();
        }
        if (hasWritten) {
            channel.flush();
        }
        if (stage == Stage.CLOSING) {
            endOwn();
        }
    }

    private synchronized @Nullable ByteBuf nextChunk() {
        if (queue == null || queue.isEmpty()) {
            isQueuedForFlush = false;
            queue = null; // an idle connection keeps nothing
            return null;
        }
        int bytes = 0;
        for (byte[] frame : queue) {
            if (bytes > 0 && bytes + frame.length > CHUNK_BYTES_MAX) {
                break;
            }
            bytes += frame.length;
        }
        ByteBuf chunk = channel.alloc().directBuffer(bytes);
        while (chunk.readableBytes() < bytes) {
            chunk.writeBytes(queue.remove());
        }
        return chunk;
    }

    /** On the I/O thread, after each write that left for the socket. */
    private void sent(int bytes) {
        boolean becameWritable;
        boolean isDone;
        synchronized (this) {
            unsentBytes -= bytes;
            becameWritable = !isWritable && unsentBytes <= settings.lowWaterBytes() && stage == Stage.OPEN;
            isWritable |= becameWritable;
            isDone = stage == Stage.CLOSING && unsentBytes == 0;
        }
        if (becameWritable) {
            tell(to -> to.writable(this));
        }
        if (isDone) {
            // The other side closes when it has read the GOODBYE. Closing first could lose it: bytes of theirs that we
            // have not read would turn our close into a reset. So only the sending half is closed.
            if (channel instanceof io.netty.channel.socket.DuplexChannel duplex) {
                io.netty.handler.ssl.SslHandler tls = channel.pipeline().get(io.netty.handler.ssl.SslHandler.class);
                if (tls != null) {
                    tls.closeOutbound().addListener(done -> duplex.shutdownOutput());
                }
            }
        }
    }

    /** This side ends the connection. */
    private void endOwn() {
        if (!isCloseTimed) {
            isCloseTimed = true;
            channel.eventLoop().schedule(() -> channel.close(), CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS);
        }
        dropBlocks();
        tellClosed(reason);
    }

    private void dropBlocks() {
        if (blocks != null) {
            blocks.close();
        }
    }

    /** On the I/O thread: the other side, or the network, ended the connection. */
    void ended(Goodbye why) {
        synchronized (this) {
            if (stage == Stage.OPEN) {
                reason = why;
            }
            stage = Stage.CLOSED;
            queue = null;
            unsentBytes = 0;
        }
        dropBlocks();
        channel.close();
        tellClosed(reason);
    }

    private void tellClosed(Goodbye why) {
        if (!isClosedTold) {
            isClosedTold = true;
            tell(to -> to.closed(this, why));
        }
    }

    /** On the I/O thread. */
    void received(Frame frame) {
        tell(to -> to.received(this, frame));
    }

    /** On the I/O thread: where a block's bytes go; null when nobody wants them. */
    @Nullable
    ByteBuffer blockBegins(FrameHeader header, int payloadBytes) {
        return receiver instanceof BlockReceiver taking
                ? taking.blockBegins(this, header, payloadBytes).orElse(null)
                : null;
    }

    void blockArrived(FrameHeader header, int payloadBytes) {
        tell(to -> ((BlockReceiver) to).blockArrived(this, header, payloadBytes));
    }

    private void tell(Consumer<Receiver> what) {
        if (receiver == null) {
            return;
        }
        try {
            what.accept(receiver);
        } catch (RuntimeException e) {
            log.error("receiver failed device={}", device, e);
            close(Goodbye.newBuilder()
                    .setReason(GoodbyeReason.PROTOCOL_ERROR)
                    .setMessage("this side failed at what was sent; it is written in its log")
                    .build());
        }
    }

    @Override
    public String toString() {
        return device.shortText() + "@" + remoteAddress();
    }

    private final class Sent implements ChannelFutureListener {
        private final int bytes;

        Sent(int bytes) {
            this.bytes = bytes;
        }

        @Override
        public void operationComplete(ChannelFuture future) {
            if (future.isSuccess()) {
                sent(bytes);
            }
        }
    }
}

package covey.transport;

import covey.wire.Frame;
import covey.wire.FrameCodec;
import covey.wire.Messages;
import covey.wire.WireException;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Last in a connection's pipeline: cuts decrypted bytes into frames and tells what happens to the channel. */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells the pipeline what fails
class FrameReader extends ChannelInboundHandlerAdapter {
    private final NettyConnection connection;
    static final byte[] NO_BYTES = {};

    final byte[] headerScratch;

    /** Beginning of a frame whose rest is not there yet; it grows only as bytes arrive. */
    @Nullable
    ByteBuf partial;

    private String brokenBecause = "the connection broke off";

    FrameReader(NettyConnection connection, byte[] headerScratch) {
        this.connection = connection;
        this.headerScratch = headerScratch;
    }

    /** The reader of that channel, once its handshake is over. */
    static Optional<FrameReader> of(Channel channel) {
        return Optional.ofNullable(channel.pipeline().get(FrameReader.class));
    }

    final NettyConnection connection() {
        return connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf arrived = (ByteBuf) message;
        try {
            read(context, arrived);
        } catch (WireException e) {
            release();
            connection.close(Handover.goodbye(GoodbyeReason.PROTOCOL_ERROR, e.getMessage()));
        } finally {
            arrived.release();
        }
    }

    /** What was decrypted last; it is released afterwards. */
    void read(ChannelHandlerContext context, ByteBuf arrived) {
        if (partial == null) {
            readFrames(arrived);
            keepRest(context, arrived);
        } else {
            partial.writeBytes(arrived);
            readFrames(partial);
            dropWhenRead();
        }
    }

    private void readFrames(ByteBuf in) {
        // After close() nothing more is looked at, whatever still arrives.
        while (connection.isOpen() && in.readableBytes() >= FrameCodec.LENGTH_BYTES) {
            int length = FrameCodec.checkLength(in.getInt(in.readerIndex()));
            if (in.readableBytes() < FrameCodec.LENGTH_BYTES + length) {
                return;
            }
            in.skipBytes(FrameCodec.LENGTH_BYTES);
            received(readFrame(in, length));
        }
        if (!connection.isOpen()) {
            in.skipBytes(in.readableBytes());
        }
    }

    private Frame readFrame(ByteBuf in, int length) {
        int headerBytes = FrameCodec.checkHeaderLength(in.readUnsignedShort(), length);
        in.readBytes(headerScratch, 0, headerBytes);
        byte[] payload = new byte[length - FrameCodec.HEADER_LENGTH_BYTES - headerBytes];
        in.readBytes(payload);
        return FrameCodec.decode(headerScratch, headerBytes, payload);
    }

    final void received(Frame frame) {
        if (frame.type() == FrameType.GOODBYE) {
            connection.ended(Messages.as(frame, Goodbye.class));
        } else {
            connection.received(frame);
        }
    }

    private void keepRest(ChannelHandlerContext context, ByteBuf in) {
        if (in.isReadable()) {
            partial = context.alloc().heapBuffer(in.readableBytes()).writeBytes(in);
        }
    }

    private void dropWhenRead() {
        if (partial != null && !partial.isReadable()) {
            release();
        } else if (partial != null) {
            partial.discardSomeReadBytes();
        }
    }

    private void release() {
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            connection.flush();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        release();
        connection.ended(Handover.goodbye(GoodbyeReason.CLOSING, brokenBecause));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        brokenBecause = Faults.sentence(cause);
        context.close();
    }
}

package covey.transport;

import covey.wire.FrameCodec;
import covey.wire.Limits;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The reader of a bulk connection: a block's bytes go straight from TLS to where the receiver wants them, record by
 * record; other frames are put together first.
 */
final class BulkReader extends FrameReader {
    private static final int FRONT_BYTES = FrameCodec.LENGTH_BYTES + FrameCodec.HEADER_LENGTH_BYTES;

    /** Of the BLOCK frame whose payload is arriving. */
    private @Nullable FrameHeader block;

    /** Where it goes; null when nobody wants it. */
    private @Nullable ByteBuffer target;

    private int payloadBytes;
    private int bytesLeft;

    BulkReader(NettyConnection connection, byte[] headerScratch) {
        super(connection, headerScratch);
    }

    @Override
    void read(ChannelHandlerContext context, ByteBuf arrived) {
        while (arrived.isReadable() && connection().isOpen()) {
            if (block != null) {
                readBlock(arrived);
            } else if (partial == null && stepBytes(arrived) <= arrived.readableBytes()) {
                step(arrived);
            } else {
                collect(context, arrived);
            }
        }
    }

    /** Takes from what arrived as much as the next step needs, and no more. */
    private void collect(ChannelHandlerContext context, ByteBuf arrived) {
        ByteBuf begun = partial == null ? context.alloc().heapBuffer(FRONT_BYTES) : partial;
        partial = begun;
        int missing = stepBytes(begun) - begun.readableBytes();
        while (missing > 0 && arrived.isReadable()) {
            begun.writeBytes(arrived, Math.min(missing, arrived.readableBytes()));
            missing = stepBytes(begun) - begun.readableBytes();
        }
        if (missing == 0) {
            partial = null;
            try {
                step(begun);
            } finally {
                begun.release();
            }
        }
    }

    /** Bytes of a frame, from its beginning, that must be there to go on: a front, a header, then all but a block. */
    private int stepBytes(ByteBuf frame) {
        if (frame.readableBytes() < FRONT_BYTES) {
            return FRONT_BYTES;
        }
        int at = frame.readerIndex();
        int length = FrameCodec.checkLength(frame.getInt(at), Limits.BULK_PAYLOAD_BYTES_MAX);
        int headerBytes = headerBytes(frame, at, length);
        if (frame.readableBytes() < FRONT_BYTES + headerBytes) {
            return FRONT_BYTES + headerBytes;
        }
        return header(frame, at, headerBytes).getType() == FrameType.BLOCK
                ? FRONT_BYTES + headerBytes
                : FrameCodec.LENGTH_BYTES + length;
    }

    private static int headerBytes(ByteBuf frame, int at, int length) {
        int says = frame.getUnsignedShort(at + FrameCodec.LENGTH_BYTES);
        return FrameCodec.checkHeaderLength(says, length, Limits.BULK_PAYLOAD_BYTES_MAX);
    }

    private FrameHeader header(ByteBuf frame, int at, int headerBytes) {
        frame.getBytes(at + FRONT_BYTES, headerScratch, 0, headerBytes);
        return FrameCodec.decode(headerScratch, headerBytes, NO_BYTES).header();
    }

    private void step(ByteBuf frame) {
        int length = frame.getInt(frame.readerIndex());
        int headerBytes = headerBytes(frame, frame.readerIndex(), length);
        FrameHeader header = header(frame, frame.readerIndex(), headerBytes);
        frame.skipBytes(FRONT_BYTES + headerBytes);
        int bytes = length - FrameCodec.HEADER_LENGTH_BYTES - headerBytes;
        if (header.getType() == FrameType.BLOCK) {
            begin(header, bytes);
        } else {
            byte[] payload = new byte[bytes];
            frame.readBytes(payload);
            received(FrameCodec.decode(headerScratch, headerBytes, payload));
        }
    }

    private void begin(FrameHeader header, int bytes) {
        if (bytes == 0) {
            throw new WireException(ErrorCode.BAD_REQUEST, "BLOCK: no bytes (expected: part of a block)");
        }
        target = connection().blockBegins(header, bytes);
        block = header;
        payloadBytes = bytes;
        bytesLeft = bytes;
    }

    private void readBlock(ByteBuf arrived) {
        int bytes = Math.min(bytesLeft, arrived.readableBytes());
        bytesLeft -= bytes;
        ByteBuffer into = target;
        if (into == null) {
            arrived.skipBytes(bytes);
        } else {
            arrived.readBytes(into.limit(into.position() + bytes));
        }
        FrameHeader whole = block;
        if (bytesLeft == 0 && whole != null) {
            block = null;
            target = null;
            if (into != null) {
                connection().blockArrived(whole, payloadBytes);
            }
        }
    }
}

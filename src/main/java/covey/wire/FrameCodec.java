package covey.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Frames as bytes: {@code u32 length of what follows | u16 header length | header | payload}, big endian. Lengths are
 * checked before anything is kept or parsed.
 */
public final class FrameCodec {
    /** Bytes of the length in front of a frame. */
    public static final int LENGTH_BYTES = 4;

    public static final int HEADER_LENGTH_BYTES = 2;

    /** What the length in front of a frame may say at most. */
    public static final int LENGTH_MAX = HEADER_LENGTH_BYTES + Limits.HEADER_BYTES_MAX + Limits.CONTROL_FRAME_BYTES_MAX;

    private FrameCodec() {}

    /** The whole frame, its length in front. */
    public static byte[] encode(Frame frame) {
        int headerBytes = frame.header().getSerializedSize();
        int payloadBytes = frame.payload().length;
        if (headerBytes > Limits.HEADER_BYTES_MAX || payloadBytes > Limits.CONTROL_FRAME_BYTES_MAX) {
            throw new IllegalArgumentException("frame " + frame.type() + ": header " + headerBytes + ", payload "
                    + payloadBytes + " bytes (expected: <= " + Limits.HEADER_BYTES_MAX + ", <= "
                    + Limits.CONTROL_FRAME_BYTES_MAX + ")");
        }
        int length = HEADER_LENGTH_BYTES + headerBytes + payloadBytes;
        byte[] bytes = new byte[LENGTH_BYTES + length];
        ByteBuffer.wrap(bytes).putInt(length).putShort((short) headerBytes);
        int headerAt = LENGTH_BYTES + HEADER_LENGTH_BYTES;
        try {
            CodedOutputStream header = CodedOutputStream.newInstance(bytes, headerAt, headerBytes);
            frame.header().writeTo(header);
            header.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new UncheckedIOException("a header of " + headerBytes + " bytes did not fit into them", e);
        }
        System.arraycopy(frame.payload(), 0, bytes, headerAt + headerBytes, payloadBytes);
        return bytes;
    }

    /** Checks what a length in front of a frame says, before a byte of the frame is kept. */
    public static int checkLength(int length) {
        if (length < HEADER_LENGTH_BYTES || length > LENGTH_MAX) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "frame length: " + Integer.toUnsignedString(length) + " (expected: " + HEADER_LENGTH_BYTES + " to "
                            + LENGTH_MAX + ")");
        }
        return length;
    }

    /** Takes exactly one whole frame, its length in front; anything missing or left over is refused. */
    public static Frame decode(ByteBuffer whole) {
        if (whole.remaining() < LENGTH_BYTES) {
            throw new WireException(ErrorCode.BAD_REQUEST, "frame: cut off in its length");
        }
        int length = checkLength(whole.getInt());
        if (whole.remaining() != length) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "frame: " + whole.remaining() + " bytes (expected: " + length + ", as its length says)");
        }
        int headerBytes = checkHeaderLength(Short.toUnsignedInt(whole.getShort()), length);
        byte[] header = new byte[headerBytes];
        whole.get(header);
        byte[] payload = new byte[whole.remaining()];
        whole.get(payload);
        return decode(header, headerBytes, payload);
    }

    /** Checks what the header's length says, given what the frame's length said. */
    public static int checkHeaderLength(int headerBytes, int length) {
        int headerBytesMax = Math.min(Limits.HEADER_BYTES_MAX, length - HEADER_LENGTH_BYTES);
        int payloadBytes = length - HEADER_LENGTH_BYTES - headerBytes;
        if (headerBytes > headerBytesMax || payloadBytes > Limits.CONTROL_FRAME_BYTES_MAX) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "frame header: " + headerBytes + " bytes of " + length + " (expected: <= " + headerBytesMax
                            + ", and a payload of <= " + Limits.CONTROL_FRAME_BYTES_MAX + ")");
        }
        return headerBytes;
    }

    /** For readers that have the parts already; {@code payload} is kept, {@code header} is not. */
    public static Frame decode(byte[] header, int headerBytes, byte[] payload) {
        try {
            return new Frame(FrameHeader.parser().parseFrom(header, 0, headerBytes), payload);
        } catch (InvalidProtocolBufferException e) {
            throw new WireException(ErrorCode.BAD_REQUEST, "frame header: not understood (" + e.getMessage() + ")");
        }
    }
}

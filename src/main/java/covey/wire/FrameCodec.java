package covey.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Frames as bytes: {@code u32 length of what follows | u16 header length | header | payload}, big endian. Lengths are
 * checked before anything is kept or parsed.
 */
public final class FrameCodec {
    /** Bytes of the length in front of a frame. */
    public static final int LENGTH_BYTES = 4;

    public static final int HEADER_LENGTH_BYTES = 2;

    /** What the length in front of a frame may say at most, on control connections. */
    public static final int LENGTH_MAX = lengthMax(Limits.CONTROL_FRAME_BYTES_MAX);

    private FrameCodec() {}

    private static int lengthMax(int payloadBytesMax) {
        return HEADER_LENGTH_BYTES + Limits.HEADER_BYTES_MAX + payloadBytesMax;
    }

    /** The whole frame, its length in front. */
    public static byte[] encode(Frame frame) {
        return encode(frame, Limits.CONTROL_FRAME_BYTES_MAX);
    }

    /** The same for a connection that takes larger payloads. */
    public static byte[] encode(Frame frame, int payloadBytesMax) {
        int payloadBytes = frame.payload().length;
        byte[] front = encodeFront(frame.header(), payloadBytes, payloadBytesMax);
        byte[] bytes = Arrays.copyOf(front, front.length + payloadBytes);
        System.arraycopy(frame.payload(), 0, bytes, front.length, payloadBytes);
        return bytes;
    }

    /** What comes before a payload of so many bytes. */
    public static byte[] encodeFront(FrameHeader frameHeader, int payloadBytes, int payloadBytesMax) {
        int headerBytes = frameHeader.getSerializedSize();
        if (headerBytes > Limits.HEADER_BYTES_MAX || payloadBytes > payloadBytesMax) {
            throw new IllegalArgumentException("frame " + frameHeader.getType() + ": header " + headerBytes
                    + ", payload " + payloadBytes + " bytes (expected: <= " + Limits.HEADER_BYTES_MAX + ", <= "
                    + payloadBytesMax + ")");
        }
        byte[] bytes = new byte[LENGTH_BYTES + HEADER_LENGTH_BYTES + headerBytes];
        ByteBuffer.wrap(bytes)
                .putInt(HEADER_LENGTH_BYTES + headerBytes + payloadBytes)
                .putShort((short) headerBytes);
        int headerAt = LENGTH_BYTES + HEADER_LENGTH_BYTES;
        try {
            CodedOutputStream header = CodedOutputStream.newInstance(bytes, headerAt, headerBytes);
            frameHeader.writeTo(header);
            header.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new UncheckedIOException("a header of " + headerBytes + " bytes did not fit into them", e);
        }
        return bytes;
    }

    /** Checks what a length in front of a frame says, before a byte of the frame is kept. */
    public static int checkLength(int length) {
        return checkLength(length, Limits.CONTROL_FRAME_BYTES_MAX);
    }

    public static int checkLength(int length, int payloadBytesMax) {
        if (length < HEADER_LENGTH_BYTES || length > lengthMax(payloadBytesMax)) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "frame length: " + Integer.toUnsignedString(length) + " (expected: " + HEADER_LENGTH_BYTES + " to "
                            + lengthMax(payloadBytesMax) + ")");
        }
        return length;
    }

    /** Takes exactly one whole frame, its length in front; anything missing or left over is refused. */
    public static Frame decode(ByteBuffer whole) {
        return decode(whole, Limits.CONTROL_FRAME_BYTES_MAX);
    }

    public static Frame decode(ByteBuffer whole, int payloadBytesMax) {
        if (whole.remaining() < LENGTH_BYTES) {
            throw new WireException(ErrorCode.BAD_REQUEST, "frame: cut off in its length");
        }
        int length = checkLength(whole.getInt(), payloadBytesMax);
        if (whole.remaining() != length) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "frame: " + whole.remaining() + " bytes (expected: " + length + ", as its length says)");
        }
        int headerBytes = checkHeaderLength(Short.toUnsignedInt(whole.getShort()), length, payloadBytesMax);
        byte[] header = new byte[headerBytes];
        whole.get(header);
        byte[] payload = new byte[whole.remaining()];
        whole.get(payload);
        return decode(header, headerBytes, payload);
    }

    /** Checks what the header's length says, given what the frame's length said. */
    public static int checkHeaderLength(int headerBytes, int length) {
        return checkHeaderLength(headerBytes, length, Limits.CONTROL_FRAME_BYTES_MAX);
    }

    public static int checkHeaderLength(int headerBytes, int length, int payloadBytesMax) {
        int headerBytesMax = Math.min(Limits.HEADER_BYTES_MAX, length - HEADER_LENGTH_BYTES);
        int payloadBytes = length - HEADER_LENGTH_BYTES - headerBytes;
        if (headerBytes > headerBytesMax || payloadBytes > payloadBytesMax) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "frame header: " + headerBytes + " bytes of " + length + " (expected: <= " + headerBytesMax
                            + ", and a payload of <= " + payloadBytesMax + ")");
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

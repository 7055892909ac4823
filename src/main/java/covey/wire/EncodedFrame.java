package covey.wire;

/** A frame together with its bytes on the wire, so that what goes to thousands is encoded, and kept, once. */
public final class EncodedFrame {
    private final Frame frame;
    private final byte[] bytes;

    private EncodedFrame(Frame frame, byte[] bytes) {
        this.frame = frame;
        this.bytes = bytes;
    }

    public static EncodedFrame of(Frame frame) {
        return new EncodedFrame(frame, FrameCodec.encode(frame));
    }

    public Frame frame() {
        return frame;
    }

    /** Length prefix, header and payload. Shared by all connections: never change it. */
    public byte[] bytes() {
        return bytes;
    }
}

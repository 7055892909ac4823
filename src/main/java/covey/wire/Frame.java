package covey.wire;

import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;

/** One frame: a header and the bytes that belong to its type. The payload array is never changed after creation. */
@SuppressWarnings("ArrayRecordComponent") // frames are passed on, never compared
public record Frame(FrameHeader header, byte[] payload) {
    public FrameType type() {
        return header.getType();
    }

    public int stream() {
        return header.getStream();
    }

    /** A frame without correlation. */
    public static Frame of(FrameType type, com.google.protobuf.MessageLite message) {
        return new Frame(FrameHeader.newBuilder().setType(type).build(), message.toByteArray());
    }

    /** A request, or the answer to one. */
    public static Frame of(FrameType type, int stream, com.google.protobuf.MessageLite message) {
        return new Frame(
                FrameHeader.newBuilder().setType(type).setStream(stream).build(), message.toByteArray());
    }
}

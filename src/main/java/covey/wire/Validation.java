package covey.wire;

import com.google.protobuf.MessageLite;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;

/** What a message must hold before anybody looks at it: once, at the edge. Called by {@link Messages}. */
final class Validation {
    private Validation() {}

    static void check(MessageLite message) {}

    /** A relayed frame names the other device and carries what devices say to each other, nothing else. */
    static void relay(FrameHeader header) {
        if (header.getDevice().size() != DeviceId.BYTES) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "RELAY: device of " + header.getDevice().size() + " bytes");
        }
        if (header.getInner() == FrameType.RELAY) {
            throw new WireException(ErrorCode.BAD_REQUEST, "RELAY: carries a RELAY");
        }
    }
}

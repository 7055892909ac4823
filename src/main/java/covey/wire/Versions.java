package covey.wire;

import com.google.protobuf.ByteString;
import covey.wire.proto.BulkHello;
import covey.wire.proto.ErrorCode;

/** Two sides speak the highest protocol version that both know. */
public final class Versions {
    private Versions() {}

    /**
     * The version to speak with somebody who knows {@code min} to {@code max}.
     *
     * @throws WireException UNSUPPORTED when there is none, with a sentence that says whose software is the older
     */
    public static int negotiate(int min, int max) {
        return negotiate(Limits.PROTOCOL_VERSION_MIN, Limits.PROTOCOL_VERSION, min, max);
    }

    /** The first frame of both sides of a bulk connection. */
    public static BulkHello hello(ByteString networkId) {
        return BulkHello.newBuilder()
                .setProtocolMin(Limits.PROTOCOL_VERSION_MIN)
                .setProtocolMax(Limits.PROTOCOL_VERSION)
                .setNetworkId(networkId)
                .build();
    }

    static int negotiate(int ownMin, int ownMax, int min, int max) {
        if (min < 1 || max < min) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST, "protocol versions: " + min + " to " + max + " (expected: 1 <= min <= max)");
        }
        int common = Math.min(ownMax, max);
        if (common < Math.max(ownMin, min)) {
            String advice = max < ownMin ? "update the other side's software" : "update this side's software";
            throw new WireException(
                    ErrorCode.UNSUPPORTED,
                    "no common protocol version: the other side speaks " + min + " to " + max + ", this side " + ownMin
                            + " to " + ownMax + "; " + advice);
        }
        return common;
    }
}

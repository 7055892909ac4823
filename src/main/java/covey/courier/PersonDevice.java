package covey.courier;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;
import covey.wire.proto.Enrolment;

/** A device that may receive. {@code publicKey} is its SubjectPublicKeyInfo. */
public record PersonDevice(DeviceId device, ByteString publicKey, String name, Enrolment enrolment) {
    /** Who let it in, for a sentence. */
    public String how() {
        return how(enrolment);
    }

    public static String how(Enrolment enrolment) {
        return switch (enrolment) {
            case BY_TOKEN -> "let in by a token";
            case BY_PASSWORD -> "let in by password";
            case BY_DEVICE -> "let in by another device";
            case BY_HUB, UNRECOGNIZED -> "let in by the hub";
        };
    }
}

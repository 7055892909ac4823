package covey.courier;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;
import covey.wire.proto.Enrolment;

/** A device that may receive. {@code publicKey} is its SubjectPublicKeyInfo. */
public record PersonDevice(DeviceId device, ByteString publicKey, String name, Enrolment enrolment) {}

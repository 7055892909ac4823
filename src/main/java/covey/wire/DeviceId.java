package covey.wire;

import java.util.Arrays;

/** A device: the SHA-256 of its public key (SubjectPublicKeyInfo). Shown as base32 in groups of four. */
public final class DeviceId implements Comparable<DeviceId> {
    public static final int BYTES = 32;

    private final byte[] bytes;
    private final int hash;

    private DeviceId(byte[] bytes) {
        this.bytes = bytes;
        this.hash = Arrays.hashCode(bytes);
    }

    /** Copies; throws {@link IllegalArgumentException} unless there are 32 bytes. */
    public static DeviceId of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("device id: " + bytes.length + " bytes (expected: " + BYTES + ")");
        }
        return new DeviceId(bytes.clone());
    }

    public static DeviceId of(com.google.protobuf.ByteString bytes) {
        if (bytes.size() != BYTES) {
            throw new IllegalArgumentException("device id: " + bytes.size() + " bytes (expected: " + BYTES + ")");
        }
        return new DeviceId(bytes.toByteArray());
    }

    public byte[] toBytes() {
        return bytes.clone();
    }

    public com.google.protobuf.ByteString toByteString() {
        return com.google.protobuf.UnsafeByteOperations.unsafeWrap(bytes);
    }

    /** First three groups, enough to tell devices apart on a screen. */
    public String shortText() {
        return toString().substring(0, 14);
    }

    @Override
    public String toString() {
        return Base32.grouped(bytes);
    }

    @Override
    public int compareTo(DeviceId other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DeviceId id && Arrays.equals(bytes, id.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}

package covey.content;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import covey.wire.proto.DigestAlgorithm;
import java.util.Arrays;
import java.util.HexFormat;

/** A hash with the algorithm that made it. Immutable. */
public final class Digest implements Comparable<Digest> {
    private final DigestAlgorithm algorithm;
    private final byte[] value;

    private Digest(DigestAlgorithm algorithm, byte[] value) {
        if (value.length != ContentLimits.HASH_BYTES) {
            throw ContentException.damaged("digest: " + value.length + " bytes (expected: " + ContentLimits.HASH_BYTES
                    + " of " + algorithm + ")");
        }
        this.algorithm = algorithm;
        this.value = value;
    }

    /** SHA-256 of bytes as they are. Takes the array over. */
    public static Digest plain(byte[] sha256) {
        return new Digest(DigestAlgorithm.SHA_256, sha256);
    }

    /** Root of a Merkle tree. Takes the array over. */
    public static Digest tree(byte[] root) {
        return new Digest(DigestAlgorithm.SHA_256_TREE, root);
    }

    static Digest of(covey.wire.proto.Digest digest, DigestAlgorithm expected) {
        if (digest.getAlgorithm() != expected) {
            throw ContentException.damaged("digest: algorithm " + digest.getAlgorithmValue() + " (expected: "
                    + expected.getNumber() + ", " + expected + "); a newer version may know it");
        }
        return new Digest(expected, digest.getValue().toByteArray());
    }

    covey.wire.proto.Digest toProto() {
        return covey.wire.proto.Digest.newBuilder()
                .setAlgorithm(algorithm)
                .setValue(toByteString())
                .build();
    }

    public DigestAlgorithm algorithm() {
        return algorithm;
    }

    public byte[] toBytes() {
        return value.clone();
    }

    public ByteString toByteString() {
        return UnsafeByteOperations.unsafeWrap(value);
    }

    /** True when these are its bytes; no copy. */
    public boolean is(byte[] hash) {
        return Arrays.equals(value, hash);
    }

    /** As {@code sha256sum} prints it. */
    public String hex() {
        return HexFormat.of().formatHex(value);
    }

    @Override
    public int compareTo(Digest other) {
        int order = algorithm.compareTo(other.algorithm);
        return order != 0 ? order : Arrays.compareUnsigned(value, other.value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Digest digest && digest.algorithm == algorithm && Arrays.equals(value, digest.value);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return algorithm + ":" + hex();
    }
}

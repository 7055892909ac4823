package covey.content;

import covey.store.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Hashes one block after the other without allocating. One thread at a time: keep one per worker. Arrays are hashed
 * somewhat faster than direct buffers, whose bytes the JDK copies first.
 */
public final class LeafHasher {
    private static final int HASH_BYTES = ContentLimits.HASH_BYTES;
    private static final int LEAF_BYTES = ContentLimits.LEAF_BYTES;

    private final MessageDigest sha256 = Sha256.newDigest();
    private final byte[] hashes = new byte[ContentLimits.BLOCK_BYTES_MAX / LEAF_BYTES * HASH_BYTES];

    /** True when the remaining bytes, which stay, are the block of this hash; {@code levels} from the block map. */
    boolean isBlock(ByteBuffer block, int levels, byte[] expected) {
        return Arrays.equals(blockHash(block, levels), expected);
    }

    byte[] blockHash(ByteBuffer block, int levels) {
        int count = hashLeaves(block);
        return MerkleTree.fold(sha256, hashes, count, 0, levels);
    }

    /** Hashes of the leaves in the remaining bytes, which stay; at most one block of the largest size. */
    public byte[] leaves(ByteBuffer bytes) {
        return Arrays.copyOf(hashes, hashLeaves(bytes) * HASH_BYTES);
    }

    private int hashLeaves(ByteBuffer bytes) {
        if (bytes.remaining() > ContentLimits.BLOCK_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "block: " + bytes.remaining() + " bytes (expected: <= " + ContentLimits.BLOCK_BYTES_MAX + ")");
        }
        ByteBuffer rest = bytes.duplicate();
        int end = rest.limit();
        int count = 0;
        while (rest.position() < end) {
            rest.limit(Math.min(end, rest.position() + LEAF_BYTES));
            sha256.update(rest);
            MerkleTree.digestInto(sha256, hashes, count++ * HASH_BYTES);
        }
        return count;
    }
}

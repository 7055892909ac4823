package covey.content;

import covey.store.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A part of a block that can be verified before the rest has come, so that it can be passed on at once: an aligned run
 * of leaves (a power of two of them, except where the block ends) with its <em>uncles</em>, the hashes beside the way
 * from the run up to the block's hash, lowest first.
 *
 * @param first index of the run's first leaf within the block; a multiple of {@code leaves}
 * @param leaves how many the run has where no block ends; a power of two
 */
public record LeafRun(int first, int leaves) {
    private static final int HASH_BYTES = ContentLimits.HASH_BYTES;

    public LeafRun {
        int most = ContentLimits.BLOCK_BYTES_MAX / ContentLimits.LEAF_BYTES;
        if (Integer.bitCount(leaves) != 1 || leaves > most || first < 0 || first >= most || first % leaves != 0) {
            throw new IllegalArgumentException("run of " + leaves + " leaves from " + first
                    + " (expected: a power of two up to " + most + ", from a multiple of it)");
        }
    }

    /** The uncles to send along, given the hashes of all leaves of the block, whose tree has so many levels. */
    public byte[] uncles(byte[] leafHashes, int levels) {
        MessageDigest sha256 = Sha256.newDigest();
        byte[] layer = leafHashes;
        byte[] uncles = new byte[Math.max(0, levels - ownLevels()) * HASH_BYTES];
        for (int level = 0; level < levels; level++) {
            if (level >= ownLevels()) {
                int sibling = (first >> level) ^ 1;
                byte[] uncle = (sibling + 1) * HASH_BYTES <= layer.length
                        ? Arrays.copyOfRange(layer, sibling * HASH_BYTES, (sibling + 1) * HASH_BYTES)
                        : MerkleTree.missing(level);
                System.arraycopy(uncle, 0, uncles, (level - ownLevels()) * HASH_BYTES, HASH_BYTES);
            }
            layer = MerkleTree.fold(sha256, layer.clone(), layer.length / HASH_BYTES, level, 1);
        }
        return uncles;
    }

    /** True when the run's bytes and the uncles lead to the block's hash. */
    public boolean isPartOf(byte[] blockHash, int levels, ByteBuffer bytes, byte[] uncles, LeafHasher hasher) {
        int count = Math.ceilDiv(bytes.remaining(), ContentLimits.LEAF_BYTES);
        if (count < 1
                || count > leaves
                || ownLevels() > levels
                || first + leaves > 1 << levels
                || uncles.length != (levels - ownLevels()) * HASH_BYTES) {
            return false;
        }
        MessageDigest sha256 = Sha256.newDigest();
        byte[] hash = MerkleTree.fold(sha256, hasher.leaves(bytes), count, 0, ownLevels());
        for (int level = ownLevels(); level < levels; level++) {
            int at = (level - ownLevels()) * HASH_BYTES;
            boolean isRight = (first >> level & 1) != 0;
            sha256.update(isRight ? uncles : hash, isRight ? at : 0, HASH_BYTES);
            sha256.update(isRight ? hash : uncles, isRight ? 0 : at, HASH_BYTES);
            hash = sha256.digest();
        }
        return Arrays.equals(hash, blockHash);
    }

    private int ownLevels() {
        return Integer.numberOfTrailingZeros(leaves);
    }
}

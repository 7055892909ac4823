package covey.content;

import covey.store.Sha256;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * SHA-256 Merkle trees as in BEP 52: leaves of 16 KiB (the last may be shorter), missing ones are 32 zero bytes up to a
 * power of two. Level 0 are the hashes of leaves. Layers are hashes in a row, those beyond the end left out.
 */
public final class MerkleTree {
    private static final int HASH_BYTES = ContentLimits.HASH_BYTES;

    /** More levels than any limit of ours needs. */
    private static final int LEVELS_MAX = 40;

    /** What a tree of nothing but missing leaves hashes to, by level. */
    private static final byte[][] MISSING = missing();

    private MerkleTree() {}

    /** True when {@code layer}, whose hashes cover {@code blockBytes} each, belongs to a file with this root. */
    public static boolean isLayerOf(Digest root, long fileBytes, int blockBytes, byte[] layer) {
        long blocks = Math.ceilDiv(fileBytes, blockBytes);
        return layer.length == blocks * HASH_BYTES && blocks > 1 && root.is(rootOf(layer, levelOf(blockBytes)));
    }

    /** The root over a layer of this level. */
    static byte[] rootOf(byte[] layer, int level) {
        int count = layer.length / HASH_BYTES;
        return fold(Sha256.newDigest(), layer.clone(), count, level, 32 - Integer.numberOfLeadingZeros(count - 1));
    }

    /** A coarser layer of the same file; {@code layer} stays as it is. */
    static byte[] coarser(byte[] layer, int fromBlockBytes, int toBlockBytes) {
        int levels = levelOf(toBlockBytes) - levelOf(fromBlockBytes);
        return fold(Sha256.newDigest(), layer.clone(), layer.length / HASH_BYTES, levelOf(fromBlockBytes), levels);
    }

    /** Which level's hashes cover so many bytes; a power of two. */
    static int levelOf(int blockBytes) {
        return Integer.numberOfTrailingZeros(blockBytes / ContentLimits.LEAF_BYTES);
    }

    /** Goes up so many levels from the first {@code count} hashes of {@code nodes}, which it overwrites. */
    static byte[] fold(MessageDigest sha256, byte[] nodes, int count, int level, int levels) {
        int left = count;
        byte[] from = nodes;
        for (int i = 0; i < levels; i++) {
            int pairs = left / 2;
            for (int pair = 0; pair < pairs; pair++) {
                sha256.update(from, pair * 2 * HASH_BYTES, 2 * HASH_BYTES);
                digestInto(sha256, from, pair * HASH_BYTES);
            }
            if (left % 2 != 0) {
                sha256.update(from, (left - 1) * HASH_BYTES, HASH_BYTES);
                sha256.update(MISSING[level + i]);
                digestInto(sha256, from, pairs * HASH_BYTES);
            }
            left = pairs + left % 2;
        }
        return Arrays.copyOf(from, left * HASH_BYTES);
    }

    static void digestInto(MessageDigest sha256, byte[] out, int offset) {
        try {
            sha256.digest(out, offset, HASH_BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException("SHA-256 fits into 32 bytes", e);
        }
    }

    /** The hash of a missing subtree. */
    static byte[] missing(int level) {
        return MISSING[level].clone();
    }

    private static byte[][] missing() {
        byte[][] levels = new byte[LEVELS_MAX][];
        levels[0] = new byte[HASH_BYTES];
        for (int i = 1; i < LEVELS_MAX; i++) {
            levels[i] = Sha256.of(levels[i - 1], levels[i - 1]);
        }
        return levels;
    }
}

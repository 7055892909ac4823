package covey.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** RFC 9162, section 2.1: hashes of a Merkle tree, what proofs contain, and how they are verified. */
final class MerkleProofs {
    private static final byte[] LEAF = {0};
    private static final byte[] NODE = {1};
    private static final byte[] EMPTY_ROOT = Sha256.of();

    private MerkleProofs() {}

    /**
     * Gives the hash of entries {@code [from, from + size)}, where {@code size} is a power of two that divides from.
     */
    interface Subtrees {
        byte[] hash(long from, long size);
    }

    static byte[] leafHash(byte[] entry) {
        return Sha256.of(LEAF, entry);
    }

    static byte[] nodeHash(byte[] left, byte[] right) {
        return Sha256.of(NODE, left, right);
    }

    /** MTH(D[from:from+size]): complete subtrees from the right are folded into one hash. */
    static byte[] root(Subtrees subtrees, long from, long size) {
        if (size == 0) {
            return EMPTY_ROOT.clone();
        }
        long end = from + size;
        byte[] hash = new byte[0];
        for (long left = size; left > 0; left &= left - 1) {
            long width = Long.lowestOneBit(left);
            byte[] subtree = subtrees.hash(end - width, width);
            hash = hash.length == 0 ? subtree : nodeHash(subtree, hash);
            end -= width;
        }
        return hash;
    }

    /** PATH(index, D[0:size]). */
    static List<byte[]> inclusion(Subtrees subtrees, long index, long size) {
        List<byte[]> proof = new ArrayList<>();
        long from = 0;
        for (long width = size; width > 1; ) {
            long split = split(width);
            if (index - from < split) {
                proof.addFirst(root(subtrees, from + split, width - split));
                width = split;
            } else {
                proof.addFirst(root(subtrees, from, split));
                from += split;
                width -= split;
            }
        }
        return proof;
    }

    /** PROOF(oldSize, D[0:newSize]). */
    static List<byte[]> consistency(Subtrees subtrees, long oldSize, long newSize) {
        List<byte[]> proof = new ArrayList<>();
        if (oldSize == 0 || oldSize == newSize) {
            return proof;
        }
        long from = 0;
        long width = newSize;
        long old = oldSize;
        while (old != width) {
            long split = split(width);
            if (old <= split) {
                proof.addFirst(root(subtrees, from + split, width - split));
                width = split;
            } else {
                proof.addFirst(root(subtrees, from, split));
                from += split;
                width -= split;
                old -= split;
            }
        }
        if (from != 0) {
            proof.addFirst(root(subtrees, from, width));
        }
        return proof;
    }

    /** RFC 9162, 2.1.3.2. */
    static boolean verifyInclusion(byte[] leafHash, long index, long size, List<byte[]> proof, byte[] root) {
        if (index < 0 || index >= size) {
            return false;
        }
        long node = index;
        long last = size - 1;
        byte[] hash = leafHash;
        for (byte[] sibling : proof) {
            if (last == 0) {
                return false;
            }
            if ((node & 1) == 1 || node == last) {
                hash = nodeHash(sibling, hash);
                while ((node & 1) == 0 && node != 0) {
                    node >>>= 1;
                    last >>>= 1;
                }
            } else {
                hash = nodeHash(hash, sibling);
            }
            node >>>= 1;
            last >>>= 1;
        }
        return last == 0 && Arrays.equals(hash, root);
    }

    /** RFC 9162, 2.1.4.2; an empty old tree is a prefix of all. */
    static boolean verifyConsistency(long oldSize, byte[] oldRoot, long newSize, byte[] newRoot, List<byte[]> proof) {
        if (oldSize < 0 || oldSize > newSize) {
            return false;
        }
        if (oldSize == 0 || oldSize == newSize) {
            boolean sameRoot = oldSize == 0 ? Arrays.equals(oldRoot, EMPTY_ROOT) : Arrays.equals(oldRoot, newRoot);
            return proof.isEmpty() && sameRoot;
        }
        Deque<byte[]> path = new ArrayDeque<>(proof);
        if (Long.bitCount(oldSize) == 1) {
            path.addFirst(oldRoot);
        }
        if (path.isEmpty()) {
            return false;
        }
        long node = oldSize - 1;
        long last = newSize - 1;
        while ((node & 1) == 1) {
            node >>>= 1;
            last >>>= 1;
        }
        byte[] oldHash = path.removeFirst();
        byte[] newHash = oldHash;
        for (byte[] sibling : path) {
            if (last == 0) {
                return false;
            }
            if ((node & 1) == 1 || node == last) {
                oldHash = nodeHash(sibling, oldHash);
                newHash = nodeHash(sibling, newHash);
                while ((node & 1) == 0 && node != 0) {
                    node >>>= 1;
                    last >>>= 1;
                }
            } else {
                newHash = nodeHash(newHash, sibling);
            }
            node >>>= 1;
            last >>>= 1;
        }
        return last == 0 && Arrays.equals(oldHash, oldRoot) && Arrays.equals(newHash, newRoot);
    }

    /** The largest power of two smaller than {@code size}. */
    private static long split(long size) {
        return Long.highestOneBit(size - 1);
    }
}

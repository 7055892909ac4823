package covey.store;

import covey.store.StoreException.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An append-only log of entries with their RFC 9162 Merkle tree, kept in a store under one key prefix. Whoever knows
 * the root of one size can check that a later log only added to it.
 *
 * <p>Every complete subtree's hash is kept, so that an append and the root of any size cost O(log n)
 * reads. The directory's log is one: at the hub within its transaction, at peers over their own store. Any thread may
 * read.
 */
public final class MerkleLog {
    /** SHA-256. */
    public static final int HASH_BYTES = 32;

    private static final byte[] LEAF_MARK = {0};
    private static final byte[] NODE_MARK = {1};

    private static final int SIZE = 0;
    private static final int ENTRY = 1;
    private static final int NODE = 2;

    private final int prefix;
    private final byte[] sizeKey;

    /** @param prefix first byte of all keys: the log owns that range of the store */
    public MerkleLog(byte prefix) {
        this.prefix = Byte.toUnsignedInt(prefix);
        sizeKey = Keys.of(this.prefix).u8(SIZE).build();
    }

    /** Where to read: {@code store::get} or {@code transaction::get}. */
    public interface Reads {
        Optional<byte[]> get(byte[] key);
    }

    /** Number of entries. */
    public long size(Reads reads) {
        return reads.get(sizeKey).map(bytes -> ByteBuffer.wrap(bytes).getLong()).orElse(0L);
    }

    /** Adds an entry; returns its index. */
    public long append(Transaction transaction, byte[] entry) {
        long index = size(transaction::get);
        transaction.put(entryKey(index), entry);
        byte[] hash = leafHash(entry);
        transaction.put(nodeKey(0, index), hash);
        // Each trailing one of the index is a complete subtree on the left that this entry completes a larger one with.
        int level = 0;
        for (long position = index; (position & 1) == 1; position >>>= 1) {
            hash = nodeHash(node(transaction::get, level, position - 1), hash);
            level++;
            transaction.put(nodeKey(level, position >>> 1), hash);
        }
        transaction.put(
                sizeKey, ByteBuffer.allocate(Long.BYTES).putLong(index + 1).array());
        return index;
    }

    /** Merkle tree head of the first {@code size} entries; needs {@code size <= size(reads)}. */
    public byte[] root(Reads reads, long size) {
        checkSize(reads, size);
        return fold(reads, size);
    }

    public Optional<byte[]> entry(Reads reads, long index) {
        return reads.get(entryKey(index));
    }

    /** Entries from {@code from} on, as long as their bytes sum up to at most {@code maxBytes} (but at least one). */
    public List<byte[]> entries(OrderedStore store, long from, long maxBytes) {
        List<byte[]> entries = new ArrayList<>();
        long[] bytes = new long[1];
        store.scan(entryKey(from), Keys.of(prefix).u8(ENTRY + 1).build(), false, (key, entry) -> {
            bytes[0] += entry.length;
            if (!entries.isEmpty() && bytes[0] > maxBytes) {
                return false;
            }
            entries.add(entry);
            return bytes[0] < maxBytes;
        });
        return entries;
    }

    /** MTH(D[0:size]): complete subtrees from the right are folded into one hash. */
    private byte[] fold(Reads reads, long size) {
        long end = size;
        byte[] hash = new byte[0];
        for (long left = size; left > 0; left &= left - 1) {
            long width = Long.lowestOneBit(left);
            int level = Long.numberOfTrailingZeros(width);
            end -= width;
            byte[] subtree = node(reads, level, end >>> level);
            hash = hash.length == 0 ? subtree : nodeHash(subtree, hash);
        }
        return hash.length == 0 ? Sha256.of() : hash;
    }

    private static byte[] leafHash(byte[] entry) {
        return Sha256.of(LEAF_MARK, entry);
    }

    private static byte[] nodeHash(byte[] left, byte[] right) {
        return Sha256.of(NODE_MARK, left, right);
    }

    private byte[] node(Reads reads, int level, long position) {
        return reads.get(nodeKey(level, position))
                .orElseThrow(() -> new StoreException(
                        "A log lacks the hash of subtree " + position + " at level " + level
                                + ": its store is damaged. Restore it from a checkpoint, or sync it anew.",
                        Reason.DAMAGED));
    }

    private void checkSize(Reads reads, long size) {
        long own = size(reads);
        if (size < 0 || size > own) {
            throw new IllegalArgumentException("size: " + size + " (expected: 0.." + own + ")");
        }
    }

    private byte[] entryKey(long index) {
        return Keys.of(prefix).u8(ENTRY).u64(index).build();
    }

    private byte[] nodeKey(int level, long position) {
        return Keys.of(prefix).u8(NODE).u8(level).u64(position).build();
    }
}

package covey.directory;

import covey.store.OrderedStore;
import covey.store.Transaction;
import java.util.List;
import java.util.Optional;

/**
 * The append-only log of the directory: entries and their RFC 9162 Merkle tree, kept in a store under one key prefix.
 *
 * <p>Every complete subtree's hash is kept, so that an append and the root, or a proof, of any size cost O(log n) reads.
 * Used by the hub within its transaction and by peers over their own store. Any thread may read.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class MerkleLog {
    /** SHA-256. */
    public static final int HASH_BYTES = 32;

    /** @param prefix first byte of all keys: the log owns that range of the store */
    public MerkleLog(byte prefix) {}

    /** Where to read: {@code store::get} or {@code transaction::get}. */
    public interface Reads {
        Optional<byte[]> get(byte[] key);
    }

    /** Number of entries. */
    public long size(Reads reads) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Adds an entry; returns its index. */
    public long append(Transaction transaction, byte[] entry) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Merkle tree head of the first {@code size} entries; needs {@code size <= size(reads)}. */
    public byte[] root(Reads reads, long size) {
        throw new UnsupportedOperationException("not built yet");
    }

    public Optional<byte[]> entry(Reads reads, long index) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Entries from {@code from} on, as long as their bytes sum up to at most {@code maxBytes} (but at least one). */
    public List<byte[]> entries(OrderedStore store, long from, long maxBytes) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Audit path of the entry in the tree of the first {@code size} entries (RFC 9162, 2.1.3). */
    public List<byte[]> inclusionProof(Reads reads, long index, long size) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Proof that the first {@code oldSize} of {@code newSize} entries are the old tree (RFC 9162, 2.1.4). */
    public List<byte[]> consistencyProof(Reads reads, long oldSize, long newSize) {
        throw new UnsupportedOperationException("not built yet");
    }

    public static boolean verifyInclusion(byte[] entry, long index, long size, List<byte[]> proof, byte[] root) {
        throw new UnsupportedOperationException("not built yet");
    }

    public static boolean verifyConsistency(
            long oldSize, byte[] oldRoot, long newSize, byte[] newRoot, List<byte[]> proof) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Forgets everything (a new log epoch). */
    public void clear(OrderedStore store, Transaction transaction) {
        throw new UnsupportedOperationException("not built yet");
    }
}

package covey.store;

import org.jspecify.annotations.Nullable;

/** An immutable ordered map of bytes that knows how large it is. */
final class SortedTree {
    static final SortedTree EMPTY = new SortedTree(PersistentMap.empty(Transaction.ORDER), 0);

    private final PersistentMap<byte[], byte[]> entries;
    private final long bytes;

    private SortedTree(PersistentMap<byte[], byte[]> entries, long bytes) {
        this.entries = entries;
        this.bytes = bytes;
    }

    long count() {
        return entries.size();
    }

    long bytes() {
        return bytes;
    }

    byte @Nullable [] get(byte[] key) {
        return entries.get(key).orElse(null);
    }

    SortedTree put(byte[] key, byte[] value) {
        byte[] old = get(key);
        long grown = old == null ? key.length + value.length : value.length - old.length;
        return new SortedTree(entries.put(key, value), bytes + grown);
    }

    SortedTree delete(byte[] key) {
        byte[] old = get(key);
        return old == null ? this : new SortedTree(entries.remove(key), bytes - key.length - old.length);
    }

    /** Visits {@code from <= key < to}. The arrays are the tree's own. */
    void scan(byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor) {
        entries.scan(from, to, reverse, visitor::visit);
    }
}

package covey.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads its own writes over a store, and becomes one {@link Batch}. One thread; the base must not change meanwhile,
 * nor the arrays handed in.
 *
 * <p>The deterministic features work on this: a whole log entry (many commands) is one transaction.
 */
public final class Transaction implements SoundReads.Entries {
    /** Unsigned lexicographic order, as in every store. */
    public static final Comparator<byte[]> ORDER = Arrays::compareUnsigned;

    private final OrderedStore base;
    private final MerkleLog.Reads reads;
    private final NavigableMap<byte[], Optional<byte[]>> changes = new TreeMap<>(ORDER);
    private final ArrayList<Runnable> undo = new ArrayList<>();
    private boolean hasSavepoint;

    public Transaction(OrderedStore base) {
        this.base = base;
        this.reads = base::get;
    }

    /** To be written through the same. */
    public Transaction(HotReads hot) {
        this.base = hot.store();
        this.reads = hot::get;
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        Optional<byte[]> changed = changes.get(key);
        return changed != null ? changed : reads.get(key);
    }

    /** As {@link #get}, for what is not read again soon: nothing is remembered of it. */
    public Optional<byte[]> find(byte[] key) {
        Optional<byte[]> changed = changes.get(key);
        return changed != null ? changed : base.get(key);
    }

    public void put(byte[] key, byte[] value) {
        change(key, Optional.of(value));
    }

    public void delete(byte[] key) {
        change(key, Optional.empty());
    }

    private void change(byte[] key, Optional<byte[]> value) {
        Optional<byte[]> before = changes.put(key, value);
        if (hasSavepoint) {
            undo.add(before == null ? () -> changes.remove(key) : () -> changes.put(key, before));
        }
    }

    /** Remembers this moment for {@link #rollback}. There is one at a time: a new one replaces the old. */
    public void savepoint() {
        undo.clear();
        hasSavepoint = true;
    }

    /** Undoes all changes since the savepoint, which is then used up. */
    public void rollback() {
        if (!hasSavepoint) {
            throw new IllegalStateException("rollback: no savepoint (expected: savepoint() before)");
        }
        for (int i = undo.size() - 1; i >= 0; i--) {
            undo.get(i).run();
        }
        undo.clear();
        hasSavepoint = false;
    }

    /** As {@link OrderedStore#scan}; the visitor may change this transaction, which the scan does not see. */
    @Override
    public void scan(byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor) {
        if (ORDER.compare(from, to) >= 0) {
            return;
        }
        NavigableMap<byte[], Optional<byte[]>> own = new TreeMap<>(changes.subMap(from, true, to, false));
        NavigableMap<byte[], Optional<byte[]>> overlay = reverse ? own.descendingMap() : own;
        boolean[] stopped = new boolean[1];
        base.scan(from, to, reverse, (key, value) -> {
            if (!visitBefore(overlay, key, reverse, visitor)) {
                stopped[0] = true;
                return false;
            }
            Optional<byte[]> changed = overlay.remove(key);
            boolean goOn = changed == null
                    ? visitor.visit(key, value)
                    : changed.isEmpty() || visitor.visit(key, changed.get());
            stopped[0] = !goOn;
            return goOn;
        });
        for (Map.Entry<byte[], Optional<byte[]>> entry : overlay.entrySet()) {
            if (stopped[0]) {
                return;
            }
            Optional<byte[]> value = entry.getValue();
            stopped[0] = value.isPresent() && !visitor.visit(entry.getKey(), value.get());
        }
    }

    /** Visits and removes the overlay's entries that come before the base's next key. */
    private static boolean visitBefore(
            NavigableMap<byte[], Optional<byte[]>> overlay, byte[] key, boolean reverse, OrderedStore.Visitor visitor) {
        while (!overlay.isEmpty()) {
            Map.Entry<byte[], Optional<byte[]>> first = overlay.firstEntry();
            int order = ORDER.compare(first.getKey(), key);
            if (reverse ? order <= 0 : order >= 0) {
                return true;
            }
            overlay.remove(first.getKey());
            Optional<byte[]> value = first.getValue();
            if (value.isPresent() && !visitor.visit(first.getKey(), value.get())) {
                return false;
            }
        }
        return true;
    }

    public Batch toBatch() {
        Batch batch = new Batch();
        changes.forEach((key, value) -> {
            if (value.isPresent()) {
                batch.put(key, value.get());
            } else {
                batch.delete(key);
            }
        });
        return batch;
    }
}

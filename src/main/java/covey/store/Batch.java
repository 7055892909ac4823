package covey.store;

import java.util.ArrayList;
import java.util.List;

/** Changes that are applied together, in order. One thread. The arrays handed in must not change before the write. */
@SuppressWarnings("ArrayRecordComponent") // changes are walked, never compared
public final class Batch {
    /** One change of a batch. */
    public sealed interface Change {}

    /** Sets a key. */
    public record Put(byte[] key, byte[] value) implements Change {}

    /** Removes a key; absent is fine. */
    public record Delete(byte[] key) implements Change {}

    private final List<Change> changes = new ArrayList<>();
    private long bytes;

    public Batch put(byte[] key, byte[] value) {
        changes.add(new Put(key, value));
        bytes += key.length + value.length;
        return this;
    }

    public Batch delete(byte[] key) {
        changes.add(new Delete(key));
        bytes += key.length;
        return this;
    }

    public List<Change> changes() {
        return changes;
    }

    public boolean isEmpty() {
        return changes.isEmpty();
    }

    public long bytes() {
        return bytes;
    }
}

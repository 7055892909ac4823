package covey.store;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers what its one user read last, present or not, so that counters and windows which every command reads and
 * writes again do not cost a way through the store each time. Of one thread, which alone writes to the store meanwhile.
 */
public final class HotReads {
    /** A few values for each of some thousand active devices: at most about 10 MB. */
    private static final int VALUES_MAX = 32_768;

    /** Larger values are bodies, which are not read again soon. */
    private static final int VALUE_BYTES_MAX = 512;

    private final OrderedStore store;
    private final Map<ByteBuffer, Optional<byte[]>> values = new LinkedHashMap<>(1_024, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Optional<byte[]>> eldest) {
            return size() > VALUES_MAX;
        }
    };

    public HotReads(OrderedStore store) {
        this.store = store;
    }

    public OrderedStore store() {
        return store;
    }

    Optional<byte[]> get(byte[] key) {
        ByteBuffer name = ByteBuffer.wrap(key);
        Optional<byte[]> known = values.get(name);
        if (known != null) {
            return known;
        }
        Optional<byte[]> read = store.get(key);
        if (read.isEmpty() || read.get().length <= VALUE_BYTES_MAX) {
            values.put(name, read);
        }
        return read;
    }

    /** As {@link OrderedStore#write}; after a failure nothing is remembered. */
    public void write(Batch batch, boolean durable) {
        try {
            store.write(batch, durable);
        } catch (RuntimeException e) {
            values.clear();
            throw e;
        }
        for (Batch.Change change : batch.changes()) {
            switch (change) {
                case Batch.Put(byte[] key, byte[] value) -> written(key, Optional.of(value));
                case Batch.Delete(byte[] key) -> written(key, Optional.empty());
            }
        }
    }

    private void written(byte[] key, Optional<byte[]> value) {
        ByteBuffer name = ByteBuffer.wrap(key);
        if (value.isPresent() && value.get().length > VALUE_BYTES_MAX) {
            values.remove(name);
        } else {
            values.replace(name, value);
        }
    }
}

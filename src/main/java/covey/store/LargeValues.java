package covey.store;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Optional;

/** What grows large lies under a prefix of its own in parts, so that no record weighs on the store's caches. */
public final class LargeValues {
    private static final int PART_BYTES = 256 * 1024;

    private LargeValues() {}

    public static void put(Batch batch, byte[] prefix, byte[] value) {
        for (int part = 0; part == 0 || part * PART_BYTES < value.length; part++) {
            int from = part * PART_BYTES;
            int to = Math.min(value.length, from + PART_BYTES);
            batch.put(part(prefix, part), Arrays.copyOfRange(value, from, to));
        }
    }

    public static Optional<byte[]> get(OrderedStore store, byte[] prefix) {
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        boolean[] found = new boolean[1];
        store.scan(prefix, Keys.end(prefix), false, (key, part) -> {
            found[0] = true;
            value.writeBytes(part);
            return true;
        });
        return found[0] ? Optional.of(value.toByteArray()) : Optional.empty();
    }

    /** The value's first bytes, at little cost. */
    public static Optional<byte[]> begin(OrderedStore store, byte[] prefix) {
        return store.get(part(prefix, 0));
    }

    public static void delete(OrderedStore store, Batch batch, byte[] prefix) {
        store.scan(prefix, Keys.end(prefix), false, (key, value) -> {
            batch.delete(key);
            return true;
        });
    }

    private static byte[] part(byte[] prefix, int part) {
        return Keys.of(Byte.toUnsignedInt(prefix[0]))
                .fixed(Arrays.copyOfRange(prefix, 1, prefix.length))
                .u32(part)
                .build();
    }
}

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

    public static int length(OrderedStore store, byte[] prefix) {
        int[] length = new int[1];
        store.scan(prefix, Keys.end(prefix), false, (key, part) -> {
            length[0] += part.length;
            return true;
        });
        return length[0];
    }

    /** So many of the value's bytes, fewer where it ends: costs the parts in which they lie. */
    public static byte[] piece(OrderedStore store, byte[] prefix, int offset, int bytes) {
        ByteArrayOutputStream piece = new ByteArrayOutputStream(bytes);
        for (int at = offset; at < offset + bytes; at = (at / PART_BYTES + 1) * PART_BYTES) {
            byte[] part = store.get(part(prefix, at / PART_BYTES)).orElse(new byte[0]);
            int from = Math.min(part.length, at % PART_BYTES);
            piece.write(part, from, Math.min(part.length - from, offset + bytes - at));
        }
        return piece.toByteArray();
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

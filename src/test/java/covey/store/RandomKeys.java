package covey.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;

/** Few and short keys that collide, nest and touch the ends of the byte range, and a comparison of ranges. */
final class RandomKeys {
    private static final byte[] ALPHABET = {0, 1, 0x7F, (byte) 0x80, (byte) 0xFE};

    private RandomKeys() {}

    static byte[] next(Random random) {
        byte[] key = new byte[1 + random.nextInt(3)];
        for (int i = 0; i < key.length; i++) {
            key[i] = ALPHABET[random.nextInt(ALPHABET.length)];
        }
        return key;
    }

    /** The scan of a random range, in a random direction, cut at a random length, agrees with the model. */
    static void assertSameRange(Random random, NavigableMap<byte[], byte[]> model, Scan scan) {
        byte[] from = next(random);
        byte[] to = random.nextInt(4) == 0 ? new byte[] {(byte) 0xFF} : next(random);
        boolean reverse = random.nextBoolean();
        int limit = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : Integer.MAX_VALUE;
        List<String> expected = new ArrayList<>();
        if (Transaction.ORDER.compare(from, to) < 0) {
            NavigableMap<byte[], byte[]> range = model.subMap(from, true, to, false);
            (reverse ? range.descendingMap() : range)
                    .entrySet().stream()
                            .limit(limit)
                            .forEach(entry -> expected.add(line(entry.getKey(), entry.getValue())));
        }
        List<String> actual = new ArrayList<>();
        scan.scan(from, to, reverse, (key, value) -> {
            actual.add(line(key, value));
            return actual.size() < limit;
        });
        assertThat(actual).isEqualTo(expected);
    }

    private static String line(byte[] key, byte[] value) {
        return HexFormat.of().formatHex(key) + "=" + HexFormat.of().formatHex(value);
    }

    /** The scan of a store or of a transaction. */
    interface Scan {
        void scan(byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor);
    }
}

package covey.store;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds keys whose byte order is the order of their parts: a prefix byte that names the table, then parts in a row.
 * Numbers are big-endian and unsigned. {@link #bytes} and {@link #string} may have any length and still sort before
 * longer ones with the same beginning, since they end with a mark (0 0) that sorts before anything they can hold (a
 * zero inside is written 0 255). {@link #fixed} has no mark: for ids of one length, or as the last part.
 *
 * <pre>{@code
 * byte[] key = Keys.of(MAIL).fixed(deviceId).u64(sequence).build();
 * byte[] from = Keys.of(MAIL).fixed(deviceId).build();
 * store.scan(from, Keys.end(from), false, visitor);          // all mail of one device, in order
 * long sequence = Keys.read(key).skip(1 + 32).u64();
 * }</pre>
 */
public final class Keys {
    private static final int MARK = 0;
    private static final int ZERO_INSIDE = 255;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(48);

    private Keys(int prefix) {
        if (prefix < 0 || prefix > 254) {
            throw new IllegalArgumentException("prefix: " + prefix + " (expected: 0..254, so that a range has an end)");
        }
        out.write(prefix);
    }

    public static Keys of(int prefix) {
        return new Keys(prefix);
    }

    public Keys u8(int value) {
        if (value < 0 || value > 255) {
            throw new IllegalArgumentException("value: " + value + " (expected: 0..255)");
        }
        out.write(value);
        return this;
    }

    public Keys u32(int value) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.write(value >>> shift);
        }
        return this;
    }

    public Keys u64(long value) {
        for (int shift = 56; shift >= 0; shift -= 8) {
            out.write((int) (value >>> shift));
        }
        return this;
    }

    /** As it is, without a mark: for parts of one length, or as the last part. */
    public Keys fixed(byte[] value) {
        out.writeBytes(value);
        return this;
    }

    /** Any length, with an end mark. */
    public Keys bytes(byte[] value) {
        for (byte b : value) {
            out.write(b);
            if (b == 0) {
                out.write(ZERO_INSIDE);
            }
        }
        out.write(MARK);
        out.write(MARK);
        return this;
    }

    /** UTF-8, any length, with an end mark. */
    public Keys string(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] build() {
        return out.toByteArray();
    }

    /** The first key after all that begin with {@code prefix}. */
    public static byte[] end(byte[] prefix) {
        for (int length = prefix.length; length > 0; length--) {
            if (prefix[length - 1] != (byte) 0xFF) {
                byte[] end = Arrays.copyOf(prefix, length);
                end[length - 1]++;
                return end;
            }
        }
        throw new IllegalArgumentException("prefix of only 0xFF has no end");
    }

    public static Reader read(byte[] key) {
        return new Reader(key);
    }

    /** Takes a key's parts in the order they were put. One thread. */
    public static final class Reader {
        private final byte[] key;
        private int position;

        private Reader(byte[] key) {
            this.key = key;
        }

        public Reader skip(int count) {
            need(count);
            position += count;
            return this;
        }

        public int u8() {
            need(1);
            return key[position++] & 0xFF;
        }

        public int u32() {
            return (int) number(4);
        }

        public long u64() {
            return number(8);
        }

        public byte[] fixed(int count) {
            need(count);
            position += count;
            return Arrays.copyOfRange(key, position - count, position);
        }

        public byte[] rest() {
            return fixed(key.length - position);
        }

        public byte[] bytes() {
            ByteArrayOutputStream value = new ByteArrayOutputStream();
            while (true) {
                int b = u8();
                if (b != 0) {
                    value.write(b);
                    continue;
                }
                int next = u8();
                if (next == MARK) {
                    return value.toByteArray();
                }
                if (next != ZERO_INSIDE) {
                    throw damaged("byte after zero: " + next + " (expected: 0 or 255)");
                }
                value.write(0);
            }
        }

        public String string() {
            return new String(bytes(), StandardCharsets.UTF_8);
        }

        private long number(int count) {
            need(count);
            long value = 0;
            for (int i = 0; i < count; i++) {
                value = value << 8 | (key[position++] & 0xFF);
            }
            return value;
        }

        private static StoreException damaged(String what) {
            return new StoreException("A stored record is damaged: " + what, StoreException.Reason.DAMAGED);
        }

        private void need(int count) {
            if (count < 0 || key.length - position < count) {
                throw damaged("key: " + (key.length - position) + " bytes left (expected: >= " + count + ")");
            }
        }
    }
}

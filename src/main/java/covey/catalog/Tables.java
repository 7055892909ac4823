package covey.catalog;

import covey.store.OrderedStore;
import covey.store.StoreException;
import covey.store.StoreException.Reason;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Where the catalog's records stand in the hub's store: 0x50 to 0x5f belong to it. Devices are their index in the
 * directory; every name of a bulk registration makes three of these keys.
 */
public final class Tables {
    static final byte FIGURES = 0x50;
    /** device, path -> {@link ShareRecord}. */
    public static final byte SHARE = 0x51;
    /** Half of the content id -> {@link ContentHead}. */
    static final byte CONTENT = 0x52;
    /** Half of the plain SHA-256, device, path -> {@link Glance}. */
    static final byte PLAIN = 0x53;
    /** device -> {@link DeviceFigures}. */
    static final byte DEVICE = 0x54;
    /** room, device, path: what goes when the device's account leaves the room. */
    static final byte ROOM = 0x55;
    /** number -> what one command changed, for the search index. */
    public static final byte CHANGE = 0x56;
    /** device, room or nothing -> how far what was withdrawn as a whole is cleared away. */
    static final byte PURGE = 0x57;
    /** Half of the content id, device, path -> {@link Glance}: of those that are not in the content's head. */
    static final byte MORE = 0x58;

    public static final byte[] NOTHING = new byte[0];

    /** Behind the table's byte and the device. */
    public static final int PATH_AT = 1 + Integer.BYTES;

    /** Half of a SHA-256: nobody finds another content for it. */
    static final int DIGEST_BYTES = 16;

    /** Of a digest's key: then comes the path. */
    static final int DEVICE_END = 1 + DIGEST_BYTES + Integer.BYTES;

    private Tables() {}

    /** A range of keys to read in order: {@code store::scan} or {@code transaction::scan}. */
    public interface Scans {
        void scan(byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor);
    }

    public static byte[] share(int device, byte[] path) {
        byte[] key = new byte[PATH_AT + path.length];
        key[0] = SHARE;
        putInt(key, 1, device);
        System.arraycopy(path, 0, key, PATH_AT, path.length);
        return key;
    }

    public static byte[] pathOf(byte[] shareKey) {
        return Arrays.copyOfRange(shareKey, PATH_AT, shareKey.length);
    }

    static byte[] digest(byte table, byte[] digest) {
        byte[] key = Arrays.copyOf(digest, 1 + DIGEST_BYTES);
        System.arraycopy(digest, 0, key, 1, DIGEST_BYTES);
        key[0] = table;
        return key;
    }

    /** The share's key without its table, behind the digest. */
    static byte[] digest(byte table, byte[] digest, byte[] shareKey) {
        byte[] key = new byte[DIGEST_BYTES + shareKey.length];
        key[0] = table;
        System.arraycopy(digest, 0, key, 1, DIGEST_BYTES);
        System.arraycopy(shareKey, 1, key, 1 + DIGEST_BYTES, shareKey.length - 1);
        return key;
    }

    /** What {@link #digest(byte, byte[], byte[])} was made from. */
    static byte[] shareOf(byte[] digestKey) {
        byte[] key = Arrays.copyOfRange(digestKey, DIGEST_BYTES, digestKey.length);
        key[0] = SHARE;
        return key;
    }

    static byte[] key(byte table, int device) {
        return ByteBuffer.allocate(PATH_AT).put(table).putInt(device).array();
    }

    public static byte[] key(byte table, long number) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(table).putLong(number).array();
    }

    /** Room ids differ in length, so it stands before them. */
    static byte[] room(byte[] room, int device) {
        return ByteBuffer.allocate(2 + room.length + Integer.BYTES)
                .put(ROOM)
                .put((byte) room.length)
                .put(room)
                .putInt(device)
                .array();
    }

    static byte[] purge(int device, byte[] room) {
        return ByteBuffer.allocate(PATH_AT + room.length)
                .put(PURGE)
                .putInt(device)
                .put(room)
                .array();
    }

    static byte[] joined(byte[] head, byte[] tail) {
        byte[] key = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, key, head.length, tail.length);
        return key;
    }

    private static void putInt(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }

    /** Reads a record of the store; bytes that are none are damage. */
    static <T> T decoded(byte[] value, Function<ByteBuffer, T> decoder) {
        try {
            return decoder.apply(ByteBuffer.wrap(value));
        } catch (IllegalArgumentException | BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new StoreException("A record of the catalog's state cannot be read.", e, Reason.DAMAGED);
        }
    }
}

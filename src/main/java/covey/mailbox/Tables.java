package covey.mailbox;

import com.google.protobuf.ByteString;
import covey.store.StoreException;
import covey.store.StoreException.Reason;
import covey.wire.DeviceId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Where the mailbox's records stand in the hub's store: 0x2d to 0x4f belong to it. Written out by hand, since every
 * message makes some of these keys.
 */
final class Tables {
    static final byte WINDOWS = 0x2d;
    static final byte RESULTS = 0x2e;
    static final byte SUPERSEDED = 0x2f;

    static final byte BOX = 0x30;
    static final byte ITEM = 0x31;
    static final byte WAITING = 0x32;
    static final byte BOX_EXPIRY = 0x33;
    static final byte DEAD_BOX = 0x34;
    static final byte TOTAL = 0x35;
    static final byte SHARE = 0x36;

    static final byte ROOM = 0x38;
    static final byte ROOM_ITEM = 0x39;
    static final byte ROOM_POST = 0x3a;
    static final byte CURSOR = 0x3b;
    static final byte CURSOR_COUNT = 0x3c;
    static final byte ROOM_EXPIRY = 0x3d;
    static final byte DEAD_ROOM = 0x3e;

    static final int ROOM_RECORD = 0x40;
    static final int ROOM_NAME = 0x41;
    static final int ROOM_MEMBER = 0x42;
    static final int MEMBER_ROOM = 0x43;
    static final int ROOM_STATEMENT = 0x44;

    static final byte[] NOTHING = new byte[0];

    private Tables() {}

    /** As {@link covey.store.Records#parse} for records of fixed fields, whose reader fails in its own way. */
    static <T> T decoded(byte[] value, Function<ByteBuffer, T> decoder) {
        try {
            return decoder.apply(ByteBuffer.wrap(value));
        } catch (IllegalArgumentException | BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new StoreException("A record of the mailboxes' state cannot be read.", e, Reason.DAMAGED);
        }
    }

    /** A table's key with a device and, behind it, a number. */
    static byte[] key(byte table, DeviceId device, long number) {
        return ByteBuffer.allocate(1 + DeviceId.BYTES + Long.BYTES)
                .put(table)
                .put(device.toBytes())
                .putLong(number)
                .array();
    }

    static byte[] key(byte table, DeviceId device) {
        return ByteBuffer.allocate(1 + DeviceId.BYTES)
                .put(table)
                .put(device.toBytes())
                .array();
    }

    /** Sorted by time. */
    static byte[] key(byte table, long timeMillis, byte[] subject) {
        return ByteBuffer.allocate(1 + Long.BYTES + subject.length)
                .put(table)
                .putLong(timeMillis)
                .put(subject)
                .array();
    }

    /** Room ids differ in length, so it stands before them. */
    static byte[] key(byte table, ByteString room) {
        byte[] key = new byte[2 + room.size()];
        key[0] = table;
        key[1] = (byte) room.size();
        room.copyTo(key, 2);
        return key;
    }

    static byte[] key(byte table, ByteString room, long number) {
        byte[] key = Arrays.copyOf(key(table, room), 2 + room.size() + Long.BYTES);
        ByteBuffer.wrap(key).putLong(2 + room.size(), number);
        return key;
    }

    static byte[] key(byte table, ByteString room, ByteString postId) {
        byte[] key = Arrays.copyOf(key(table, room), 2 + room.size() + postId.size());
        postId.copyTo(key, 2 + room.size());
        return key;
    }

    static byte[] number(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }
}

package covey.mailbox;

import java.nio.ByteBuffer;

/**
 * Figures of one room's log.
 *
 * @param first index of the oldest item kept; {@code last + 1} when there is none
 * @param last index given last
 * @param bytes of the items kept
 * @param low no device's cursor is below this
 * @param devices that have a cursor
 * @param expiryMillis when the expiry queue looks at this room next; 0 = it is not in the queue
 */
record RoomFigures(long first, long last, long bytes, long low, int devices, long expiryMillis) {
    static final RoomFigures EMPTY = new RoomFigures(1, 0, 0, 0, 0, 0);

    private static final int BYTES = 5 * Long.BYTES + Integer.BYTES;

    RoomFigures {
        if (first > last + 1 || low > last || bytes < 0 || devices < 0) {
            throw new IllegalArgumentException("room: first=" + first + " last=" + last + " low=" + low + " bytes="
                    + bytes + " devices=" + devices + " (expected: figures that fit each other)");
        }
    }

    static RoomFigures decode(byte[] value) {
        return Tables.decoded(
                value,
                in -> new RoomFigures(
                        in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getInt(), in.getLong()));
    }

    byte[] encode() {
        return ByteBuffer.allocate(BYTES)
                .putLong(first)
                .putLong(last)
                .putLong(bytes)
                .putLong(low)
                .putInt(devices)
                .putLong(expiryMillis)
                .array();
    }

    long items() {
        return last - first + 1;
    }

    RoomFigures plus(int size) {
        return new RoomFigures(first, last + 1, bytes + size, low, devices, expiryMillis);
    }

    RoomFigures without(int size) {
        return new RoomFigures(first + 1, last, bytes - size, low, devices, expiryMillis);
    }

    RoomFigures low(long index) {
        return new RoomFigures(first, last, bytes, index, devices, expiryMillis);
    }

    RoomFigures devices(int count) {
        return new RoomFigures(first, last, bytes, low, count, expiryMillis);
    }

    RoomFigures expiring(long atMillis) {
        return new RoomFigures(first, last, bytes, low, devices, atMillis);
    }
}

package covey.mailbox;

import java.nio.ByteBuffer;

/**
 * Figures of one device's mailbox, so that no deposit has to count.
 *
 * @param last position given last
 * @param acknowledged up to here nothing waits any more
 * @param mails sealed messages that wait
 * @param bytes of those
 * @param notices notices that wait
 * @param expiryMillis when the expiry queue looks at this box next; 0 = it is not in the queue
 */
record Box(long last, long acknowledged, int mails, long bytes, int notices, long expiryMillis) {
    static final Box EMPTY = new Box(0, 0, 0, 0, 0, 0);

    private static final int BYTES = 4 * Long.BYTES + 2 * Integer.BYTES;

    Box {
        if (acknowledged > last || mails < 0 || bytes < 0 || notices < 0) {
            throw new IllegalArgumentException("box: last=" + last + " acknowledged=" + acknowledged + " mails=" + mails
                    + " bytes=" + bytes + " notices=" + notices + " (expected: figures that fit each other)");
        }
    }

    static Box decode(byte[] value) {
        return Tables.decoded(
                value, in -> new Box(in.getLong(), in.getLong(), in.getInt(), in.getLong(), in.getInt(), in.getLong()));
    }

    byte[] encode() {
        return ByteBuffer.allocate(BYTES)
                .putLong(last)
                .putLong(acknowledged)
                .putInt(mails)
                .putLong(bytes)
                .putInt(notices)
                .putLong(expiryMillis)
                .array();
    }

    int waiting() {
        return mails + notices;
    }

    Box plusMail(int size) {
        return new Box(last + 1, acknowledged, mails + 1, bytes + size, notices, expiryMillis);
    }

    Box minusMail(int size) {
        return new Box(last, acknowledged, mails - 1, bytes - size, notices, expiryMillis);
    }

    Box plusNotice() {
        return new Box(last + 1, acknowledged, mails, bytes, notices + 1, expiryMillis);
    }

    Box minusNotice() {
        return new Box(last, acknowledged, mails, bytes, notices - 1, expiryMillis);
    }

    Box acknowledged(long upTo) {
        return new Box(last, upTo, mails, bytes, notices, expiryMillis);
    }

    Box expiring(long atMillis) {
        return new Box(last, acknowledged, mails, bytes, notices, atMillis);
    }
}

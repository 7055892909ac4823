package covey.catalog;

import java.nio.ByteBuffer;

/**
 * Figures of what one device shares.
 *
 * @param nameBytes of all its paths
 * @param digest sum of the marks of its shares, which the device compares with its own
 * @param hiddenBelow shares of changes before this one are withdrawn, and only not cleared away yet
 */
record DeviceFigures(long count, long nameBytes, long digest, long hiddenBelow) {
    static final DeviceFigures NONE = new DeviceFigures(0, 0, 0, 0);

    DeviceFigures {
        if (count < 0 || nameBytes < 0) {
            throw new IllegalArgumentException("shares: " + count + ", bytes: " + nameBytes + " (expected: >= 0)");
        }
    }

    static DeviceFigures decode(byte[] value) {
        return Tables.decoded(value, in -> new DeviceFigures(in.getLong(), in.getLong(), in.getLong(), in.getLong()));
    }

    byte[] encode() {
        return ByteBuffer.allocate(4 * Long.BYTES)
                .putLong(count)
                .putLong(nameBytes)
                .putLong(digest)
                .putLong(hiddenBelow)
                .array();
    }
}

package covey.catalog;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What one read finds of a content: the whole share of who shares it, and how many more there are. Most contents are
 * shared once; a look-up then needs nothing else.
 *
 * @param others shares of the same content in the table {@link Tables#MORE}
 * @param shareKey empty when that one is gone and only others are left
 * @param record the share as {@link ShareRecord#encode} made it; empty when there is none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ContentHead(int others, byte[] shareKey, byte[] record) {
    static ContentHead of(byte[] shareKey, byte[] record) {
        return new ContentHead(0, shareKey, record);
    }

    static ContentHead decode(byte[] value) {
        return Tables.decoded(value, in -> {
            int others = in.getInt();
            byte[] shareKey = new byte[Short.toUnsignedInt(in.getShort())];
            in.get(shareKey);
            byte[] record = new byte[in.remaining()];
            in.get(record);
            return new ContentHead(others, shareKey, record);
        });
    }

    byte[] encode() {
        return ByteBuffer.allocate(Integer.BYTES + Short.BYTES + shareKey.length + record.length)
                .putInt(others)
                .putShort((short) shareKey.length)
                .put(shareKey)
                .put(record)
                .array();
    }

    boolean isOf(byte[] key) {
        return Arrays.equals(shareKey, key);
    }

    boolean hasShare() {
        return shareKey.length > 0;
    }

    ContentHead with(byte[] key, byte[] encoded) {
        return new ContentHead(others, key, encoded);
    }

    ContentHead withoutShare() {
        return new ContentHead(others, Tables.NOTHING, Tables.NOTHING);
    }

    ContentHead withOthers(int count) {
        return new ContentHead(count, shareKey, record);
    }
}

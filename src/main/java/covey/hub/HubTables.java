package covey.hub;

import java.nio.ByteBuffer;

/** Where the hub's own records stand in its store: 0x01 to 0x07 belong to it. */
final class HubTables {
    static final byte META = 0x01;
    static final byte AUDIT = 0x02;
    static final byte AUDIT_END = 0x03;

    static final byte[] NOTHING = new byte[0];

    private HubTables() {}

    static byte[] key(byte table) {
        return new byte[] {table};
    }

    static byte[] key(byte table, long number) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(table).putLong(number).array();
    }
}

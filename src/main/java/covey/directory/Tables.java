package covey.directory;

import java.nio.ByteBuffer;

/** Where the directory's records stand in the hub's store: the first byte of each key. 0x10 to 0x2c belong to it. */
final class Tables {
    static final byte LOG = 0x10;
    static final int NETWORK = 0x11;
    static final int ACCOUNT = 0x12;
    static final int TOKEN = 0x13;
    static final int TOKEN_EXPIRY = 0x14;
    static final int BLOCK = 0x15;
    static final int PREKEY = 0x16;
    static final int AUDIT = 0x17;
    static final int AUDIT_END = 0x18;

    static final byte[] NOTHING = new byte[0];

    private Tables() {}

    static byte[] number(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }
}

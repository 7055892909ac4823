package covey.peer;

import covey.store.Keys;
import covey.wire.DeviceId;

/** First bytes of this package's keys in the peer's store, which it shares with {@code chat}. */
final class Tables {
    /** Directory log and its tree: {@code MerkleLog} owns all keys under it. */
    static final int DIRECTORY = 0xD0;

    private static final int SINGLE = 0xD1;
    private static final int FORKS = 0xD2;
    private static final int PLACES = 0xD3;
    private static final int BLOCKED = 0xD4;

    static final byte[] INCARNATION = Keys.of(SINGLE).u8(1).build();
    static final byte[] HEAD = Keys.of(SINGLE).u8(2).build();
    static final byte[] ROSTER = Keys.of(SINGLE).u8(3).build();
    static final byte[] CLOCK = Keys.of(SINGLE).u8(5).build();
    static final byte[] NETWORK_NAME = Keys.of(SINGLE).u8(4).build();

    private Tables() {}

    static byte[] forks() {
        return Keys.of(FORKS).build();
    }

    static byte[] fork(long foundMillis) {
        return Keys.of(FORKS).u64(foundMillis).build();
    }

    static byte[] places(DeviceId device) {
        return Keys.of(PLACES).fixed(device.toBytes()).build();
    }

    static byte[] blocked() {
        return Keys.of(BLOCKED).build();
    }

    static byte[] blocked(String account) {
        return Keys.of(BLOCKED).string(account).build();
    }
}

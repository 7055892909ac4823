package covey.courier;

import com.google.protobuf.ByteString;
import covey.store.Keys;
import covey.wire.DeviceId;

/** The courier's tables in the peer's store, and their keys; values are the messages of {@code kept.proto}. */
final class Tables {
    private static final int KNOWN_DEVICE = 8;
    private static final int SINGLE = 0xC0;
    private static final int OUTGOING = 0xC1;
    private static final int STREAMS = 0xC2;
    private static final int SEEN = 0xC3;
    private static final int SESSION = 0xC4;
    private static final int OWN_PREKEY = 0xC5;
    private static final int PREKEY = 0xC6;
    private static final int COMPLAINT = 0xC7;

    /** Numbers of items below this are taken. */
    static final byte[] ORDER = Keys.of(SINGLE).u8(1).build();

    /** Stream epochs below this are taken. */
    static final byte[] EPOCH = Keys.of(SINGLE).u8(2).build();

    static final byte[] OUTGOINGS = Keys.of(OUTGOING).build();

    /** Ids of what came in and the recipient does not keep; the value is the time. */
    static final byte[] ALL_SEEN = Keys.of(SEEN).build();

    static final byte[] OWN_PREKEYS = Keys.of(OWN_PREKEY).build();
    static final byte[] COMPLAINTS = Keys.of(COMPLAINT).build();

    private Tables() {}

    /** Devices of an account that the user was told of, or that were there at first sight. */
    static byte[] knownDevices(String account) {
        return Keys.of(KNOWN_DEVICE).string(account).build();
    }

    static byte[] knownDevice(String account, DeviceId device) {
        return Keys.of(KNOWN_DEVICE).string(account).fixed(device.toBytes()).build();
    }

    static byte[] outgoing(long order) {
        return Keys.of(OUTGOING).u64(order).build();
    }

    static byte[] streams(DeviceId device) {
        return Keys.of(STREAMS).fixed(device.toBytes()).build();
    }

    static byte[] seen(ByteString id) {
        return Keys.of(SEEN).fixed(id.toByteArray()).build();
    }

    static byte[] sessions(DeviceId device) {
        return Keys.of(SESSION).fixed(device.toBytes()).build();
    }

    static byte[] session(DeviceId device, ByteString id) {
        return Keys.of(SESSION).fixed(device.toBytes()).fixed(id.toByteArray()).build();
    }

    static byte[] ownPrekey(long id) {
        return Keys.of(OWN_PREKEY).u64(id).build();
    }

    static byte[] prekey(DeviceId device) {
        return Keys.of(PREKEY).fixed(device.toBytes()).build();
    }

    static byte[] complaint(DeviceId device, ByteString id) {
        return Keys.of(COMPLAINT)
                .fixed(device.toBytes())
                .fixed(id.toByteArray())
                .build();
    }

    static DeviceId deviceOf(byte[] key) {
        return DeviceId.of(Keys.read(key).skip(1).fixed(DeviceId.BYTES));
    }

    static byte[] number(long value) {
        return Keys.of(0).u64(value).build();
    }
}

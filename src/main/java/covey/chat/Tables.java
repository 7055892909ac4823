package covey.chat;

import com.google.protobuf.ByteString;
import covey.store.Keys;
import covey.wire.DeviceId;
import covey.wire.Limits;

/** The tables of a peer's chat and their keys; values are the messages of {@code kept.proto}. */
final class Tables {
    /** Of the records; a store of a later format is refused. */
    static final int FORMAT = 1;

    private static final int META = 1;
    private static final int MESSAGE = 2;
    private static final int PLACE = 3;
    private static final int TIMELINE = 4;
    private static final int DELIVERY = 5;
    private static final int CONVERSATION = 6;
    private static final int OPEN = 7;
    private static final int ROOM = 9;
    private static final int ROOM_NAME = 10;
    private static final int STATEMENT = 11;
    private static final int POSTING = 12;
    private static final int UNREADABLE_POST = 13;
    private static final int CHAIN = 14;

    static final byte[] FORMAT_KEY = meta("format");
    static final byte[] ORDER_KEY = meta("order");
    static final byte[] POSTING_ORDER_KEY = meta("posting");

    private Tables() {}

    private static byte[] meta(String name) {
        return Keys.of(META).string(name).build();
    }

    static byte[] messages(String conversation) {
        return Keys.of(MESSAGE).string(conversation).build();
    }

    static byte[] message(String conversation, long order) {
        return Keys.of(MESSAGE).string(conversation).u64(order).build();
    }

    static byte[] place(ByteString id) {
        return Keys.of(PLACE).fixed(id.toByteArray()).build();
    }

    /** Incoming messages of all conversations; the value is the conversation. */
    static byte[] timeline() {
        return Keys.of(TIMELINE).build();
    }

    static byte[] timeline(long order) {
        return Keys.of(TIMELINE).u64(order).build();
    }

    static byte[] delivery(ByteString id) {
        return Keys.of(DELIVERY).fixed(id.toByteArray()).build();
    }

    static byte[] conversations() {
        return Keys.of(CONVERSATION).build();
    }

    static byte[] conversation(String name) {
        return Keys.of(CONVERSATION).string(name).build();
    }

    /** One to one messages that no device of the receiver has yet; the value is the receiver's account. */
    static byte[] open() {
        return Keys.of(OPEN).build();
    }

    static byte[] open(ByteString id) {
        return Keys.of(OPEN).fixed(id.toByteArray()).build();
    }

    static byte[] rooms() {
        return Keys.of(ROOM).build();
    }

    static byte[] room(ByteString room) {
        return Keys.of(ROOM).bytes(room.toByteArray()).build();
    }

    static byte[] roomName(String name) {
        return Keys.of(ROOM_NAME).string(name).build();
    }

    static byte[] statement(ByteString room, long epoch) {
        return Keys.of(STATEMENT).bytes(room.toByteArray()).u64(epoch).build();
    }

    /** Posts that the hub has not confirmed; the value is the message's id. */
    static byte[] postings() {
        return Keys.of(POSTING).build();
    }

    static byte[] posting(long order) {
        return Keys.of(POSTING).u64(order).build();
    }

    static byte[] unreadablePosts() {
        return Keys.of(UNREADABLE_POST).build();
    }

    static byte[] unreadablePosts(ByteString room) {
        return Keys.of(UNREADABLE_POST).bytes(room.toByteArray()).build();
    }

    static byte[] unreadablePost(ByteString room, long index, ByteString postId) {
        return Keys.of(UNREADABLE_POST)
                .bytes(room.toByteArray())
                .u64(index)
                .fixed(postId.toByteArray())
                .build();
    }

    static byte[] chains() {
        return Keys.of(CHAIN).build();
    }

    /** The device whose key this is. */
    static DeviceId chainOwner(byte[] key) {
        return DeviceId.of(Keys.read(key)
                .skip(key.length - Limits.ID_BYTES - DeviceId.BYTES)
                .fixed(DeviceId.BYTES));
    }

    static byte[] chains(ByteString room, DeviceId device) {
        return Keys.of(CHAIN).bytes(room.toByteArray()).fixed(device.toBytes()).build();
    }

    static byte[] chain(ByteString room, DeviceId device, ByteString keyId) {
        return Keys.of(CHAIN)
                .bytes(room.toByteArray())
                .fixed(device.toBytes())
                .fixed(keyId.toByteArray())
                .build();
    }

    static byte[] number(long value) {
        return Keys.of(0).u64(value).build();
    }
}

package covey.transfer;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import covey.content.ContentId;
import covey.store.Keys;
import covey.store.StoreException;

/** The package's tables in the peer's store; values are the messages of {@code transfer.proto}. */
final class Tables {
    private static final int TRANSFER = 0xA0;
    private static final int BY_MESSAGE = 0xA1;
    private static final int OFFER = 0xA2;

    private static final int ROOT = 0xA3;
    private static final int SINGLE = 0xA4;

    static final byte[] ROOTS = Keys.of(ROOT).build();
    static final byte[] RESULTS = Keys.of(SINGLE).u8(1).build();
    static final byte[] NUMBERS = Keys.of(SINGLE).u8(2).build();
    static final byte[] TRANSFERS = Keys.of(TRANSFER).build();
    static final byte[] OFFERS = Keys.of(OFFER).build();

    private Tables() {}

    static byte[] transfer(long number) {
        return Keys.of(TRANSFER).u64(number).build();
    }

    static long numberOf(byte[] key) {
        return Keys.read(key).skip(1).u64();
    }

    /** The transfer that a message's offer became. */
    static byte[] byMessage(ByteString messageId) {
        return Keys.of(BY_MESSAGE).bytes(messageId.toByteArray()).build();
    }

    static byte[] root(String name) {
        return Keys.of(ROOT).string(name).build();
    }

    static String nameOfRoot(byte[] key) {
        return Keys.read(key).skip(1).string();
    }

    static byte[] offers(ContentId content) {
        return Keys.of(OFFER).fixed(content.toBytes()).build();
    }

    /** @param to "@bob" or "#lab" */
    static byte[] offer(ContentId content, String to) {
        return Keys.of(OFFER).fixed(content.toBytes()).string(to).build();
    }

    static ContentId contentOfOffer(byte[] key) {
        return ContentId.of(Keys.read(key).skip(1).fixed(ContentId.BYTES));
    }

    static String receiverOfOffer(byte[] key) {
        return Keys.read(key).skip(1 + ContentId.BYTES).string();
    }

    static byte[] number(long value) {
        return Keys.of(0).u64(value).build();
    }

    static long number(byte[] value) {
        return Keys.read(value).skip(1).u64();
    }

    static <T extends MessageLite> T parse(Parser<T> parser, byte[] value) {
        try {
            return parser.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new StoreException(
                    "A record of this device's transfers is damaged: " + e.getMessage(),
                    e,
                    StoreException.Reason.DAMAGED);
        }
    }
}

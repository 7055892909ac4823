package covey.store;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;

/** What stored keys and values have in common; bytes that are none are damage. */
public final class Records {
    private Records() {}

    public static <T> T parse(Parser<T> parser, byte[] value) {
        try {
            return parser.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new StoreException("A stored record is damaged: " + e.getMessage(), e, StoreException.Reason.DAMAGED);
        }
    }

    /** The number that is a value, or ends a key. */
    public static long number(byte[] bytes) {
        return Keys.read(bytes).skip(bytes.length - Long.BYTES).u64();
    }
}

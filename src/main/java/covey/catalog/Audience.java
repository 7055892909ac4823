package covey.catalog;

import com.google.protobuf.ByteString;
import covey.wire.proto.Share;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Who may see a share.
 *
 * @param id of the room; of an account its index in the directory (a name may be taken again by another) and its name
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Audience(Kind kind, byte[] id) {
    static final Audience ALL = new Audience(Kind.ALL, Tables.NOTHING);

    /** Its number stands in records. */
    public enum Kind {
        ALL(0),
        ROOM(1),
        ACCOUNT(2);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    public Audience {
        if (kind == Kind.ACCOUNT && id.length <= Long.BYTES) {
            throw new IllegalArgumentException("account: " + id.length + " bytes (expected: index and name)");
        }
    }

    static Audience room(ByteString room) {
        return new Audience(Kind.ROOM, room.toByteArray());
    }

    static Audience account(long index, String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        return new Audience(
                Kind.ACCOUNT,
                ByteBuffer.allocate(Long.BYTES + text.length)
                        .putLong(index)
                        .put(text)
                        .array());
    }

    static Audience read(int kind, ByteBuffer rest) {
        byte[] id = new byte[rest.remaining()];
        rest.get(id);
        return switch (kind) {
            case 0 -> ALL;
            case 1 -> new Audience(Kind.ROOM, id);
            case 2 -> new Audience(Kind.ACCOUNT, id);
            default -> throw new IllegalArgumentException("audience: " + kind + " (expected: 0 to 2)");
        };
    }

    ByteString room() {
        return ByteString.copyFrom(id);
    }

    public long accountIndex() {
        return ByteBuffer.wrap(id).getLong();
    }

    void tell(Share.Builder share) {
        switch (kind) {
            case ALL -> share.clearAudience();
            case ROOM -> share.setRoom(room());
            case ACCOUNT ->
                share.setAccount(new String(Arrays.copyOfRange(id, Long.BYTES, id.length), StandardCharsets.UTF_8));
        }
    }
}

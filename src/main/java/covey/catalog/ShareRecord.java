package covey.catalog;

import com.google.protobuf.ByteString;
import covey.content.ContentId;
import covey.wire.proto.DigestAlgorithm;
import covey.wire.proto.Share;
import covey.wire.proto.ShareKind;
import java.nio.ByteBuffer;

/**
 * One share as it stands in the state.
 *
 * @param change number of the command that brought it
 * @param content SHA-256 of the content id
 * @param plain SHA-256 of a file's bytes; empty for a folder
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ShareRecord(
        long change,
        boolean isFolder,
        long size,
        long modifiedMillis,
        byte[] content,
        byte[] plain,
        Audience audience) {
    private static final int HASH_BYTES = 32;
    private static final int FOLDER_BIT = 4;
    private static final int AUDIENCE_BITS = 3;

    static ShareRecord of(long change, Share share, Audience audience) {
        byte[] content = new byte[HASH_BYTES];
        share.getContent().substring(1).copyTo(content, 0);
        return new ShareRecord(
                change,
                share.getKind() == ShareKind.SHARED_FOLDER,
                share.getSize(),
                share.getModifiedMillis(),
                content,
                share.getPlain().toByteArray(),
                audience);
    }

    byte[] encode() {
        return ByteBuffer.allocate(1 + 3 * Long.BYTES + content.length + plain.length + audience.id().length)
                .putLong(change)
                .put((byte) ((isFolder ? FOLDER_BIT : 0) | audience.kind().number()))
                .putLong(size)
                .putLong(modifiedMillis)
                .put(content)
                .put(plain)
                .put(audience.id())
                .array();
    }

    public static ShareRecord decode(byte[] value) {
        return Tables.decoded(value, in -> {
            long change = in.getLong();
            int bits = in.get();
            boolean isFolder = (bits & FOLDER_BIT) != 0;
            long size = in.getLong();
            long modifiedMillis = in.getLong();
            byte[] content = new byte[HASH_BYTES];
            in.get(content);
            byte[] plain = new byte[isFolder ? 0 : HASH_BYTES];
            in.get(plain);
            Audience audience = Audience.read(bits & AUDIENCE_BITS, in);
            return new ShareRecord(change, isFolder, size, modifiedMillis, content, plain, audience);
        });
    }

    /** True when two encoded records say the same, whichever command brought them. */
    static boolean sameShare(byte[] one, byte[] other) {
        return java.util.Arrays.equals(one, Long.BYTES, one.length, other, Long.BYTES, other.length);
    }

    /**
     * What a share counts in its device's digest: 64 bits over path and encoded record without its change, eight bytes
     * at a time, big endian, the last padded with zeros: {@code mark = mix(mark + word)}, beginning with the path's
     * length. Against accidents only: a device can deceive nobody but itself.
     */
    static long mark(byte[] path, byte[] encoded) {
        long mark = mix(path.length);
        mark = words(mark, path, 0);
        return words(mark, encoded, Long.BYTES);
    }

    private static long words(long start, byte[] bytes, int from) {
        ByteBuffer in = ByteBuffer.wrap(bytes).position(from);
        long mark = start;
        while (in.remaining() >= Long.BYTES) {
            mark = mix(mark + in.getLong());
        }
        long last = 0;
        int left = in.remaining();
        for (int i = 0; i < left; i++) {
            last |= (in.get() & 0xFFL) << (56 - 8 * i);
        }
        return left == 0 ? mark : mix(mark + last);
    }

    /** The finalizer of SplitMix64. */
    private static long mix(long value) {
        long mixed = value + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    Glance glance() {
        return new Glance(change, size, isFolder, audience);
    }

    public ByteString contentId() {
        return id(content);
    }

    static ByteString id(byte[] contentHash) {
        byte[] id = new byte[ContentId.BYTES];
        id[0] = DigestAlgorithm.SHA_256_VALUE;
        System.arraycopy(contentHash, 0, id, 1, HASH_BYTES);
        return ByteString.copyFrom(id);
    }

    public Share tell(byte[] path) {
        Share.Builder share = Share.newBuilder()
                .setPath(ByteString.copyFrom(path))
                .setKind(isFolder ? ShareKind.SHARED_FOLDER : ShareKind.SHARED_FILE)
                .setContent(contentId())
                .setPlain(ByteString.copyFrom(plain))
                .setSize(size)
                .setModifiedMillis(modifiedMillis);
        audience.tell(share);
        return share.build();
    }

    /** What stands beside a digest: enough to say who may see the share, without reading its record. */
    record Glance(long change, long size, boolean isFolder, Audience audience) {
        byte[] encode() {
            return ByteBuffer.allocate(1 + 2 * Long.BYTES + audience.id().length)
                    .putLong(change)
                    .put((byte) ((isFolder ? FOLDER_BIT : 0) | audience.kind().number()))
                    .putLong(size)
                    .put(audience.id())
                    .array();
        }

        static Glance decode(byte[] value) {
            return Tables.decoded(value, in -> {
                long change = in.getLong();
                int bits = in.get();
                long size = in.getLong();
                return new Glance(change, size, (bits & FOLDER_BIT) != 0, Audience.read(bits & AUDIENCE_BITS, in));
            });
        }
    }
}

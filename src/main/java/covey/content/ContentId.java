package covey.content;

import com.google.protobuf.ByteString;
import covey.store.Sha256;
import covey.wire.Base32;
import covey.wire.proto.DigestAlgorithm;
import java.util.Arrays;
import java.util.Locale;

/**
 * Names content: the SHA-256 of its manifest's canonical bytes. As bytes and as text, the algorithm's number (one byte)
 * stands first; the text is base32, {@value #TEXT_CHARS} characters.
 */
public record ContentId(Digest digest) implements Comparable<ContentId> {
    public static final int BYTES = 1 + ContentLimits.HASH_BYTES;

    static final int TEXT_CHARS = 53;

    public ContentId {
        if (digest.algorithm() != DigestAlgorithm.SHA_256) {
            throw new IllegalArgumentException("content id: " + digest.algorithm() + " (expected: SHA_256)");
        }
    }

    /** The id of what a manifest describes; whether it is one is not checked. */
    public static ContentId ofManifest(byte[] canonicalBytes) {
        return new ContentId(Digest.plain(Sha256.of(canonicalBytes)));
    }

    /** Throws {@link ContentException} (DAMAGED) unless there are {@link #BYTES} of a known algorithm. */
    public static ContentId of(byte[] bytes) {
        if (bytes.length != BYTES || bytes[0] != DigestAlgorithm.SHA_256_VALUE) {
            throw ContentException.damaged(
                    "content id: " + bytes.length + " bytes (expected: " + BYTES + ", the first of them 1)");
        }
        return new ContentId(Digest.plain(Arrays.copyOfRange(bytes, 1, BYTES)));
    }

    public static ContentId of(ByteString bytes) {
        return of(bytes.toByteArray());
    }

    /** True for what {@link #parse} may take; a hex SHA-256 is longer. */
    public static boolean looksLikeOne(String text) {
        return text.length() == TEXT_CHARS;
    }

    /** What {@link #toString} wrote; throws {@link ContentException} (DAMAGED) for anything else. */
    public static ContentId parse(String text) {
        try {
            ContentId id = of(Base32.decode(text.toLowerCase(Locale.ROOT)));
            if (id.toString().equalsIgnoreCase(text)) {
                return id;
            }
        } catch (IllegalArgumentException | ContentException e) {
            throw refused(text, e);
        }
        throw refused(text, new IllegalArgumentException("bits are left over"));
    }

    private static ContentException refused(String text, Exception cause) {
        String shown = text.length() > TEXT_CHARS ? text.substring(0, TEXT_CHARS) + "..." : text;
        return ContentException.damaged(
                "'" + shown + "' is no content id (expected: " + TEXT_CHARS + " letters and digits 2 to 7, as"
                        + " covey search shows them)",
                cause);
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[BYTES];
        bytes[0] = (byte) digest.algorithm().getNumber();
        digest.toByteString().copyTo(bytes, 1);
        return bytes;
    }

    @Override
    public int compareTo(ContentId other) {
        return digest.compareTo(other.digest);
    }

    /** Enough to tell contents apart in logs. */
    public String shortText() {
        return toString().substring(0, 12);
    }

    @Override
    public String toString() {
        return Base32.encode(toBytes());
    }
}

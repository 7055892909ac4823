package covey.chat;

import com.google.protobuf.ByteString;
import covey.content.ContentException;
import covey.content.ContentId;
import covey.content.ContentLimits;
import covey.content.TreePath;
import covey.wire.Limits;
import covey.wire.proto.Text;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A file or folder offered with a message.
 *
 * @param name one name, fit for a folder of the receiver
 * @param bytes all of its files together
 * @param files how many; 1 = the content is one file
 * @param sha256 plain, hexadecimal, of the one file; else empty
 */
public record Attachment(ContentId content, String name, long bytes, int files, String sha256) {
    /** Throws {@link ContentException} for a name that is none. */
    public Attachment {
        TreePath.of(name);
        boolean isSound = bytes >= 0
                && bytes <= ContentLimits.CONTENT_BYTES_MAX
                && files >= 0
                && files <= ContentLimits.ENTRIES_MAX
                && (sha256.isEmpty() || sha256.length() == 2 * Limits.HASH_BYTES);
        if (!isSound) {
            throw new IllegalArgumentException("attachment: " + bytes + " bytes in " + files + " files");
        }
    }

    static Optional<Attachment> of(Text said) {
        return said.hasAttachment() ? Optional.of(of(said.getAttachment())) : Optional.empty();
    }

    private static Attachment of(covey.wire.proto.Attachment kept) {
        return new Attachment(
                ContentId.of(kept.getContent()),
                kept.getName(),
                kept.getBytes(),
                kept.getFiles(),
                HexFormat.of().formatHex(kept.getSha256().toByteArray()));
    }

    /** True when there is none, or it is within limits. */
    static boolean isSound(Text said) {
        try {
            return of(said).isPresent() || !said.hasAttachment();
        } catch (ContentException | IllegalArgumentException e) {
            return false;
        }
    }

    covey.wire.proto.Attachment toProto() {
        return covey.wire.proto.Attachment.newBuilder()
                .setContent(ByteString.copyFrom(content.toBytes()))
                .setName(name)
                .setBytes(bytes)
                .setFiles(files)
                .setSha256(ByteString.copyFrom(HexFormat.of().parseHex(sha256)))
                .build();
    }
}

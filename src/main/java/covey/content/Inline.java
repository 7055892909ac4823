package covey.content;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.wire.proto.InlineContent;
import java.nio.ByteBuffer;

/**
 * Content small enough to travel with its offer: verified when it is made and when it is taken apart.
 *
 * @param data the bytes of its files, one after the other in the manifest's order
 */
public record Inline(Manifest manifest, ByteString data) {
    /** Both digests of every file; throws {@link ContentException} (DAMAGED or LIMIT). */
    public Inline {
        if (!fits(manifest) || data.size() != manifest.bytes()) {
            throw ContentException.damaged("Inline content has " + data.size() + " bytes (expected: " + manifest.bytes()
                    + ", at most " + ContentLimits.INLINE_BYTES_MAX + ").");
        }
        LeafHasher hasher = new LeafHasher();
        ByteBuffer rest = data.asReadOnlyByteBuffer();
        for (Entry entry : manifest.entries()) {
            if (entry instanceof Entry.File file && file.size() > 0) {
                ByteBuffer bytes = rest.slice(rest.position(), (int) file.size());
                rest.position(rest.position() + bytes.remaining());
                byte[] plain = new byte[bytes.remaining()];
                bytes.get(0, plain);
                boolean isGood = hasher.isBlock(bytes, 0, file.root().toBytes())
                        && file.plain().is(covey.store.Sha256.of(plain));
                if (!isGood) {
                    throw ContentException.damaged("Inline content: the bytes of '" + file.path() + "' are wrong.");
                }
            }
        }
    }

    public static boolean fits(Manifest manifest) {
        return manifest.bytes() <= ContentLimits.INLINE_BYTES_MAX;
    }

    /** Reads it from a holding that is whole. */
    public static Inline of(Holding holding) {
        ByteBuffer data = ByteBuffer.allocate((int) Math.min(holding.manifest().bytes(), Integer.MAX_VALUE));
        for (int block = 0; block < holding.map().count(); block++) {
            holding.read(block, 0, data);
        }
        return new Inline(holding.manifest(), ByteString.copyFrom(data.flip()));
    }

    /** Throws {@link ContentException} for anything but what {@link #toBytes} wrote. */
    public static Inline decode(byte[] bytes) {
        try {
            InlineContent proto = InlineContent.parseFrom(bytes);
            return new Inline(Manifest.decode(proto.getManifest().toByteArray()), proto.getData());
        } catch (InvalidProtocolBufferException e) {
            throw ContentException.damaged("Inline content is refused: " + e.getMessage() + ".", e);
        }
    }

    public byte[] toBytes() {
        return InlineContent.newBuilder()
                .setManifest(ByteString.copyFrom(manifest.toBytes()))
                .setData(data)
                .build()
                .toByteArray();
    }

    /** Keeps all of it: the holding is whole afterwards, not yet finished. */
    public void writeTo(Holding holding) {
        ByteBuffer rest = data.asReadOnlyByteBuffer();
        for (int block = 0; block < holding.map().count(); block++) {
            int length = holding.map().lengthOf(block);
            holding.write(block, rest.slice(rest.position(), length));
            rest.position(rest.position() + length);
        }
    }
}

package covey.content;

import com.google.protobuf.ByteString;
import covey.store.Keys;
import covey.store.OrderedStore;
import java.nio.file.Path;
import java.util.BitSet;

/** The package's tables in the peer's store, and their keys; values are the Kept messages of {@code content.proto}. */
final class Tables {
    private static final int MANIFEST = 0xB0;
    private static final int HOLDING = 0xB1;
    private static final int CLAIMED = 0xB2;
    private static final int SYNCED = 0xB3;
    private static final int LAYER = 0xB4;
    private static final int FILE = 0xB5;
    private static final int REFERENCE = 0xB6;

    static final byte[] HOLDINGS = Keys.of(HOLDING).build();
    static final byte[] LAYERS = Keys.of(LAYER).build();
    static final byte[] FILES = Keys.of(FILE).build();

    private Tables() {}

    static byte[] holding(ContentId id) {
        return Keys.of(HOLDING).fixed(id.toBytes()).build();
    }

    static ContentId idOfHolding(byte[] key) {
        return ContentId.of(Keys.read(key).skip(1).rest());
    }

    static byte[] manifest(ContentId id) {
        return Keys.of(MANIFEST).fixed(id.toBytes()).build();
    }

    static BitSet bits(OrderedStore store, byte[] key) {
        return store.get(key).map(BitSet::valueOf).orElseGet(BitSet::new);
    }

    /** Bits of blocks whose bytes were written. */
    static byte[] claimed(ContentId id) {
        return Keys.of(CLAIMED).fixed(id.toBytes()).build();
    }

    /** Bits of blocks whose bytes are on the disk for certain. */
    static byte[] synced(ContentId id) {
        return Keys.of(SYNCED).fixed(id.toBytes()).build();
    }

    /** A file's block layer; the value begins with its blocks' size. */
    static byte[] layer(Digest root) {
        return Keys.of(LAYER).fixed(root.toBytes()).build();
    }

    static byte[] rootOfLayer(byte[] key) {
        return Keys.read(key).skip(1).fixed(ContentLimits.HASH_BYTES);
    }

    static byte[] file(Path file) {
        return Keys.of(FILE).string(file.toString()).build();
    }

    static Path pathOfFile(byte[] key) {
        return Path.of(Keys.read(key).skip(1).string());
    }

    static byte[] references(ContentId id) {
        return Keys.of(REFERENCE).fixed(id.toBytes()).build();
    }

    static byte[] reference(ContentId id, String owner) {
        return Keys.of(REFERENCE).fixed(id.toBytes()).string(owner).build();
    }

    static Digest root(ByteString bytes) {
        return bytes.isEmpty() ? Entry.File.NO_ROOT : Digest.tree(bytes.toByteArray());
    }
}

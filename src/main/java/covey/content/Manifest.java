package covey.content;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.wire.Parts;
import covey.wire.proto.DigestAlgorithm;
import covey.wire.proto.EntryKind;
import covey.wire.proto.ManifestEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What content consists of: one file without a name (the path is empty), or a tree. Checks itself: entries in order of
 * their paths, none within another, all within {@link ContentLimits}. Immutable; any thread.
 *
 * <p>The hashes of blocks are not in it: each file's <em>block layer</em> is fetched apart and verified against the
 * file's root ({@link MerkleTree#isLayerOf}), so that the manifest of 100 GB stays small.
 *
 * @param blockBytes a power of two (see {@link BlockMap#blockBytesFor})
 */
public record Manifest(int blockBytes, List<Entry> entries) {
    private static final int FORMAT = 1;

    /** Of an entry: the names of its path and of its target, and what there is once. */
    private static final int FIELDS_MAX = 2 * ContentLimits.PATH_NAMES_MAX + 16;

    /** Throws {@link ContentException} (LIMIT, REFUSED or DAMAGED). */
    public Manifest {
        entries = List.copyOf(entries);
        if (Integer.bitCount(blockBytes) != 1
                || blockBytes < ContentLimits.BLOCK_BYTES_MIN
                || blockBytes > ContentLimits.BLOCK_BYTES_MAX) {
            throw damaged("blocks of " + blockBytes + " bytes (expected: a power of two, "
                    + ContentLimits.BLOCK_BYTES_MIN + " to " + ContentLimits.BLOCK_BYTES_MAX + ")");
        }
        if (entries.isEmpty()) {
            throw damaged("nothing (expected: a file or a folder)");
        }
        checkCount(entries.size());
        checkOrder(entries);
        checkBlocks(blockBytes, entries);
    }

    /** Puts the entries into order. */
    public static Manifest of(int blockBytes, List<Entry> entries) {
        return new Manifest(
                blockBytes,
                entries.stream().sorted(Comparator.comparing(Entry::path)).toList());
    }

    /** Bytes of all files. */
    public long bytes() {
        return entries.stream()
                .mapToLong(entry -> entry instanceof Entry.File file ? file.size() : 0)
                .sum();
    }

    /** True when the content is one file, without a name. */
    public boolean isOneFile() {
        return entries.getFirst() instanceof Entry.File file && file.path().equals(TreePath.TOP);
    }

    /** The one file's, or that of the tree's entry; the entry must be a file. */
    public Entry.File file(int entry) {
        if (entries.get(entry) instanceof Entry.File file) {
            return file;
        }
        throw new IllegalArgumentException("entry " + entry + ": " + entries.get(entry) + " (expected: a file)");
    }

    /** Its canonical bytes (docs/protocol.md); throws {@link ContentException} (LIMIT) above {@link ContentLimits}. */
    public byte[] toBytes() {
        byte[] bytes = toProto().toByteArray();
        checkBytes(bytes.length);
        return bytes;
    }

    public ContentId id() {
        return ContentId.ofManifest(toBytes());
    }

    /**
     * Takes what {@link #toBytes} wrote, and nothing else: other bytes for the same manifest would be another content
     * id. Throws {@link ContentException}.
     */
    public static Manifest decode(byte[] bytes) {
        checkBytes(bytes.length);
        Manifest manifest;
        try {
            // Before anything is made of them: two bytes of an empty entry are two hundred in memory.
            checkCount(Parts.count(bytes, covey.wire.proto.Manifest.ENTRIES_FIELD_NUMBER, FIELDS_MAX));
            CodedInputStream in = CodedInputStream.newInstance(bytes);
            in.setRecursionLimit(4);
            manifest = of(covey.wire.proto.Manifest.parseFrom(in));
        } catch (InvalidProtocolBufferException e) {
            throw damaged("no manifest: " + e.getMessage());
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory cannot fail", e);
        }
        if (!Arrays.equals(manifest.toProto().toByteArray(), bytes)) {
            throw damaged("not in its canonical form");
        }
        return manifest;
    }

    /** As {@link #decode}, when the bytes are those of the content asked for. */
    public static Manifest decode(ContentId expected, byte[] bytes) {
        checkBytes(bytes.length);
        ContentId id = ContentId.ofManifest(bytes);
        if (!id.equals(expected)) {
            throw damaged("of " + id.shortText() + "... (expected: " + expected.shortText() + "...)");
        }
        return decode(bytes);
    }

    private static Manifest of(covey.wire.proto.Manifest proto) {
        if (proto.getFormat() != FORMAT) {
            throw damaged("of format " + Integer.toUnsignedString(proto.getFormat())
                    + " (expected: 1); a newer version of Covey may know it");
        }
        checkCount(proto.getEntriesCount());
        List<Entry> entries = new ArrayList<>(proto.getEntriesCount());
        for (ManifestEntry entry : proto.getEntriesList()) {
            entries.add(of(entry));
        }
        return new Manifest(proto.getBlockBytes(), entries);
    }

    private static Entry of(ManifestEntry proto) {
        TreePath path = new TreePath(proto.getPathList());
        return switch (proto.getKind()) {
            case FILE ->
                proto.getSize() == 0
                        ? Entry.File.empty(path, proto.getExecutable())
                        : new Entry.File(
                                path,
                                proto.getSize(),
                                Digest.of(proto.getRoot(), DigestAlgorithm.SHA_256_TREE),
                                Digest.of(proto.getPlain(), DigestAlgorithm.SHA_256),
                                proto.getExecutable());
            case FOLDER -> new Entry.Folder(path);
            case LINK -> new Entry.Link(path, new TreePath(proto.getTargetList()));
            case UNRECOGNIZED -> throw damaged("an entry of kind " + proto.getKindValue());
        };
    }

    private covey.wire.proto.Manifest toProto() {
        covey.wire.proto.Manifest.Builder proto =
                covey.wire.proto.Manifest.newBuilder().setFormat(FORMAT).setBlockBytes(blockBytes);
        for (Entry entry : entries) {
            ManifestEntry.Builder one =
                    ManifestEntry.newBuilder().addAllPath(entry.path().names());
            switch (entry) {
                case Entry.File file -> {
                    one.setSize(file.size()).setExecutable(file.executable());
                    if (file.size() > 0) {
                        one.setRoot(file.root().toProto()).setPlain(file.plain().toProto());
                    }
                }
                case Entry.Folder folder -> one.setKind(EntryKind.FOLDER);
                case Entry.Link link ->
                    one.setKind(EntryKind.LINK).addAllTarget(link.target().names());
            }
            proto.addEntries(one);
        }
        return proto.build();
    }

    private static void checkBytes(int bytes) {
        if (bytes > ContentLimits.MANIFEST_BYTES_MAX) {
            throw ContentException.limit("The manifest has " + bytes + " bytes (at most "
                    + ContentLimits.MANIFEST_BYTES_MAX + "); share the folders in it one by one.");
        }
    }

    private static void checkCount(int entries) {
        if (entries > ContentLimits.ENTRIES_MAX) {
            throw ContentException.limit("The folder has " + entries + " entries (at most " + ContentLimits.ENTRIES_MAX
                    + "); share the folders in it one by one.");
        }
    }

    /** In order, a path stands right before the first one within it. */
    private static void checkOrder(List<Entry> entries) {
        for (int i = 1; i < entries.size(); i++) {
            TreePath before = entries.get(i - 1).path();
            TreePath path = entries.get(i).path();
            if (before.compareTo(path) >= 0) {
                throw damaged("'" + path + "' after '" + before + "' (expected: in order, each once)");
            }
            if (before.holds(path)) {
                throw damaged("'" + path + "' within '" + before + "', which is no folder or an empty one");
            }
        }
    }

    private static void checkBlocks(int blockBytes, List<Entry> entries) {
        long bytes = 0;
        long blocks = 0;
        for (Entry entry : entries) {
            if (entry instanceof Entry.File file) {
                bytes += file.size();
                blocks += Math.ceilDiv(file.size(), blockBytes);
            }
        }
        if (bytes > ContentLimits.CONTENT_BYTES_MAX || blocks > ContentLimits.BLOCKS_MAX) {
            throw ContentException.limit("The content has " + bytes + " bytes in " + blocks + " blocks (at most "
                    + ContentLimits.CONTENT_BYTES_MAX + " in " + ContentLimits.BLOCKS_MAX
                    + "); share its parts one by one.");
        }
    }

    private static ContentException damaged(String what) {
        return ContentException.damaged("The manifest is refused: " + what + ".");
    }
}

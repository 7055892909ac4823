package covey.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import covey.content.ContentException.Reason;
import covey.store.Sha256;
import covey.wire.proto.EntryKind;
import covey.wire.proto.ManifestEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ManifestTest {
    /** A manifest's bytes are its content's name: these must never change. */
    @Test
    void canonicalBytesAndIdAreWhatTheyAlwaysWere() {
        Manifest manifest = tree();

        assertThat(HexFormat.of().formatHex(manifest.toBytes())).isEqualTo(GOLDEN);
        assertThat(manifest.id()).hasToString(GOLDEN_ID);
        assertThat(Manifest.decode(manifest.id(), HexFormat.of().parseHex(GOLDEN)))
                .isEqualTo(manifest);
    }

    private static final String GOLDEN =
            "0801108080021a160a0362696e0a036e6f7710023a0362696e3a0372756e1a5c0a0362696e0a0372756e18f0a2"
                    + "042224080212204bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a2a2408011220"
                    + "dbc1b4c900ffe48d575b5da5c638040125f65db0fe3e24494b76ea986457d98630011a550a05636166c3a91805"
                    + "2224080212202cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b98242a24080112202c"
                    + "f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b98241a090a05656d70747910011a080a"
                    + "06726561646d65";

    private static final String GOLDEN_ID = "afmqioz7ygaxab23fyp6steyrbns3i7ilbggl32imfwiq5c4ynu5i";

    @Test
    void theNameOfAFileIsNoPartOfItsContent() {
        Manifest one = Manifest.of(16384, List.of(file(TreePath.TOP, "hello")));

        assertThat(one.isOneFile()).isTrue();
        assertThat(Manifest.decode(one.toBytes())).isEqualTo(one);
    }

    @Test
    void theIdIsTextAndBytes() {
        ContentId id = tree().id();

        assertThat(ContentId.parse(id.toString())).isEqualTo(id);
        assertThat(ContentId.parse(id.toString().toUpperCase(java.util.Locale.ROOT)))
                .isEqualTo(id);
        assertThat(ContentId.of(id.toBytes())).isEqualTo(id);
        assertThat(ContentId.of(ByteString.copyFrom(id.toBytes()))).isEqualTo(id);
        assertThat(ContentId.looksLikeOne(id.toString())).isTrue();
        for (String wrong : List.of("", "a", id + "a", id.toString().substring(1), "1".repeat(53), "-" + id)) {
            assertRefused(() -> ContentId.parse(wrong), Reason.DAMAGED);
        }
        byte[] other = id.toBytes();
        other[0] = 2;
        assertRefused(() -> ContentId.of(other), Reason.DAMAGED);
    }

    @Test
    void bytesOfAnotherContentAreRefused() {
        Manifest manifest = tree();

        assertRefused(() -> Manifest.decode(ContentId.ofManifest(new byte[1]), manifest.toBytes()), Reason.DAMAGED);
    }

    @Test
    void onlyTheCanonicalFormIsRead() {
        covey.wire.proto.Manifest proto = proto(tree());

        // Unknown field, redundant default, entries out of order, fields of another kind.
        byte[] unknown = ByteString.copyFrom(proto.toByteArray())
                .concat(ByteString.copyFrom(new byte[] {(byte) 0xF8, 1, 7}))
                .toByteArray();
        assertRefused(() -> Manifest.decode(unknown), Reason.DAMAGED);
        byte[] twice = ByteString.copyFrom(new byte[] {8, 1})
                .concat(proto.toByteString())
                .toByteArray();
        assertRefused(() -> Manifest.decode(twice), Reason.DAMAGED);
        List<ManifestEntry> turned = new ArrayList<>(proto.getEntriesList());
        Collections.swap(turned, 0, 1);
        assertRefused(() -> decode(proto.toBuilder().clearEntries().addAllEntries(turned)), Reason.DAMAGED);
        ManifestEntry folder = ManifestEntry.newBuilder()
                .addPath("x")
                .setKind(EntryKind.FOLDER)
                .setSize(5)
                .build();
        assertRefused(() -> decode(proto.toBuilder().clearEntries().addEntries(folder)), Reason.DAMAGED);
        assertRefused(() -> decode(proto.toBuilder().setFormat(2)), Reason.DAMAGED);
    }

    @Test
    void aPathWithinAFileOrALinkIsRefused() {
        Entry.Link link = new Entry.Link(TreePath.of("a"), TreePath.TOP);
        assertRefused(() -> Manifest.of(16384, List.of(link, file(TreePath.of("a", "b"), "x"))), Reason.DAMAGED);
        assertRefused(
                () -> Manifest.of(16384, List.of(file(TreePath.of("a"), "x"), file(TreePath.of("a", "b"), "x"))),
                Reason.DAMAGED);
        assertRefused(
                () -> Manifest.of(16384, List.of(file(TreePath.of("a"), "x"), file(TreePath.of("a"), "x"))),
                Reason.DAMAGED);
        assertRefused(
                () -> Manifest.of(16384, List.of(file(TreePath.TOP, "x"), file(TreePath.of("a"), "x"))),
                Reason.DAMAGED);
    }

    @Test
    void sizesAboveTheLimitsAreRefusedBeforeAnythingIsAllocated() {
        Entry.File huge =
                new Entry.File(TreePath.TOP, 16L << 40, Digest.tree(new byte[32]), Digest.plain(new byte[32]), false);
        assertRefused(() -> Manifest.of(16384, List.of(huge)), Reason.LIMIT);
        assertThat(new BlockMap(Manifest.of(4 << 20, List.of(huge))).count()).isEqualTo(1 << 22);
        for (long size : new long[] {(16L << 40) + 1, -1}) {
            assertRefused(
                    () -> new Entry.File(
                            TreePath.TOP, size, Digest.tree(new byte[32]), Digest.plain(new byte[32]), false),
                    Reason.LIMIT);
        }
        assertRefused(() -> Manifest.of(24576, List.of(file(TreePath.TOP, "x"))), Reason.DAMAGED);
        assertRefused(() -> Manifest.of(8192, List.of(file(TreePath.TOP, "x"))), Reason.DAMAGED);
        assertRefused(() -> Manifest.of(16384, List.of()), Reason.DAMAGED);
        assertRefused(() -> Manifest.decode(new byte[ContentLimits.MANIFEST_BYTES_MAX + 1]), Reason.LIMIT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "..", "a/b", "a\\b", "a\0b", "a\nb", "\u001b[2J", "\u0085", "\ud800", "a\udc00b", "/"})
    void namesThatLeadElsewhereOrCannotBeShownAreRefused(String name) {
        assertRefused(() -> TreePath.of("ok", name), Reason.REFUSED);
        ManifestEntry entry =
                ManifestEntry.newBuilder().addPath("ok").addPath(name).build();
        if (name.chars().noneMatch(c -> Character.isSurrogate((char) c))) {
            assertRefused(() -> decode(protoOf(entry)), Reason.REFUSED);
            ManifestEntry link = ManifestEntry.newBuilder()
                    .addPath("ok")
                    .setKind(EntryKind.LINK)
                    .addTarget(name)
                    .build();
            assertRefused(() -> decode(protoOf(link)), Reason.REFUSED);
        }
    }

    @Test
    void anyOtherUnicodeNameIsKeptAsItIs() {
        for (String name :
                List.of("caf\u00e9", "cafe\u0301", "\ud83d\udc26", "CON", "a:b*?", " ", "...", "\u202e", "-rf", "~")) {
            assertThat(TreePath.of(name).names()).containsExactly(name);
        }
        assertRefused(() -> TreePath.of("a".repeat(256)), Reason.LIMIT);
        assertRefused(() -> TreePath.of("\u00e9".repeat(128)), Reason.LIMIT);
        assertRefused(() -> new TreePath(Collections.nCopies(65, "a")), Reason.LIMIT);
        assertRefused(() -> new TreePath(Collections.nCopies(20, "a".repeat(200))), Reason.LIMIT);
    }

    @Test
    void pathsAreOrderedByTheirUtf8Bytes() {
        List<String> names = List.of("a", "b", "Z", "\uffee", "\ud83d\udc26", "\u00e9", "aa", "a!", "\ud800\udc00");
        for (String left : names) {
            for (String right : names) {
                int bytes = java.util.Arrays.compareUnsigned(
                        left.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                        right.getBytes(java.nio.charset.StandardCharsets.UTF_8));
                assertThat(Integer.signum(TreePath.of(left).compareTo(TreePath.of(right))))
                        .isEqualTo(Integer.signum(bytes));
            }
        }
    }

    @Test
    void anyTreeIsReadAsItWasWritten() {
        for (long seed = 0; seed < 50; seed++) {
            Manifest manifest = random(new Random(seed));

            assertThat(Manifest.decode(manifest.id(), manifest.toBytes()))
                    .as("seed %d", seed)
                    .isEqualTo(manifest);
        }
    }

    @Test
    void blocksCoverEveryByteOnceAndInOrder() {
        for (long seed = 0; seed < 50; seed++) {
            Manifest manifest = random(new Random(seed));
            BlockMap map = new BlockMap(manifest);
            int block = 0;
            for (int entry = 0; entry < manifest.entries().size(); entry++) {
                assertThat(map.firstBlockOf(entry)).isEqualTo(block);
                long size = manifest.entries().get(entry) instanceof Entry.File file ? file.size() : 0;
                for (long at = 0; at < size; at += manifest.blockBytes(), block++) {
                    assertThat(map.entryOf(block)).isEqualTo(entry);
                    assertThat(map.offsetOf(block)).isEqualTo(at);
                    assertThat(map.lengthOf(block)).isEqualTo((int) Math.min(manifest.blockBytes(), size - at));
                }
                assertThat(map.firstBlockOf(entry) + map.blocksOf(entry)).isEqualTo(block);
            }
            assertThat(map.count()).isEqualTo(block);
        }
    }

    @Test
    void contentHasAtLeast64BlocksWhereItCan() {
        assertThat(BlockMap.blockBytesFor(0)).isEqualTo(16384);
        assertThat(BlockMap.blockBytesFor(1_000_000)).isEqualTo(16384);
        assertThat(BlockMap.blockBytesFor(64L << 20)).isEqualTo(512 * 1024);
        assertThat(BlockMap.blockBytesFor(100L << 30)).isEqualTo(4 << 20);
        for (long bytes = 1L << 20; bytes < 1L << 44; bytes = bytes * 3 / 2) {
            assertThat(bytes / BlockMap.blockBytesFor(bytes)).isGreaterThanOrEqualTo(64);
        }
    }

    @Test
    void namesThatDifferInCaseOrFormAreFound() {
        Manifest clash =
                Manifest.of(16384, List.of(file(TreePath.of("Docs", "a"), "x"), file(TreePath.of("docs", "b"), "x")));

        assertThat(Tree.clash(clash, Tree::caseless))
                .hasValueSatisfying(names -> assertThat(names).contains("'Docs'", "'docs'"));
        assertThat(Tree.clash(clash, name -> name)).isEmpty();
        Manifest forms =
                Manifest.of(16384, List.of(file(TreePath.of("caf\u00e9"), "x"), file(TreePath.of("cafe\u0301"), "x")));
        assertThat(Tree.clash(forms, Tree::caseless)).isPresent();
        assertThat(Tree.clash(tree(), Tree::caseless)).isEmpty();
    }

    static Manifest tree() {
        return Manifest.of(
                32768,
                List.of(
                        new Entry.Folder(TreePath.of("empty")),
                        new Entry.Link(TreePath.of("bin", "now"), TreePath.of("bin", "run")),
                        file(TreePath.of("readme"), ""),
                        new Entry.File(
                                TreePath.of("bin", "run"),
                                70_000,
                                Digest.tree(Sha256.of(new byte[] {1})),
                                Digest.plain(Sha256.of(new byte[] {2})),
                                true),
                        file(TreePath.of("caf\u00e9"), "hello")));
    }

    static Entry.File file(TreePath path, String text) {
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        if (bytes.length == 0) {
            return Entry.File.empty(path, false);
        }
        int levels = BlockMap.levels(ContentLimits.BLOCK_BYTES_MAX, bytes.length);
        return new Entry.File(
                path,
                bytes.length,
                Digest.tree(new LeafHasher().blockHash(ByteBuffer.wrap(bytes), levels)),
                Digest.plain(Sha256.of(bytes)),
                false);
    }

    private static Manifest random(Random random) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 1 + random.nextInt(30); i > 0; i--) {
            TreePath path = TreePath.of("d" + random.nextInt(4), "n" + i, "\u00fc" + random.nextInt(10));
            byte[] hash = new byte[32];
            random.nextBytes(hash);
            entries.add(
                    switch (random.nextInt(5)) {
                        case 0 -> new Entry.Folder(path);
                        case 1 -> new Entry.Link(path, TreePath.of("d1", "n" + random.nextInt(30)));
                        case 2 -> Entry.File.empty(path, random.nextBoolean());
                        default ->
                            new Entry.File(
                                    path,
                                    1 + random.nextInt(5_000_000),
                                    Digest.tree(hash),
                                    Digest.plain(hash.clone()),
                                    random.nextBoolean());
                    });
        }
        return Manifest.of(16384 << random.nextInt(9), entries);
    }

    private static covey.wire.proto.Manifest proto(Manifest manifest) {
        try {
            return covey.wire.proto.Manifest.parseFrom(manifest.toBytes());
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static covey.wire.proto.Manifest.Builder protoOf(ManifestEntry entry) {
        return covey.wire.proto.Manifest.newBuilder()
                .setFormat(1)
                .setBlockBytes(16384)
                .addEntries(entry);
    }

    private static Manifest decode(covey.wire.proto.Manifest.Builder proto) {
        return Manifest.decode(proto.build().toByteArray());
    }

    static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Reason reason) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ContentException.class,
                        e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
    }

    /** In bytes that a parser would make gigabytes of. */
    @Test
    void tooManyEntriesAreRefusedBeforeAnythingIsMadeOfThem() {
        byte[] bytes = new byte[2 * (ContentLimits.ENTRIES_MAX + 1)];
        for (int i = 0; i < bytes.length; i += 2) {
            bytes[i] = 26; // an entry of no bytes
        }
        assertRefused(() -> Manifest.decode(bytes), Reason.LIMIT);
        byte[] names = new byte[2_000];
        for (int i = 0; i < names.length; i += 2) {
            names[i] = 10; // a name of no bytes
        }
        byte[] entry =
                covey.wire.proto.Manifest.newBuilder().setFormat(1).build().toByteArray();
        java.nio.ByteBuffer one = java.nio.ByteBuffer.allocate(entry.length + 3 + names.length);
        one.put(entry).put((byte) 26).put((byte) 0xD0).put((byte) 0x0F).put(names);
        assertRefused(() -> Manifest.decode(one.array()), Reason.DAMAGED);
    }
}

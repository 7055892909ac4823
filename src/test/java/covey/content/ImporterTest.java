package covey.content;

import static covey.content.ManifestTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import covey.content.ContentException.Reason;
import covey.content.Importer.Options;
import covey.env.Env;
import covey.env.HashWorkers;
import covey.store.MemoryStore;
import covey.store.Sha256;
import covey.wire.proto.KeptHoldingState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ImporterTest {
    private static final FileTime LONG_AGO = FileTime.fromMillis(1_700_000_000_000L);

    private final HashWorkers workers = new HashWorkers(2);
    private final MemoryStore records = new MemoryStore();
    private final Importer importer = new Importer(Env.system(), records, workers);
    private final List<String> withdrawn = new ArrayList<>();

    @TempDir
    private Path home;

    @AfterEach
    void closeWorkers() {
        workers.close();
    }

    @Test
    void aFileIsContentWithoutAName() throws IOException {
        Path one = write("one.txt", "hello");
        Path two = write("two.txt", "hello");

        Imported imported = importer.scan(one, Options.STRICT);

        assertThat(imported.manifest().isOneFile()).isTrue();
        assertThat(imported.id()).isEqualTo(importer.scan(two, Options.STRICT).id());
        assertThat(imported.manifest().file(0).plain().hex())
                .isEqualTo("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    }

    @Test
    void aFolderIsContentWithAllThatIsInIt() throws IOException {
        Sample sample = Sample.tree(1);
        sample.writeTo(home.resolve("t"));
        Files.createDirectories(home.resolve("t/hollow"));
        Files.createSymbolicLink(home.resolve("t/d0/up"), Path.of("../d1/./f1"));
        Files.createSymbolicLink(home.resolve("t/here"), Path.of("."));
        Files.createSymbolicLink(home.resolve("t/dangling"), Path.of("nothing"));
        Files.createSymbolicLink(home.resolve("t/absolute"), home.toRealPath().resolve("t/d1"));
        Path tool = write("t/tool", "#!/bin/sh");
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));

        Manifest manifest = importer.scan(home.resolve("t"), Options.STRICT).manifest();

        assertThat(manifest.entries())
                .containsAll(sample.manifest().entries())
                .contains(
                        new Entry.Folder(TreePath.of("hollow")),
                        new Entry.Link(TreePath.of("d0", "up"), TreePath.of("d1", "f1")),
                        new Entry.Link(TreePath.of("here"), TreePath.TOP),
                        new Entry.Link(TreePath.of("dangling"), TreePath.of("nothing")),
                        new Entry.Link(TreePath.of("absolute"), TreePath.of("d1")))
                .hasSize(sample.manifest().entries().size() + 6);
        assertThat(manifest.entries())
                .filteredOn(entry -> entry instanceof Entry.File file && file.executable())
                .singleElement()
                .satisfies(entry -> assertThat(entry.path()).isEqualTo(TreePath.of("tool")));
    }

    @Test
    void namesAreKeptInTheFormTheyHave() throws IOException {
        for (String name : List.of("caf\u00e9", "cafe\u0301", "\ud83d\udc26", "a b", "-x")) {
            write("t/" + name, name);
        }

        assertThat(importer.scan(home.resolve("t"), Options.STRICT).manifest().entries())
                .extracting(entry -> entry.path().names().getFirst())
                .containsExactlyInAnyOrder("caf\u00e9", "cafe\u0301", "\ud83d\udc26", "a b", "-x");
    }

    @Test
    void linksThatLeadOutArePipesAndOddNamesAreRefusedOrLeftOut() throws Exception {
        write("t/good", "x");
        Files.createSymbolicLink(home.resolve("t/out"), Path.of("../secret"));
        Files.createSymbolicLink(home.resolve("t/etc"), Path.of("/etc/passwd"));
        Files.createSymbolicLink(home.resolve("t/sly"), Path.of("out/../good"));
        write("t/back\\slash", "x");
        write("t/line\nfeed", "x");
        assertThat(new ProcessBuilder("mkfifo", home.resolve("t/pipe").toString())
                        .start()
                        .waitFor())
                .isZero();

        assertRefused(() -> importer.scan(home.resolve("t"), Options.STRICT), Reason.REFUSED);
        assertRefused(() -> importer.scan(home.resolve("t/pipe"), Options.STRICT), Reason.REFUSED);
        Imported imported = importer.scan(home.resolve("t"), Options.SKIPPING);

        assertThat(imported.manifest().entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.path()).isEqualTo(TreePath.of("good")));
        assertThat(imported.skipped())
                .hasSize(6)
                .allSatisfy(why -> assertThat(why).matches("(?s).*(leads out|pipe|refused).*"));
        assertRefused(() -> importer.scan(home.resolve("nothing"), Options.STRICT), Reason.NOT_FOUND);
    }

    @Test
    void emptyFilesAndFoldersAreContent() throws IOException {
        Imported file = importer.scan(write("empty", ""), Options.STRICT);
        Imported folder = importer.scan(Files.createDirectory(home.resolve("hollow")), Options.STRICT);

        assertThat(file.manifest().bytes()).isZero();
        assertThat(file.manifest().file(0).plain().toBytes()).isEqualTo(Sha256.of());
        assertThat(folder.manifest().entries()).containsExactly(new Entry.Folder(TreePath.TOP));
        assertThat(file.id()).isNotEqualTo(folder.id());
    }

    @Test
    void aRescanReadsOnlyWhatChanged() throws IOException {
        Sample sample = Sample.tree(2);
        sample.writeTo(home.resolve("t"));
        settle(home.resolve("t"));
        Imported first = importer.scan(home.resolve("t"), Options.STRICT);
        assertThat(first.filesHashed()).isEqualTo(8);

        Imported second = importer.scan(home.resolve("t"), Options.STRICT);
        assertThat(second.filesHashed()).isZero();
        assertThat(second.manifest()).isEqualTo(first.manifest());

        Files.writeString(home.resolve("t/d1/f1"), "changed");
        Files.move(home.resolve("t/d2/f2"), home.resolve("t/d2/renamed"));
        Imported third = importer.scan(home.resolve("t"), Options.STRICT);
        assertThat(third.filesHashed()).isEqualTo(2);
        assertThat(third.id()).isNotEqualTo(first.id());
    }

    /** A change within the tick of the clock in which a file was hashed leaves no trace. */
    @Test
    void aFileHashedRightAfterAChangeIsReadAgain() throws IOException {
        Path file = write("fresh", "one");
        FileTime time = Files.getLastModifiedTime(file);
        importer.scan(file, Options.STRICT);
        Files.writeString(file, "two");
        Files.setLastModifiedTime(file, time);

        assertThat(importer.scan(file, Options.STRICT)
                        .manifest()
                        .file(0)
                        .plain()
                        .toBytes())
                .isEqualTo(Sha256.of("two".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aFolderThatGrowsNeedsNoNewHashesOfWhatItHeld() throws IOException {
        Files.createDirectory(home.resolve("t"));
        Files.write(home.resolve("t/small"), Sample.random(300_000, 3));
        settle(home.resolve("t"));
        importer.scan(home.resolve("t"), Options.STRICT);
        Files.write(home.resolve("t/large"), Sample.random(9_000_000, 4));
        settle(home.resolve("t"));

        Imported imported = importer.scan(home.resolve("t"), Options.STRICT);

        assertThat(imported.manifest().blockBytes()).isEqualTo(65536);
        assertThat(imported.filesHashed()).isEqualTo(1);
        BlockStore store = store();
        store.link(List.of(imported), "share");
        try (Holding holding = store.open(imported.id()).orElseThrow()) {
            assertThat(holding.layer(1)).hasValue(NaiveTree.layer(Sample.random(300_000, 3), 65536));
            assertThat(holding.layer(0)).hasValue(NaiveTree.layer(Sample.random(9_000_000, 4), 65536));
        }
        // Finer ones than a file would have had alone must be read.
        assertThat(importer.scan(home.resolve("t/large"), new Options(16384, false))
                        .filesHashed())
                .isEqualTo(1);
    }

    @Test
    void manySharedFilesAreServedFromTheirPlace() throws IOException {
        BlockStore store = store();
        List<Imported> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(importer.scan(Files.write(home.resolve("f" + i), Sample.random(40_000 + i, i)), Options.STRICT));
        }
        store.link(all, "share");

        for (int i = 0; i < 20; i++) {
            try (Holding holding = store.open(all.get(i).id()).orElseThrow()) {
                byte[] bytes = Sample.random(40_000 + i, i);
                assertThat(Sample.read(holding, 1)).isEqualTo(java.util.Arrays.copyOfRange(bytes, 16384, 32768));
                assertThat(holding.have().cardinality()).isEqualTo(3);
            }
        }
        assertThat(store.verify(all.getFirst().id())).isEqualTo(new BlockStore.Verification(3, 0));
    }

    @Test
    void aChangedFileIsWithdrawnWithASentence() throws IOException {
        BlockStore store = store();
        Path file = Files.write(home.resolve("f"), Sample.random(40_000, 1));
        Imported imported = importer.scan(file, Options.STRICT);
        store.link(List.of(imported), "share");
        try (Holding holding = store.open(imported.id()).orElseThrow()) {
            Sample.read(holding, 0);
            Files.write(file, Sample.random(40_000, 2));

            assertRefused(() -> Sample.read(holding, 0), Reason.CHANGED);
            assertRefused(() -> Sample.read(holding, 0), Reason.NOT_FOUND);
        }
        assertThat(withdrawn)
                .singleElement()
                .satisfies(sentence -> assertThat(sentence).contains(file.toString(), "Share it again"));
        assertThat(store.list())
                .singleElement()
                .satisfies(listing -> assertThat(listing.state()).isEqualTo(KeptHoldingState.HOLDING_WITHDRAWN));

        // Shared again, it is another content; the old one is served again if it comes back.
        Files.write(file, Sample.random(40_000, 1));
        Imported again = importer.scan(file, Options.STRICT);
        assertThat(again.id()).isEqualTo(imported.id());
        store.link(List.of(again), "share");
        try (Holding holding = store.open(imported.id()).orElseThrow()) {
            assertThat(Sample.read(holding, 0)).hasSize(16384);
        }
    }

    @Test
    void aSecondCopyTakesOverFromOneThatIsGone() throws IOException {
        BlockStore store = store();
        Path one = Files.write(home.resolve("one"), Sample.random(40_000, 1));
        Path two = Files.write(home.resolve("two"), Sample.random(40_000, 1));
        Imported imported = importer.scan(one, Options.STRICT);
        store.link(List.of(imported, importer.scan(two, Options.STRICT)), "share");
        try (Holding holding = store.open(imported.id()).orElseThrow()) {
            assertThat(holding.origin()).hasValue(two.toRealPath());
            Files.delete(two);
            assertThat(Sample.read(holding, 2)).hasSize(40_000 - 32768);
            assertThat(holding.origin()).hasValue(one.toRealPath());
            assertThat(withdrawn).isEmpty();
            Files.delete(one);
            assertRefused(() -> Sample.read(holding, 2), Reason.CHANGED);
        }
        assertThat(withdrawn).hasSize(1);
    }

    /** The file system says nothing of it: only the hashes do. */
    @Test
    void aFileThatRottedIsWithdrawnByVerify() throws IOException {
        BlockStore store = store();
        Path file = Files.write(home.resolve("f"), Sample.random(40_000, 1));
        FileTime time = Files.getLastModifiedTime(file);
        Imported imported = importer.scan(file, Options.STRICT);
        store.link(List.of(imported), "share");
        Files.write(file, Sample.random(40_000, 2), java.nio.file.StandardOpenOption.WRITE);
        Files.setLastModifiedTime(file, time);

        assertThat(store.verify(imported.id())).isEqualTo(new BlockStore.Verification(3, 3));
        assertThat(withdrawn).hasSize(1);
    }

    @Test
    void whatIsFetchedAndSharedTooIsHeldOnce() throws IOException {
        BlockStore store = store();
        Sample sample = Sample.of(16384, Map.of(TreePath.TOP, Sample.random(40_000, 1)));
        try (Holding holding = store.begin(sample.manifest(), "get")) {
            sample.putLayers(holding);
            Imported imported = importer.scan(Files.write(home.resolve("f"), sample.bytes(0)), Options.STRICT);
            assertThat(imported.id()).isEqualTo(holding.id());
            store.link(List.of(imported), "share");

            assertThat(holding.isFinished()).isTrue();
            assertThat(Sample.read(holding, 1)).isEqualTo(sample.block(1));
        }
    }

    private BlockStore store() {
        return new BlockStore(
                Env.system(),
                records,
                Disk.system(),
                new BlockStore.Settings(home.resolve("store"), 0),
                (id, sentence) -> withdrawn.add(sentence));
    }

    private Path write(String name, String text) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    /** As if all had been written long ago. */
    private static void settle(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                Files.setLastModifiedTime(path, LONG_AGO);
            }
        }
    }
}

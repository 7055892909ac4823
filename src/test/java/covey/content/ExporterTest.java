package covey.content;

import static covey.content.ManifestTest.assertRefused;
import static covey.content.ManifestTest.file;
import static org.assertj.core.api.Assertions.assertThat;

import covey.content.ContentException.Reason;
import covey.content.Exporter.Collision;
import covey.content.Exporter.Options;
import covey.env.Env;
import covey.env.HashWorkers;
import covey.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExporterTest {
    private static final Options MOVE = new Options(Collision.REFUSE, true, true);
    private static final Options COPY = new Options(Collision.REFUSE, false, false);
    private static final Options RENAME = new Options(Collision.RENAME, false, true);

    private final MemoryStore records = new MemoryStore();

    @TempDir
    private Path home;

    private Path out = Path.of("");
    private BlockStore store = newStore(Path.of(""));

    @BeforeEach
    void makeFolders() throws IOException {
        out = Files.createDirectory(home.resolve("out")).toRealPath();
        store = newStore(home.resolve("store"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTreeComesOutAsItWentIn(boolean isMoved) throws IOException {
        Sample sample = Sample.tree(1);
        List<Entry> entries = new ArrayList<>(sample.manifest().entries());
        entries.add(new Entry.Folder(TreePath.of("hollow", "deep")));
        entries.add(new Entry.Link(TreePath.of("d0", "sub", "link"), TreePath.of("d1", "f1")));
        entries.add(new Entry.Link(TreePath.of("top"), TreePath.TOP));
        byte[] script = "#!/bin/sh".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        Entry.File plain = file(TreePath.of("run"), "#!/bin/sh");
        entries.add(new Entry.File(plain.path(), plain.size(), plain.root(), plain.plain(), true));
        sample.files().put(plain.path(), script);
        Sample whole = new Sample(Manifest.of(16384, entries), sample.files());
        Holding holding = fetched(whole);

        Path there = new Exporter(store).export(holding, out.resolve("t"), isMoved ? MOVE : COPY);

        assertThat(there).isEqualTo(out.resolve("t"));
        whole.files()
                .forEach((path, bytes) ->
                        assertThat(there.resolve(path.toString())).hasBinaryContent(bytes));
        assertThat(there.resolve("hollow/deep")).isEmptyDirectory();
        assertThat(Files.readSymbolicLink(there.resolve("d0/sub/link"))).isEqualTo(Path.of("../../d1/f1"));
        assertThat(there.resolve("d0/sub/link").toRealPath()).isEqualTo(there.resolve("d1/f1"));
        assertThat(there.resolve("top").toRealPath()).isEqualTo(there);
        assertThat(Files.isExecutable(there.resolve("run"))).isTrue();
        assertThat(Files.isExecutable(there.resolve("d1/f1"))).isFalse();
        assertThat(list(out)).containsExactly("t");
        assertThat(holding.origin().isPresent()).isEqualTo(isMoved);
        assertThat(list(home.resolve("store"))).hasSize(isMoved ? 0 : 1);
        assertThat(new Importer(Env.system(), new MemoryStore(), new HashWorkers(1))
                        .scan(there, Importer.Options.STRICT)
                        .id())
                .isEqualTo(holding.id());
    }

    @Test
    void whatWasExportedIsServedFromThereUntilItChanges() throws IOException {
        Sample sample = Sample.tree(2);
        Holding holding = fetched(sample);
        Path there = new Exporter(store).export(holding, out.resolve("t"), MOVE);
        holding.close();
        BlockStore next = newStore(home.resolve("store"));

        try (Holding again = next.open(holding.id()).orElseThrow()) {
            for (int block = 0; block < again.map().count(); block++) {
                assertThat(Sample.read(again, block)).isEqualTo(sample.block(block));
            }
            Files.writeString(there.resolve("d1/f1"), "mine now");
            int block = again.map().firstBlockOf(entry(again, TreePath.of("d1", "f1")));
            assertRefused(() -> Sample.read(again, block), Reason.CHANGED);
        }
    }

    @Test
    void aFileFetchedBesideItsPlaceIsMoved() throws IOException {
        Sample sample = Sample.oneFile(16384, 200_000, 3);
        Holding holding = store.begin(sample.manifest(), "get", out);
        assertThat(list(out)).isEmpty();
        sample.putAll(holding);
        assertThat(list(out)).singleElement().satisfies(name -> assertThat(name).startsWith(".covey-"));
        holding.finish();

        Path there = new Exporter(store).export(holding, out.resolve("f.bin"), MOVE);

        assertThat(there).hasBinaryContent(sample.bytes(0));
        assertThat(list(out)).containsExactly("f.bin");
    }

    @Test
    void nothingThatExistsIsOverwritten() throws IOException {
        Files.writeString(out.resolve("a.txt"), "mine");
        Files.createDirectory(out.resolve("folder"));
        Files.createSymbolicLink(out.resolve("link"), Path.of("nowhere"));
        Holding file = fetched(Sample.oneFile(16384, 1000, 4));
        Holding tree = fetched(Sample.tree(4));
        Exporter exporter = new Exporter(store);
        for (Holding holding : List.of(file, tree)) {
            for (String name : List.of("a.txt", "folder", "link")) {
                assertRefused(() -> exporter.export(holding, out.resolve(name), MOVE), Reason.EXISTS);
            }
        }
        assertThat(list(out)).containsExactly("a.txt", "folder", "link");

        assertThat(exporter.export(file, out.resolve("a.txt"), RENAME)).isEqualTo(out.resolve("a (2).txt"));
        assertThat(exporter.export(tree, out.resolve("folder"), RENAME)).isEqualTo(out.resolve("folder (2)"));
        assertThat(exporter.export(file, out.resolve("link"), RENAME)).isEqualTo(out.resolve("link (2)"));
        assertThat(out.resolve("a.txt")).hasContent("mine");
        assertThat(out.resolve("folder")).isEmptyDirectory();
        assertThat(Files.isSymbolicLink(out.resolve("link"))).isTrue();
        assertThat(Exporter.numbered(".profile", 2)).isEqualTo(".profile (2)");
        assertThat(Exporter.numbered("a.tar.gz", 3)).isEqualTo("a.tar (3).gz");
    }

    @Test
    void aWrongPlainHashKeepsTheFileOutOfItsPlace() throws IOException {
        Sample sample = Sample.oneFile(16384, 50_000, 5);
        Entry.File file = sample.manifest().file(0);
        Entry.File lie =
                new Entry.File(file.path(), file.size(), file.root(), Digest.plain(new byte[32]), file.executable());
        Holding holding = fetched(new Sample(Manifest.of(16384, List.of(lie)), sample.files()));

        assertRefused(() -> new Exporter(store).export(holding, out.resolve("f"), MOVE), Reason.DAMAGED);
        assertThat(list(out)).isEmpty();
    }

    @Test
    void whatAKilledExportLeftIsClearedAway() throws IOException {
        Holding holding = fetched(Sample.tree(6));
        Path left = out.resolve(".covey-export-" + holding.id());
        Files.createDirectories(left.resolve("top/d1"));
        Files.writeString(left.resolve("top/d1/f1"), "half");

        new Exporter(store).export(holding, out.resolve("t"), MOVE);

        assertThat(list(out)).containsExactly("t");
    }

    /** Killed after the file was in its place and before that was recorded. */
    @Test
    void anExportIsNotDoneTwice() throws IOException {
        Sample sample = Sample.oneFile(16384, 50_000, 7);
        Holding holding = fetched(sample);
        Path own = holding.fileOf(holding.place(), 0);
        Files.createLink(out.resolve("f"), own);

        assertThat(new Exporter(store).export(holding, out.resolve("f"), RENAME))
                .isEqualTo(out.resolve("f"));
        assertThat(list(out)).containsExactly("f");
        assertThat(holding.origin()).hasValue(out.resolve("f"));
    }

    @Test
    void anExportUnderAnotherNameIsNotDoneTwice() throws IOException {
        Sample sample = Sample.oneFile(16384, 50_000, 7);
        Holding holding = fetched(sample);
        Files.writeString(out.resolve("f"), "somebody else's");
        Files.createLink(out.resolve("f (2)"), holding.fileOf(holding.place(), 0));

        assertThat(new Exporter(store).export(holding, out.resolve("f"), RENAME))
                .isEqualTo(out.resolve("f (2)"));
        assertThat(list(out)).containsExactly("f", "f (2)");
    }

    @Test
    void whatIsGivenUpAtTheLastMomentLeavesNothing() throws IOException {
        Holding holding = fetched(Sample.oneFile(16384, 50_000, 7));
        assertRefused(
                () -> new Exporter(store).export(holding, out.resolve("f"), MOVE, () -> {
                    throw ContentException.refused("stopped");
                }),
                Reason.REFUSED);
        assertThat(list(out)).isEmpty();
    }

    @Test
    void contentThatIsNotWholeOrHasNoFolderIsRefused() {
        Sample sample = Sample.oneFile(16384, 50_000, 8);
        Holding part = store.begin(sample.manifest(), "get");
        assertRefused(() -> new Exporter(store).export(part, out.resolve("f"), MOVE), Reason.NOT_FOUND);

        sample.putAll(part);
        part.finish();
        assertRefused(() -> new Exporter(store).export(part, out.resolve("no/f"), MOVE), Reason.NOT_FOUND);
        assertRefused(() -> new Exporter(store).export(part, out.resolve("a\nb"), MOVE), Reason.REFUSED);
    }

    /** The hidden folder is ours; a link put there by somebody is not followed when it is cleared away. */
    @Test
    void aLinkInTheWayOfTheHiddenFolderIsNotFollowed() throws IOException {
        Holding holding = fetched(Sample.tree(9));
        Path precious = Files.createDirectory(home.resolve("precious"));
        Files.writeString(precious.resolve("keep"), "me");
        Files.createSymbolicLink(out.resolve(".covey-export-" + holding.id()), precious);

        new Exporter(store).export(holding, out.resolve("t"), MOVE);

        assertThat(precious.resolve("keep")).hasContent("me");
        assertThat(Files.exists(out.resolve("t"), LinkOption.NOFOLLOW_LINKS)).isTrue();
    }

    @Test
    void aSharedFileIsCopiedAndChecked() throws IOException {
        Path origin = Files.write(home.resolve("shared"), Sample.random(90_000, 10));
        HashWorkers workers = new HashWorkers(1);
        Imported imported = new Importer(Env.system(), records, workers).scan(origin, Importer.Options.STRICT);
        workers.close();
        store.link(List.of(imported), "share");
        try (Holding holding = store.open(imported.id()).orElseThrow()) {
            Path there = new Exporter(store).export(holding, out.resolve("copy"), MOVE);
            assertThat(there).hasSameBinaryContentAs(origin);
            assertThat(holding.origin()).hasValue(origin.toRealPath());
            Files.writeString(origin, "changed");
            assertRefused(() -> new Exporter(store).export(holding, out.resolve("copy2"), MOVE), Reason.CHANGED);
        }
        assertThat(list(out)).containsExactly("copy");
    }

    @Test
    void emptyContentIsExportedToo() throws IOException {
        Holding empty = fetched(Sample.of(16384, Map.of(TreePath.TOP, new byte[0])));
        assertThat(new Exporter(store).export(empty, out.resolve("e"), MOVE)).isEmptyFile();
        Holding folder = fetched(new Sample(Manifest.of(16384, List.of(new Entry.Folder(TreePath.TOP))), Map.of()));
        assertThat(new Exporter(store).export(folder, out.resolve("d"), MOVE)).isEmptyDirectory();
    }

    private Holding fetched(Sample sample) {
        Holding holding = store.begin(sample.manifest(), "get");
        sample.putLayers(holding);
        for (int block = 0; block < holding.map().count(); block++) {
            holding.write(block, ByteBuffer.wrap(sample.block(block)));
        }
        holding.finish();
        return holding;
    }

    private static int entry(Holding holding, TreePath path) {
        List<Entry> entries = holding.manifest().entries();
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).path().equals(path)) {
                return i;
            }
        }
        throw new AssertionError(path);
    }

    private static List<String> list(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.map(child -> String.valueOf(child.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private BlockStore newStore(Path folder) {
        return new BlockStore(
                Env.system(), records, Disk.system(), new BlockStore.Settings(folder, 0), (id, sentence) -> {});
    }
}

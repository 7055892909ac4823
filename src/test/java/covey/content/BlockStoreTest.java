package covey.content;

import static covey.content.ManifestTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.content.ContentException.Reason;
import covey.env.Env;
import covey.store.Batch;
import covey.store.LargeValues;
import covey.store.MemoryStore;
import covey.wire.proto.KeptHoldingState;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BlockStoreTest {
    private static final String OWNER = "test";
    private static final Path FOLDER = Path.of("/home/content");
    private static final long FLOOR = 1_000_000;

    private final FakeDisk disk = new FakeDisk();
    private MemoryStore records = new MemoryStore();
    private BlockStore store = newStore();

    @Test
    void whatWasFetchedIsReadBack() {
        Sample sample = Sample.tree(1);
        Holding holding = store.begin(sample.manifest(), OWNER);
        assertThat(holding.isComplete()).isFalse();
        sample.putAll(holding);
        holding.finish();
        holding.close();

        restart();
        try (Holding again = store.open(holding.id()).orElseThrow()) {
            assertThat(again.isFinished()).isTrue();
            assertThat(again.have().cardinality()).isEqualTo(again.map().count());
            assertHolds(again, sample);
            assertThat(again.missingLayers().isEmpty()).isTrue();
            for (int entry = 0; entry < sample.manifest().entries().size(); entry++) {
                if (again.map().layerBytesOf(entry) > 0) {
                    assertThat(again.layer(entry)).hasValue(sample.layer(entry));
                }
            }
        }
        assertThat(store.manifestBytes(holding.id())).hasValue(sample.manifest().toBytes());
    }

    @Test
    void aWrongBlockOrLayerIsRefusedAndNotKept() {
        Sample sample = Sample.oneFile(16384, 100_000, 2);
        Holding holding = store.begin(sample.manifest(), OWNER);

        assertRefused(() -> holding.write(0, ByteBuffer.wrap(sample.block(0))), Reason.NOT_FOUND);
        byte[] layer = sample.layer(0);
        layer[5] ^= 1;
        assertRefused(() -> holding.putLayer(0, layer), Reason.DAMAGED);
        sample.putLayers(holding);
        byte[] wrong = sample.block(3);
        wrong[100] ^= 1;
        assertRefused(() -> holding.write(3, ByteBuffer.wrap(wrong)), Reason.DAMAGED);
        assertRefused(() -> holding.write(3, ByteBuffer.wrap(sample.block(2))), Reason.DAMAGED);
        assertRefused(() -> holding.write(3, ByteBuffer.wrap(new byte[5])), Reason.DAMAGED);

        assertThat(holding.have().isEmpty()).isTrue();
        assertRefused(() -> Sample.read(holding, 3), Reason.NOT_FOUND);
        assertThat(holding.write(3, ByteBuffer.wrap(sample.block(3)))).isTrue();
        assertThat(holding.write(3, ByteBuffer.wrap(sample.block(3)))).isFalse();
        assertThat(Sample.read(holding, 3)).isEqualTo(sample.block(3));
    }

    @Test
    void partsOfABlockAreRead() {
        Sample sample = Sample.oneFile(32768, 100_000, 3);
        Holding holding = store.begin(sample.manifest(), OWNER);
        sample.putAll(holding);

        ByteBuffer part = ByteBuffer.allocate(1000);
        assertThat(holding.read(1, 32000, part)).isEqualTo(768);
        assertThat(part.position()).isEqualTo(768);
        assertThat(part.get(0)).isEqualTo(sample.block(1)[32000]);
    }

    /** kill -9: what was written stays in the system's memory; only what was not claimed is fetched again. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aKillAtAnyMomentCostsTheLastBlocksAtMost(long seed) {
        Random random = new Random(seed);
        Sample sample = Sample.tree(seed);
        BitSet written = new BitSet();
        int lost = 0;
        for (int life = 0; life < 6; life++) {
            Holding holding = store.begin(sample.manifest(), OWNER);
            lost += written.cardinality() - holding.have().cardinality();
            assertHolds(holding, sample);
            written = writeSome(holding, sample, random);
            store = newStore();
        }
        assertThat(lost).as("blocks fetched twice").isLessThanOrEqualTo(5 * 64);
        finishAndCheck(sample);
    }

    /** What was not synced is lost here and there: it may be fetched again, but never be taken for right. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void powerLossNeverMakesALostBlockTrusted(long seed) {
        Random random = new Random(seed);
        Sample sample = Sample.tree(seed);
        for (int life = 0; life < 6; life++) {
            Holding holding = store.begin(sample.manifest(), OWNER);
            assertHolds(holding, sample);
            writeSome(holding, sample, random);
            BitSet synced = new BitSet();
            if (random.nextBoolean()) {
                holding.sync();
                synced = holding.have();
                writeSome(holding, sample, random);
            }
            disk.losePower(random);
            // Records too: those of the last durable write, or all of them.
            records = random.nextBoolean() ? records.restart() : records;
            store = newStore();
            try (Holding after = store.open(holding.id()).orElseThrow()) {
                synced.andNot(after.have());
                assertThat(synced.isEmpty()).as("synced blocks stay").isTrue();
            }
        }
        finishAndCheck(sample);
    }

    @Test
    void syncedBlocksAreNotReadAgain() {
        Sample sample = Sample.oneFile(16384, 1_000_000, 4);
        Holding holding = store.begin(sample.manifest(), OWNER);
        sample.putAll(holding);
        holding.sync();
        store = newStore();
        disk.reads = 0;

        assertThat(store.open(holding.id()).orElseThrow().isComplete()).isTrue();
        assertThat(disk.reads).isZero();
    }

    @Test
    void aFileThatIsGoneIsFetchedAgain() {
        Sample sample = Sample.tree(5);
        Holding holding = store.begin(sample.manifest(), OWNER);
        sample.putAll(holding);
        holding.sync();
        store = newStore();
        disk.remove(disk.files().getFirst());

        try (Holding again = store.open(holding.id()).orElseThrow()) {
            assertThat(again.isComplete()).isFalse();
            assertHolds(again, sample);
        }
        finishAndCheck(sample);
    }

    @Test
    void aFailedSyncIsNeverTakenForASuccess() {
        Sample sample = Sample.oneFile(16384, 100_000, 6);
        Holding holding = store.begin(sample.manifest(), OWNER);
        sample.putAll(holding);
        disk.failsToSync = true;
        assertRefused(holding::finish, Reason.FAILED);
        disk.failsToSync = false;

        assertRefused(holding::finish, Reason.FAILED);
        assertThat(holding.isFinished()).isFalse();
        disk.losePower(new Random(6));
        restart();
        finishAndCheck(sample);
    }

    @Test
    void whatAnotherThreadIsSyncingIsNotTakenForSynced() throws Exception {
        Sample sample = Sample.oneFile(16384, 100_000, 6);
        Holding holding = store.begin(sample.manifest(), OWNER);
        sample.putAll(holding);
        CountDownLatch isSyncing = new CountDownLatch(1);
        CountDownLatch mayFail = new CountDownLatch(1);
        disk.onSync = () -> {
            isSyncing.countDown();
            try {
                mayFail.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        disk.failsToSync = true;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first = threads.submit(holding::sync);
            isSyncing.await();
            Future<?> second = threads.submit(holding::finish);
            assertThatThrownBy(() -> second.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            mayFail.countDown();
            assertThatThrownBy(first::get).hasCauseInstanceOf(ContentException.class);
            assertThatThrownBy(second::get).hasCauseInstanceOf(ContentException.class);
        }
        assertThat(holding.isFinished()).isFalse();
    }

    @Test
    void contentThatIsBegunWhileOthersAreRemovedStays() {
        Sample sample = Sample.oneFile(16384, 100_000, 6);
        List<Holding> begun = new ArrayList<>();
        disk.onList = () -> {
            begun.add(store.begin(sample.manifest(), OWNER));
            sample.putAll(begun.getFirst());
        };
        store.gc();
        disk.onList = () -> {};
        begun.getFirst().finish();
        assertHolds(begun.getFirst(), sample);
    }

    /** What two writers met, each at its first block: the second one's opening must change nothing. */
    @Test
    void openingAFileToWriteItWritesNothing(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("within").resolve("0");
        Disk.system().open(file, 100_000, true).close();
        assertThat(file).isEmptyFile();
        Files.write(file, new byte[] {1, 2, 3, 4, 5});
        Disk.system().open(file, 3, true).close();
        assertThat(file).hasBinaryContent(new byte[] {1, 2, 3});
    }

    @Test
    void layersThatWereMixedAreFetchedAgain() {
        Sample sample = Sample.oneFile(16384, 100_000, 6);
        Holding holding = store.begin(sample.manifest(), OWNER);
        sample.putLayers(holding);
        Digest root = sample.manifest().file(0).root();
        byte[] mixed = LargeValues.get(records, Tables.layer(root)).orElseThrow();
        mixed[40] ^= 1;
        Batch batch = new Batch();
        LargeValues.put(batch, Tables.layer(root), mixed);
        records.write(batch, true);
        restart();
        try (Holding again = store.open(holding.id()).orElseThrow()) {
            assertThat(again.layer(0)).isEmpty();
            assertThat(again.missingLayers().get(0)).isTrue();
            sample.putAll(again);
            again.finish();
            assertHolds(again, sample);
        }
    }

    @Test
    void aFullDiskIsToldAndWhatIsHereStays() {
        Sample sample = Sample.oneFile(16384, 3_000_000, 7);
        disk.free = FLOOR + 2_999_999;
        assertRefused(() -> store.begin(sample.manifest(), OWNER), Reason.NO_SPACE);
        assertThat(store.list()).isEmpty();

        disk.free = FLOOR + 3_000_000;
        Holding holding = store.begin(sample.manifest(), OWNER);
        sample.putLayers(holding);
        holding.write(0, ByteBuffer.wrap(sample.block(0)));
        disk.free = 100;
        assertRefused(() -> holding.write(1, ByteBuffer.wrap(sample.block(1))), Reason.NO_SPACE);
        assertThat(holding.has(1)).isFalse();
        assertThat(Sample.read(holding, 0)).isEqualTo(sample.block(0));
        disk.free = Long.MAX_VALUE;
        finishAndCheck(sample);
    }

    @Test
    void manyThreadsWriteAndReadAtOnce() throws Exception {
        Sample sample = Sample.tree(8);
        Holding holding = store.begin(sample.manifest(), OWNER);
        sample.putLayers(holding);
        // Each twice, as with hedged requests.
        int count = holding.map().count();
        List<Integer> blocks = new ArrayList<>(
                IntStream.range(0, 2 * count).map(i -> i % count).boxed().toList());
        Collections.shuffle(blocks, new Random(8));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> written = new ArrayList<>();
            for (int block : blocks) {
                written.add(threads.submit(() -> {
                    boolean isNew = holding.write(block, ByteBuffer.wrap(sample.block(block)));
                    assertThat(java.util.Arrays.equals(Sample.read(holding, block), sample.block(block)))
                            .isTrue();
                    return isNew;
                }));
            }
            int kept = 0;
            for (Future<Boolean> one : written) {
                kept += one.get() ? 1 : 0;
            }
            assertThat(kept).isEqualTo(count);
        }
        holding.finish();
        assertHolds(holding, sample);
    }

    @Test
    void rottenBlocksAreFoundAndFetchedAgain() {
        Sample sample = Sample.oneFile(16384, 500_000, 9);
        Holding holding = store.begin(sample.manifest(), OWNER);
        sample.putAll(holding);
        holding.finish();
        assertThat(store.verify(holding.id())).isEqualTo(new BlockStore.Verification(31, 0));

        disk.rot(disk.files().getFirst(), 20_000);
        assertThat(store.verify(holding.id())).isEqualTo(new BlockStore.Verification(31, 1));
        assertThat(holding.has(1)).isFalse();
        assertThat(holding.isFinished()).isFalse();
        restart();
        try (Holding again = store.open(holding.id()).orElseThrow()) {
            assertThat(again.have().cardinality()).isEqualTo(30);
        }
        finishAndCheck(sample);
    }

    @Test
    void whatNobodyRetainsIsRemovedUnlessItIsOpen() {
        Sample kept = Sample.oneFile(16384, 100_000, 10);
        Sample dropped = Sample.oneFile(16384, 100_000, 11);
        for (Sample sample : List.of(kept, dropped)) {
            try (Holding holding = store.begin(sample.manifest(), OWNER)) {
                sample.putAll(holding);
                holding.finish();
            }
        }
        store.retain(dropped.manifest().id(), "another");
        store.release(dropped.manifest().id(), OWNER);
        assertThat(store.gc()).isZero();
        store.release(dropped.manifest().id(), "another");
        try (Holding open = store.open(dropped.manifest().id()).orElseThrow()) {
            assertThat(store.gc()).isZero();
            assertHolds(open, dropped);
        }

        assertThat(store.gc()).isEqualTo(1);
        assertThat(store.open(dropped.manifest().id())).isEmpty();
        assertThat(store.manifestBytes(dropped.manifest().id())).isEmpty();
        assertThat(disk.files()).hasSize(1);
        // Nothing is left of the other: holding, manifest, reference, layer of one.
        List<byte[]> left = new ArrayList<>();
        records.scan(new byte[] {0}, new byte[] {(byte) 0xFF}, false, (key, value) -> left.add(key));
        assertThat(left).hasSize(4);
        restart();
        try (Holding holding = store.open(kept.manifest().id()).orElseThrow()) {
            assertHolds(holding, kept);
            assertThat(holding.layer(0)).isPresent();
        }
    }

    @Test
    void foldersWithoutARecordAreRemoved() throws Exception {
        disk.open(FOLDER.resolve(".covey-something").resolve("0"), 5, true).close();
        disk.open(FOLDER.resolve("other"), 5, true).close();

        store.gc();

        assertThat(disk.files()).containsExactly(FOLDER.resolve("other"));
    }

    @Test
    void theSameContentIsTheSameObjectWhileItIsOpen() {
        Sample sample = Sample.oneFile(16384, 100_000, 12);
        Holding one = store.begin(sample.manifest(), OWNER);
        Holding two = store.begin(sample.manifest(), "another");

        assertThat(two).isSameAs(one);
        two.close();
        assertThat(store.open(one.id())).hasValue(one);
    }

    @Test
    void emptyContentIsCompleteAtOnce() {
        Sample sample = Sample.oneFile(16384, 0, 13);
        Holding holding = store.begin(sample.manifest(), OWNER);

        assertThat(holding.isComplete()).isTrue();
        holding.finish();
        assertThat(store.list())
                .singleElement()
                .satisfies(listing -> assertThat(listing.state()).isEqualTo(KeptHoldingState.HOLDING_COMPLETE));
    }

    private BitSet writeSome(Holding holding, Sample sample, Random random) {
        sample.putLayers(holding);
        List<Integer> missing = new ArrayList<>(IntStream.range(0, holding.map().count())
                .filter(block -> !holding.has(block))
                .boxed()
                .toList());
        Collections.shuffle(missing, random);
        for (int block : missing.subList(0, random.nextInt(missing.size() / 2 + 1))) {
            holding.write(block, ByteBuffer.wrap(sample.block(block)));
            if (random.nextInt(10) == 0) {
                holding.flush();
            }
        }
        return holding.have();
    }

    private void finishAndCheck(Sample sample) {
        try (Holding holding = store.begin(sample.manifest(), OWNER)) {
            sample.putAll(holding);
            holding.finish();
            assertHolds(holding, sample);
        }
        disk.losePower(new Random(0));
        restart();
        try (Holding holding = store.open(sample.manifest().id()).orElseThrow()) {
            assertThat(holding.isFinished()).isTrue();
            assertHolds(holding, sample);
        }
    }

    private static void assertHolds(Holding holding, Sample sample) {
        holding.have().stream()
                .forEach(block -> assertThat(java.util.Arrays.equals(Sample.read(holding, block), sample.block(block)))
                        .as("block %d is right", block)
                        .isTrue());
    }

    private void restart() {
        records = records.restart();
        store = newStore();
    }

    private BlockStore newStore() {
        return new BlockStore(
                Env.system(), records, disk, new BlockStore.Settings(FOLDER, FLOOR), (id, sentence) -> {});
    }
}

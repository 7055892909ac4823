package covey.content;

import static covey.content.ManifestTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import covey.content.ContentException.Reason;
import covey.env.Env;
import covey.store.MemoryStore;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is read again, moved or removed while others use the store. */
final class RecheckTest {
    private static final String OWNER = "test";

    private final FakeDisk disk = new FakeDisk();
    private MemoryStore records = new MemoryStore();
    private BlockStore store = newStore();

    private void restart() {
        records = records.restart();
        store = newStore();
    }

    private BlockStore newStore() {
        return new BlockStore(
                Env.system(),
                records,
                disk,
                new BlockStore.Settings(Path.of("/home/content"), 0),
                (id, sentence) -> {});
    }

    @Test
    void whatAFailedSyncLeftIsFetchedAgainThoughItCanBeRead() {
        Sample sample = Sample.oneFile(16384, 100_000, 6);
        Holding holding = store.begin(sample.manifest(), OWNER);
        sample.putAll(holding);
        disk.failsToSync = true;
        assertRefused(holding::finish, Reason.FAILED);
        disk.failsToSync = false;
        holding.close();

        Holding again = store.begin(sample.manifest(), OWNER);
        assertThat(again.have().isEmpty()).isTrue();
        again.close();
        restart();
        try (Holding reborn = store.begin(sample.manifest(), OWNER)) {
            assertThat(reborn.have().isEmpty()).isTrue();
        }
        try (Holding last = store.begin(sample.manifest(), OWNER)) {
            sample.putAll(last);
            last.finish();
            assertThat(Sample.read(last, 3)).isEqualTo(sample.block(3));
        }
    }

    @Test
    void aBlockIsReadWhileTheContentMovesToItsPlace() {
        Sample sample = Sample.oneFile(16384, 100_000, 6);
        Holding holding = store.begin(sample.manifest(), OWNER);
        sample.putAll(holding);
        holding.finish();
        Path target = Path.of("/home/anna/film.bin");
        disk.onOpen = () -> {
            disk.onOpen = () -> {};
            disk.put(target, sample.bytes(0));
            store.exported(holding, target);
        };
        assertThat(Sample.read(holding, 3)).isEqualTo(sample.block(3));
        assertThat(holding.origin()).hasValue(target);
    }

    @Test
    void whoOpensOneContentDoesNotWaitWhileAnotherIsReadAgain() throws Exception {
        Sample slow = Sample.oneFile(16384, 100_000, 6);
        Sample quick = Sample.oneFile(16384, 100_000, 7);
        slow.putAll(store.begin(slow.manifest(), OWNER));
        store.begin(slow.manifest(), OWNER).flush();
        store.begin(quick.manifest(), OWNER).close();
        restart();
        CountDownLatch isReading = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        disk.onOpen = () -> {
            disk.onOpen = () -> {};
            isReading.countDown();
            try {
                goesOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Holding> opening =
                    threads.submit(() -> store.open(slow.manifest().id()).orElseThrow());
            isReading.await();
            assertThat(threads.submit(() -> store.open(quick.manifest().id())).get(10, TimeUnit.SECONDS))
                    .isPresent();
            goesOn.countDown();
            assertThat(opening.get(10, TimeUnit.SECONDS).have().cardinality()).isEqualTo(7);
        }
    }

    @Test
    void aLayerThatIsTakenUpWhileOthersAreRemovedStays() {
        Sample sample = Sample.oneFile(16384, 100_000, 6);
        try (Holding first = store.begin(sample.manifest(), OWNER)) {
            sample.putLayers(first);
        }
        store.release(sample.manifest().id(), OWNER);
        disk.onList = () -> {
            disk.onList = () -> {};
            try (Holding taken = store.begin(sample.manifest(), OWNER)) {
                assertThat(taken.missingLayers().isEmpty()).isTrue();
            }
        };
        store.gc();
        try (Holding holding = store.open(sample.manifest().id()).orElseThrow()) {
            assertThat(holding.missingLayers().isEmpty()).isTrue();
        }
    }

    @Test
    void aManifestIsGivenInPieces() {
        Sample sample = Sample.tree(1);
        byte[] bytes = sample.manifest().toBytes();
        try (Holding holding = store.begin(sample.manifest(), OWNER)) {
            assertThat(store.manifestLength(holding.id())).isEqualTo(bytes.length);
            assertThat(store.manifestPiece(holding.id(), 0, bytes.length)).isEqualTo(bytes);
            assertThat(store.manifestPiece(holding.id(), 10, 100)).isEqualTo(Arrays.copyOfRange(bytes, 10, 110));
            assertThat(store.manifestPiece(holding.id(), bytes.length - 3, 100)).hasSize(3);
            assertThat(store.manifestPiece(holding.id(), bytes.length, 100)).isEmpty();
            assertThat(store.manifestPiece(holding.id(), Integer.MAX_VALUE, 100))
                    .isEmpty();
        }
    }
}

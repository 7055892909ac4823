package covey.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.cluster.SmallDisk;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class RocksStoreTest extends OrderedStoreContract {
    @Override
    OrderedStore open(Path folder) {
        return RocksStore.open(folder, RocksStore.Options.local());
    }

    @Override
    StoreFactory factory() {
        return RocksStore.factory(RocksStore.Options.replicated());
    }

    @Test
    void aDurableWriteIsThereAfterKillMinus9() throws Exception {
        Path folder = scratch.resolve("killed");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        int written = 0;
        try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                written = line.endsWith(".") ? Integer.parseInt(line.replace(".", "")) : written;
                if (written == 300) {
                    process.toHandle().destroyForcibly();
                }
            }
        }
        process.waitFor();

        assertThat(written).isGreaterThanOrEqualTo(300);
        try (RocksStore store = RocksStore.open(folder, RocksStore.Options.local())) {
            for (int i = 1; i <= written; i++) {
                assertThat(store.get(key("key" + i)))
                        .as("key %d of %d", i, written)
                        .isPresent();
            }
        }
    }

    @Test
    void aFlippedByteInATableIsToldWithItsFileAndNeverServed() throws Exception {
        Path folder = scratch.resolve("rotten");
        fillTables(folder);
        Path table = file(folder, ".sst");
        Random random = new Random(1);
        byte[] whole = Files.readAllBytes(table);
        for (int round = 0; round < 20; round++) {
            int position = random.nextInt(whole.length);
            flip(table, position);
            assertThatThrownBy(() -> readAll(folder))
                    .as("byte %d of %d", position, whole.length)
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.isDamaged()).isTrue())
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining(".sst");
            Files.write(table, whole);
        }
    }

    @Test
    void whatStandsBeforeAndBehindADamagedBlockIsStillRead() throws Exception {
        Path folder = scratch.resolve("rotten");
        fillTables(folder);
        Path table = file(folder, ".sst");
        flip(table, Files.size(table) / 2);
        try (RocksStore store = RocksStore.open(folder, RocksStore.Options.local())) {
            for (boolean reverse : new boolean[] {false, true}) {
                List<String> read = new ArrayList<>();
                int[] damaged = new int[1];
                SoundReads.scan(
                        store,
                        key("key"),
                        key("kez"),
                        reverse,
                        (key, value) -> read.add(text(key)),
                        () -> damaged[0]++);
                assertThat(damaged[0]).isEqualTo(1);
                assertThat(read)
                        .hasSizeBetween(200, 299)
                        .isSortedAccordingTo(reverse ? Comparator.reverseOrder() : Comparator.naturalOrder())
                        .contains("key0", "key99");
            }
        }
    }

    @Test
    void aFlippedByteInTheLogIsToldAndNotSkipped() throws Exception {
        Path folder = scratch.resolve("rotten");
        try (RocksStore store = RocksStore.open(folder, RocksStore.Options.local())) {
            for (int i = 0; i < 100; i++) {
                store.write(new Batch().put(key("key" + i), value("key" + i)), true);
            }
        }
        Path log = file(folder, ".log");
        flip(log, Files.size(log) / 2);

        assertThatThrownBy(() -> RocksStore.open(folder, RocksStore.Options.local()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.isDamaged()).isTrue())
                .hasMessageContaining(folder.toString());
    }

    @Test
    void aMissingTableIsTold() throws Exception {
        Path folder = scratch.resolve("rotten");
        fillTables(folder);
        Files.delete(file(folder, ".sst"));

        assertThatThrownBy(() -> {
                    try (RocksStore store = RocksStore.open(folder, RocksStore.Options.local())) {
                        store.get(key("key1"));
                    }
                })
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.isDamaged()).isTrue())
                .hasMessageContaining(".sst");
    }

    @Test
    void aTailTornByACrashIsCutOff() throws Exception {
        Path folder = scratch.resolve("torn");
        try (RocksStore store = RocksStore.open(folder, RocksStore.Options.local())) {
            store.write(new Batch().put(key("a"), value("a")), true);
            store.write(new Batch().put(key("b"), value("b")), true);
        }
        Path log = file(folder, ".log");
        try (RandomAccessFile access = new RandomAccessFile(log.toFile(), "rw")) {
            access.setLength(access.length() - 3);
        }

        try (RocksStore store = RocksStore.open(folder, RocksStore.Options.local())) {
            assertThat(store.get(key("a"))).isPresent();
            assertThat(store.get(key("b"))).isEmpty();
        }
    }

    @Test
    void aFullDiskIsASentenceAndWhatWasDurableStays() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(scratch.resolve("disk"), 24)) {
            Path folder = disk.folder().resolve("store");
            int written = 0;
            Random random = new Random(1);
            byte[] large = new byte[100_000];
            try (RocksStore store = RocksStore.open(folder, RocksStore.Options.local())) {
                StoreException trouble = null;
                while (trouble == null && written < 1_000) {
                    random.nextBytes(large);
                    try {
                        store.write(new Batch().put(key("key" + written), large), true);
                        written++;
                    } catch (StoreException e) {
                        trouble = e;
                    }
                }
                assertThat(trouble).isNotNull();
                assertThat(trouble.isDiskFull()).as(trouble.getMessage()).isTrue();
                assertThat(trouble).hasMessageContaining("disk is full").hasMessageContaining("Free some space");
            }
            disk.grow(96);
            try (RocksStore store = RocksStore.open(folder, RocksStore.Options.local())) {
                for (int i = 0; i < written; i++) {
                    assertThat(store.get(key("key" + i)))
                            .as("key %d of %d", i, written)
                            .isPresent();
                }
                store.write(new Batch().put(key("again"), large), true);
            }
        }
    }

    @Test
    void aFolderInUseIsRefused() {
        try (RocksStore first = RocksStore.open(scratch.resolve("used"), RocksStore.Options.local())) {
            assertThat(first.get(key("a"))).isEmpty();
            assertThatThrownBy(() -> RocksStore.open(scratch.resolve("used"), RocksStore.Options.local()))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.isDamaged()).isFalse())
                    .hasMessageContaining("used by another");
        }
    }

    @Test
    void closingWaitsForAScanUnderWay() throws Exception {
        RocksStore store = RocksStore.open(scratch.resolve("busy"), RocksStore.Options.local());
        store.write(new Batch().put(key("a"), value("a")).put(key("b"), value("b")), true);
        CountDownLatch inScan = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicReference<Integer> seen = new AtomicReference<>(0);
        Thread scan = Thread.ofVirtual()
                .start(() -> store.scan(key("a"), key("z"), false, (key, value) -> {
                    inScan.countDown();
                    await(goOn);
                    seen.updateAndGet(count -> count + 1);
                    return true;
                }));
        inScan.await();
        Thread close = Thread.ofVirtual().start(store::close);
        goOn.countDown();
        scan.join();
        close.join();

        assertThat(seen.get()).isEqualTo(2);
        assertThatThrownBy(() -> store.get(key("a"))).hasMessageContaining("closed");
    }

    /** Throws what RocksDB finds, and fails on any value that is not what was written. */
    private static void readAll(Path folder) {
        try (RocksStore store = RocksStore.open(folder, RocksStore.Options.local())) {
            store.scan(new byte[] {0}, new byte[] {(byte) 0xFF}, false, (key, value) -> {
                assertThat(value).isEqualTo(value(text(key)));
                return true;
            });
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void fillTables(Path folder) {
        try (RocksStore store = RocksStore.open(folder, RocksStore.Options.local())) {
            Batch batch = new Batch();
            for (int i = 0; i < 300; i++) {
                batch.put(key("key" + i), value("key" + i));
            }
            store.write(batch, true);
            // A checkpoint writes what is in memory into a table.
            store.checkpoint(folder.resolveSibling("checkpoint"));
        }
    }

    private static byte[] value(String name) {
        byte[] value = new byte[200];
        new Random(name.hashCode()).nextBytes(value);
        return value;
    }

    private static Path file(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void flip(Path file, long position) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(position);
            int value = access.read();
            access.seek(position);
            access.write(value ^ 0x41);
        }
    }

    /** The process that is killed: tells each write that is durable. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) {
            RocksStore store = RocksStore.open(Path.of(args[0]), RocksStore.Options.local());
            for (int i = 1; ; i++) {
                store.write(new Batch().put(key("key" + i), value("key" + i)), true);
                System.out.print(i + ".\n");
                System.out.flush();
            }
        }
    }
}

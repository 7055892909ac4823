package covey.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import covey.cluster.RatisSettings.Replay;
import covey.env.Env;
import covey.store.RocksStore;
import covey.store.StoreException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RatisLogTest {
    /** Far beyond what a test writes. */
    private static final Replay NEVER = new Replay(600_000, 1L << 40, 1_000_000_000);

    @TempDir
    Path scratch;

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> halts = new LinkedBlockingQueue<>();
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private LedgerMachine machine = machine("live-0");
    private int opened;

    @BeforeAll
    static void expectTroubleToBeLogged() {
        QuietLogs.silence("org.apache.ratis", "covey.cluster");
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable resource : toClose.reversed()) {
            resource.close();
        }
    }

    @Test
    void acknowledgedEntriesAreThereAfterAReopen() throws Exception {
        RatisLog log = open(NEVER);
        submitAndAwait(log, 1, 50);
        String before = machine.stateHash();
        log.close();

        RatisLog again = open(NEVER);

        assertThat(machine.stateHash()).isEqualTo(before);
        submitAndAwait(again, 51, 1);
        assertThat(machine.counts())
                .hasSize(51)
                .allSatisfy((id, count) -> assertThat(count).isEqualTo(1));
    }

    @Test
    void aCheckpointPlusTheRestOfTheLogGivesTheSameState() throws Exception {
        RatisLog log = open(new Replay(600_000, 1L << 40, 20));
        for (int i = 0; i < 10; i++) {
            submitAndAwait(log, 1 + i * 10, 10);
        }
        Awaitility.await().until(() -> checkpoints().size() == 2);
        String before = machine.stateHash();
        log.close();

        open(NEVER);

        assertThat(machine.restoreCount()).isEqualTo(1);
        assertThat(machine.applyCount()).as("replayed").isLessThan(60);
        assertThat(machine.stateHash()).isEqualTo(before);
        assertThat(machine.counts())
                .hasSize(100)
                .allSatisfy((id, count) -> assertThat(count).isEqualTo(1));
    }

    @Test
    void twoCheckpointsAreKeptAndTheLogBeforeThemIsPurged() throws Exception {
        Replay replay = new Replay(600_000, 1L << 40, 5);
        for (int round = 0; round < 4; round++) {
            RatisLog log = open(replay);
            String before = newestCheckpoint();
            submitAndAwait(log, 1 + round * 20, 20);
            Awaitility.await().until(() -> !newestCheckpoint().equals(before));
            if (round == 3) {
                Awaitility.await().until(() -> !isWhole(segments().getFirst()));
            }
            log.close();
        }

        assertThat(checkpoints()).hasSizeLessThanOrEqualTo(2);
        assertThat(segments().getFirst().getFileName().toString())
                .doesNotContain("_0")
                .doesNotContain("log_1-");
        open(NEVER);
        assertThat(machine.counts())
                .hasSize(80)
                .allSatisfy((id, count) -> assertThat(count).isEqualTo(1));
    }

    @Test
    void aDamagedCheckpointIsToldAndTheOlderOneTaken() throws Exception {
        RatisLog log = open(new Replay(600_000, 1L << 40, 20));
        for (int i = 0; i < 10; i++) {
            submitAndAwait(log, 1 + i * 10, 10);
        }
        Awaitility.await().until(() -> checkpoints().size() == 2);
        String before = machine.stateHash();
        log.close();
        List<Path> both = checkpoints();
        Path onlyInNewest =
                tableFile(both.getLast().resolve("state"), both.getFirst().resolve("state"));
        flipByte(onlyInNewest, 100);

        open(NEVER);

        assertThat(machine.stateHash()).isEqualTo(before);
        assertThat(checkpoints()).containsExactly(both.getFirst());
    }

    @Test
    void withoutAnyWholeCheckpointAndWithoutTheLogBeforeItTheStartIsRefused() throws Exception {
        for (int round = 0; round < 4; round++) {
            RatisLog log = open(new Replay(600_000, 1L << 40, 5));
            String before = newestCheckpoint();
            submitAndAwait(log, 1 + round * 20, 20);
            Awaitility.await().until(() -> !newestCheckpoint().equals(before));
            if (round == 3) {
                Awaitility.await().until(() -> !isWhole(segments().getFirst()));
            }
            log.close();
        }
        // They share files: the same byte flipped twice would be whole again.
        flipByte(tableFile(checkpoints().getFirst().resolve("state")), 100);
        flipByte(tableFile(checkpoints().getLast().resolve("state")), 101);

        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> open(NEVER))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.isDamaged()).isTrue())
                    .hasMessageContaining("sst is damaged");
        }
    }

    @Test
    void everyFlippedByteOfAnAcknowledgedRecordIsFound() throws Exception {
        RatisLog log = open(NEVER);
        submitAndAwait(log, 1, 30);
        log.close();
        Path segment = segments().getLast();
        byte[] whole = Files.readAllBytes(segment);
        int used = whole.length;
        while (whole[used - 1] == 0) {
            used--;
        }
        for (int position = 0; position < used; position += 37) {
            flipByte(segment, position);

            assertThatThrownBy(() -> open(NEVER))
                    .as("byte %d of %d", position, used)
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.isDamaged()).isTrue())
                    .hasMessageContaining(segment.toString());
            Files.write(segment, whole);
        }
        open(NEVER);
        assertThat(machine.counts()).hasSize(30);
    }

    @Test
    void aLogThatLostItsEndIsFound() throws Exception {
        RatisLog log = open(NEVER);
        submitAndAwait(log, 1, 30);
        log.close();
        Path segment = segments().getLast();
        byte[] whole = Files.readAllBytes(segment);
        Files.write(segment, java.util.Arrays.copyOf(whole, whole.length / 2));

        assertThatThrownBy(() -> open(NEVER))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.isDamaged()).isTrue());
        Files.delete(segment);
        assertThatThrownBy(() -> open(NEVER)).hasMessageContaining("was acknowledged");
    }

    @Test
    void whatACrashLeftUnfinishedIsCutOff() throws Exception {
        RatisLog log = open(NEVER);
        submitAndAwait(log, 1, 10);
        log.close();
        Path segment = segments().getLast();
        byte[] whole = Files.readAllBytes(segment);
        byte[] record = java.util.Arrays.copyOfRange(whole, whole.length - 200, whole.length - 20);
        for (int kind = 0; kind < 3; kind++) {
            try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
                file.setLength(whole.length);
                file.seek(whole.length);
                file.write(new byte[] {(byte) 200, 2});
                file.write(record);
                // Cut short; followed by space allocated beforehand; followed by nothing but a length.
                file.setLength(whole.length + (kind == 0 ? 150 : kind == 1 ? 4_096 : 1));
            }
            LogInspection.Content content = LogInspection.inspect(segment.resolveSibling("."), -1, -1);
            assertThat(content.lastIndex()).isEqualTo(10);
            assertThat(Files.size(segment)).isEqualTo(whole.length);
        }
        open(NEVER);
        assertThat(machine.counts()).hasSize(10);
    }

    @Test
    void aMachineThatThrowsHaltsAndAcknowledgesNothingMore() throws Exception {
        RatisLog log = open(NEVER);
        submitAndAwait(log, 1, 5);
        machine.failAfter(1);
        submit(log, 6);
        submit(log, 7);
        submit(log, 8);

        assertThat(halts.poll(10, TimeUnit.SECONDS))
                .contains("unknown version 99")
                .contains("stops");
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("applied");
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("CLOSED");
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("CLOSED");
        submit(log, 9);
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("CLOSED");
        assertThat(log.status().isLeader()).isFalse();
        log.close();
        assertThat(halts).isEmpty();

        open(NEVER);
        assertThat(machine.counts()).as("what was acknowledged").hasSizeGreaterThanOrEqualTo(6);
    }

    @Test
    void closingWhileTheMachineFailsEnds() throws Exception {
        RatisLog log = open(NEVER);
        submitAndAwait(log, 1, 1);
        Thread closing = Thread.ofPlatform().unstarted(log::close);
        machine.beforeFailing = () -> {
            if (closing.getState() == Thread.State.NEW) {
                closing.start();
                Awaitility.await().until(() -> closing.getState() == Thread.State.WAITING);
            }
        };
        machine.failAfter(0);
        submit(log, 2);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> closing.getState() == Thread.State.TERMINATED);
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isIn("UNKNOWN", "CLOSED");
    }

    @Test
    void aFullDiskHaltsWithASentenceAndLosesNothingAcknowledged() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(scratch.resolve("disk"), 12)) {
            RatisLog log = openIn(disk.folder().resolve("raft"), NEVER);
            int acknowledged = 0;
            while (halts.isEmpty() && acknowledged < 100_000) {
                log.submit(Ledger.entry(1, acknowledged + 1, 100_000), outcome("applied"));
                if (!"applied".equals(heard.poll(20, TimeUnit.SECONDS))) {
                    break;
                }
                acknowledged++;
            }
            assertThat(halts.poll(10, TimeUnit.SECONDS)).startsWith("The disk is full");
            log.close();
            assertThat(acknowledged).isPositive();

            disk.grow(64);
            RatisLog again = openIn(disk.folder().resolve("raft"), NEVER);
            assertThat(machine.counts()).hasSizeGreaterThanOrEqualTo(acknowledged);
            again.close();
        }
    }

    @Test
    void aFolderInUseIsRefused() throws Exception {
        RatisLog log = open(NEVER);
        submitAndAwait(log, 1, 1);

        assertThatThrownBy(() -> open(NEVER)).hasMessageContaining("used by another process");
        submitAndAwait(log, 2, 1);
    }

    @Test
    void aSmallStateStartsFast() throws Exception {
        RatisLog log = open(NEVER);
        submitAndAwait(log, 1, 100);
        log.close();

        long startNanos = System.nanoTime();
        open(NEVER);

        assertThat(System.nanoTime() - startNanos).isLessThan(TimeUnit.MILLISECONDS.toNanos(1_500));
    }

    @Test
    void aGroupOfOneListensNowhere() throws Exception {
        assumeThat(Path.of("/proc/self/net/tcp")).exists();
        open(NEVER);

        assertThat(ListeningSockets.ofThisProcess()).isEmpty();
    }

    @Test
    void aReadBarrierIsAnsweredAndMembersAndLeaderAreTold() throws Exception {
        RatisLog log = open(NEVER);
        log.readBarrier(outcome("barrier"));

        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("barrier");
        assertThat(log.members()).extracting(ReplicatedLog.Member::id).containsExactly("hub-1");
        assertThat(log.status().isLeader()).isTrue();
        assertThat(log.status().leader()).isEqualTo("hub-1");
        log.close();
        log.readBarrier(outcome("barrier"));
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("CLOSED");
    }

    @Test
    void manyRestartsDoNotFillTheFolderWithSegments() throws Exception {
        for (int round = 0; round <= RatisLog.SEGMENTS_MAX + 1; round++) {
            RatisLog log = open(NEVER);
            submitAndAwait(log, 1 + round, 1);
            if (round > RatisLog.SEGMENTS_MAX) {
                Awaitility.await().until(() -> !checkpoints().isEmpty());
            }
            log.close();
        }

        assertThat(checkpoints()).hasSize(1);
    }

    private RatisLog open(Replay replay) {
        return openIn(scratch.resolve("raft"), replay);
    }

    private RatisLog openIn(Path folder, Replay replay) {
        machine = machine("live-" + ++opened);
        RatisLog log = RatisLog.open(
                RatisSettings.alone(folder, "hub-1").withReplay(replay), machine, Env.system(), halts::add);
        toClose.add(log);
        return log;
    }

    private LedgerMachine machine(String name) {
        Path live = Path.of(
                System.getProperty("java.io.tmpdir"),
                "covey-test-" + ProcessHandle.current().pid(),
                name);
        LedgerMachine made = new LedgerMachine(RocksStore.factory(RocksStore.Options.replicated()), live, false);
        toClose.add(made);
        return made;
    }

    private void submitAndAwait(RatisLog log, long first, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            submit(log, first + i);
        }
        for (int i = 0; i < count; i++) {
            assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("applied");
        }
    }

    private void submit(RatisLog log, long sequence) {
        log.submit(Ledger.entry(1, sequence), outcome("applied"));
    }

    private ReplicatedLog.Outcome outcome(String name) {
        return new ReplicatedLog.Outcome() {
            @Override
            public void applied(byte[] result) {
                heard.add(name);
            }

            @Override
            public void failed(ReplicatedLog.Failure failure, String why) {
                heard.add(failure.name());
            }
        };
    }

    /** Whether the log begins where it was begun. */
    private static boolean isWhole(Path firstSegment) {
        return firstSegment.getFileName().toString().startsWith("log_0-");
    }

    private String newestCheckpoint() throws IOException {
        List<Path> all = checkpoints();
        return all.isEmpty() ? "" : all.getLast().toString();
    }

    private List<Path> checkpoints() throws IOException {
        return find("checkpoint.").stream()
                .sorted(Comparator.comparingLong(
                        path -> Long.parseLong(path.getFileName().toString().replaceFirst(".*\\.", ""))))
                .toList();
    }

    private List<Path> segments() throws IOException {
        return find("log_").stream()
                .sorted(Comparator.comparingLong(path -> Long.parseLong(path.getFileName()
                        .toString()
                        .replaceFirst("log_(inprogress_)?", "")
                        .replaceFirst("-.*", ""))))
                .toList();
    }

    private List<Path> find(String beginning) throws IOException {
        try (Stream<Path> paths = Files.walk(scratch.resolve("raft"))) {
            return paths.filter(path -> path.getFileName().toString().startsWith(beginning))
                    .toList();
        }
    }

    private static Path tableFile(Path folder) throws IOException {
        return tableFile(folder, folder.resolve("nowhere"));
    }

    private static Path tableFile(Path folder, Path absentFrom) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".sst"))
                    .filter(file -> !Files.exists(absentFrom.resolve(file.getFileName())))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void flipByte(Path file, long position) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(position);
            int value = access.read();
            access.seek(position);
            access.write(value ^ 0x41);
        }
    }
}

package covey.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import covey.cluster.RatisSettings.Replay;
import covey.env.Env;
import covey.store.RocksStore;
import java.io.BufferedReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * kill -9 of a process that writes to the log as fast as it can: what it told to be acknowledged must be there
 * afterwards, and nothing twice. The machine does not recognise repetitions here, so a replay that goes too far shows.
 */
final class RatisLogCrashTest {
    private static final int OUTSTANDING = 2_000;

    /** Small, so that some of the kills hit a checkpoint. */
    private static final Replay REPLAY = new Replay(600_000, 1L << 40, 40);

    @TempDir
    Path scratch;

    @Test
    void killedThreeTimesNothingAcknowledgedIsLostOrDoubled() throws Exception {
        crashLoop(3);
    }

    @Test
    @Tag("it")
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void killedTwentyTimesNothingAcknowledgedIsLostOrDoubled() throws Exception {
        crashLoop(Boolean.getBoolean("covey.it.short") ? 6 : 20);
    }

    private void crashLoop(int rounds) throws Exception {
        Random random = new Random(rounds);
        Set<String> acknowledged = new TreeSet<>();
        for (int round = 1; round <= rounds; round++) {
            runAndKill(round, 300 + random.nextInt(700), acknowledged);
        }
        LedgerMachine machine = machine(scratch.resolve("live"));
        RatisLog log = RatisLog.open(settings(scratch.resolve("raft")), machine, Env.system(), why -> {});
        Map<String, Long> counts = machine.counts();
        log.close();
        machine.close();

        assertThat(acknowledged).hasSizeGreaterThan(rounds * 1_000);
        Set<String> lost = new TreeSet<>(acknowledged);
        lost.removeAll(counts.keySet());
        assertThat(lost).as("acknowledged and lost of " + acknowledged.size()).isEmpty();
        assertThat(counts)
                .as("applied twice")
                .allSatisfy((id, count) -> assertThat(count).isEqualTo(1));
    }

    private void runAndKill(int round, long millis, Set<String> acknowledged) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        scratch.toString(),
                        Integer.toString(round))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
            assertThat(lines.readLine()).isEqualTo("ready");
            Thread killer = Thread.ofVirtual().start(() -> killAfter(process, millis));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                // The last line may be cut short: only those with their end mark count.
                if (line.endsWith(".")) {
                    acknowledged.add(round + "/" + line.substring(0, line.length() - 1));
                }
            }
            killer.join();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static void killAfter(Process process, long millis) {
        try {
            if (!process.waitFor(millis, TimeUnit.MILLISECONDS)) {
                // Not the process itself: that would close its output before it is read to the end.
                process.toHandle().destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static RatisSettings settings(Path folder) {
        return RatisSettings.alone(folder, "hub-1").withReplay(REPLAY);
    }

    private static LedgerMachine machine(Path live) {
        return new LedgerMachine(RocksStore.factory(RocksStore.Options.replicated()), live, false);
    }

    /** The process that is killed: writes with many commands outstanding and tells each one that is acknowledged. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) throws InterruptedException {
            Path folder = Path.of(args[0]);
            long round = Long.parseLong(args[1]);
            PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
            RatisLog log = RatisLog.open(
                    settings(folder.resolve("raft")), machine(folder.resolve("live")), Env.system(), why -> {
                        System.err.println(why);
                        Runtime.getRuntime().halt(1);
                    });
            CommandBatcher batcher = new CommandBatcher(log, Env.system());
            out.println("ready");
            out.flush();
            Semaphore slots = new Semaphore(OUTSTANDING);
            for (long sequence = 1; ; sequence++) {
                slots.acquire();
                long told = sequence;
                batcher.submit(Ledger.command(round, sequence), result -> {
                    if (!result.hasProblem()) {
                        out.print(told + ".\n");
                        out.flush();
                    }
                    slots.release();
                });
            }
        }
    }
}

package covey.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * One holder to one peer over loopback: a file is sent, encrypted where the product can, verified and written. Each
 * product gets the file in turn, round after round; the parts (TLS, SHA-256, writing) are measured alone as well.
 */
final class FetchRace implements Verb {
    private static final String ELAPSED = "elapsed";
    private static final String CPU = "CPU";
    private static final int PIECE_BYTES = 1024 * 1024;

    /** What is timed; runs to the end. */
    private interface Timed {
        void run() throws Exception;
    }

    @Override
    public String name() {
        return "fetch";
    }

    @Override
    public void run(Run run) throws Exception {
        long bytes = run.number("mib", run.pick(1_024, 256)) * 1024L * 1024;
        int rounds = run.number("rounds", run.pick(5, 1));
        Path folder = folder(run);
        Path file = random(folder.resolve("source").resolve("file.bin"), bytes);
        Results results = run.resultsOf(name());
        String scenario = bytes / (1024 * 1024) + " MiB";
        results.subject("covey", "TLS 1.3, verified, synced; holder and peer in one warm JVM");
        try (Fetching covey = new Fetching(folder, file, bytes);
                FetchRivals rivals = new FetchRivals(folder, file)) {
            Map<String, Timed> contenders = new LinkedHashMap<>();
            contenders.put("covey", () -> covey.fetch(folder.resolve("target")));
            rivals.installed(results).forEach((name, command) -> contenders.put(name, command::run));
            results.subject("TLS alone", "the same connection, from memory, thrown away");
            contenders.put("TLS alone", covey::onlyTls);
            results.subject("SHA-256 alone", "one thread, the JDK's");
            contenders.put("SHA-256 alone", () -> hash(bytes));
            results.subject("write alone", "4 MiB a call");
            contenders.put("write alone", () -> write(folder.resolve("target").resolve("written"), bytes));
            contenders.keySet().removeIf(name -> !run.wants("only", name));
            for (int round = 0; round <= rounds; round++) {
                for (Map.Entry<String, Timed> one : contenders.entrySet()) {
                    time(results, scenario, one.getKey(), one.getValue(), bytes, folder, rivals, round > 0);
                }
            }
            aims(results, scenario, rivals);
        } finally {
            delete(folder);
        }
        results.print();
    }

    private static void time(
            Results results,
            String scenario,
            String name,
            Timed timed,
            long bytes,
            Path folder,
            FetchRivals rivals,
            boolean counts)
            throws Exception {
        Files.createDirectories(folder.resolve("target"));
        double cpu = Machine.cpuSeconds(ProcessHandle.current().pid()) + rivals.cpuSeconds();
        long begin = System.nanoTime();
        timed.run();
        double seconds = (System.nanoTime() - begin) / 1e9;
        cpu = Machine.cpuSeconds(ProcessHandle.current().pid()) + rivals.cpuSeconds() - cpu;
        delete(folder.resolve("target"));
        if (counts) {
            double gibibytes = bytes / (double) (1 << 30);
            results.lower(scenario, ELAPSED, "s", name, seconds);
            results.higher(scenario, "rate", "GB/s", name, bytes / 1e9 / seconds);
            results.lower(scenario, CPU, "s/GiB", name, cpu / gibibytes);
        }
    }

    private static void aims(Results results, String scenario, FetchRivals rivals) {
        double own = results.median(scenario, ELAPSED, "covey");
        double parts = results.median(scenario, ELAPSED, "TLS alone")
                + results.median(scenario, ELAPSED, "SHA-256 alone")
                + results.median(scenario, ELAPSED, "write alone");
        results.aim("elapsed, as a part of TLS + SHA-256 + write alone", own / parts, Results.Better.LOWER, 1.0);
        for (String rival : rivals.names()) {
            double other = results.median(scenario, ELAPSED, rival);
            results.aim("elapsed against " + rival, own / other, Results.Better.LOWER, 1.0);
        }
    }

    /** In memory where that is possible: what is compared is the products, not this machine's disk. */
    static Path folder(Run run) throws IOException {
        String given = run.options().getOrDefault("folder", "/dev/shm");
        Path top = Files.isWritable(Path.of(given)) ? Path.of(given) : run.scratch();
        return Files.createTempDirectory(top, "covey-fetch-");
    }

    static Path random(Path file, long bytes) throws IOException {
        Files.createDirectories(file.getParent());
        byte[] piece = new byte[PIECE_BYTES];
        Random random = new Random(1);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long at = 0; at < bytes; at += piece.length) {
                random.nextBytes(piece);
                channel.write(ByteBuffer.wrap(piece));
            }
        }
        return file;
    }

    private static void hash(long bytes) throws Exception {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        byte[] piece = new byte[PIECE_BYTES];
        for (long at = 0; at < bytes; at += piece.length) {
            sha256.update(piece);
        }
        if (HexFormat.of().formatHex(sha256.digest()).isEmpty()) {
            throw new IllegalStateException("no digest");
        }
    }

    private static void write(Path file, long bytes) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(4 * PIECE_BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long at = 0; at < bytes; at += piece.capacity()) {
                channel.write(piece.clear());
            }
            channel.force(false);
        }
    }

    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Runs a command of a shell; adds what its processes used to the sum. */
    static double shell(Path folder, String command) throws Exception {
        Process process = new ProcessBuilder(
                        "bash", "-c", "set -e -o pipefail; TIMEFORMAT='used %U %S'; time { " + command + "; }")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        List<String> printed = new ArrayList<>();
        try (var reader = process.inputReader()) {
            reader.lines().forEach(printed::add);
        }
        if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IllegalStateException(command + ": " + printed);
        }
        String[] used = printed.stream()
                .filter(line -> line.startsWith("used "))
                .findFirst()
                .orElseThrow()
                .split(" ");
        return Double.parseDouble(used[1]) + Double.parseDouble(used[2]);
    }
}

package covey.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a person waits for: `covey status` from start to finish while a process of that home runs. */
final class Start implements Verb {
    private static final double STATUS_MILLIS_AIM = 200;

    @Override
    public String name() {
        return "start";
    }

    @Override
    public void run(Run run) throws Exception {
        Results results = run.resultsOf(name());
        results.subject("cached", "./covey as built: AOT cache, C1 only, serial collector");
        results.rival("plain", "the same without the AOT cache (-XX:AOTMode=off)");
        results.rival("jvm", "java -version: the JVM alone, nothing of ours");
        if (!hasCache()) {
            results.note("There is no AOT cache in target/aot: 'cached' is not.");
        }
        Path home = Files.createDirectories(run.scratch().resolve("home"));
        Path password = Files.writeString(run.scratch().resolve("password"), "correct horse battery staple\n");
        int port = Server.freePort();
        List<String> up = List.of(
                Machine.launcher(),
                "--home",
                home.toString(),
                "up",
                "--listen",
                "127.0.0.1:" + port,
                "--ops",
                "off",
                "--account",
                "alice",
                "--password-file",
                password.toString());
        long began = System.nanoTime();
        try (Server server = Server.start(run.scratch().resolve("up"), port, up, List.of())) {
            server.awaitPort();
            command(home, Map.of(), "status", "--wait");
            results.lower("covey up, first start", "until connected", "ms", "cached", millisSince(began));
            int count = run.number("count", run.pick(25, 3));
            measure(results, home, count);
        }
        results.aim(
                "ms for covey status, median",
                results.median("covey status", "start to finish", "cached"),
                Results.Better.LOWER,
                STATUS_MILLIS_AIM);
        results.print();
    }

    private static boolean hasCache() throws IOException {
        Path folder = Path.of("target/aot");
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (var files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(".aot"));
        }
    }

    /** By turns, so that whatever else goes on hits all of them. */
    private static void measure(Results results, Path home, int count) throws Exception {
        Map<String, String> plain = Map.of("COVEY_JAVA_OPTS", "-XX:AOTMode=off");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        for (int i = -2; i < count; i++) {
            double cached = command(home, Map.of(), "status");
            double uncached = command(home, plain, "status");
            double json = command(home, Map.of(), "status", "--json");
            double jvm = millis(List.of(java, "-Xshare:auto", "-version"), Map.of());
            if (i >= 0) {
                results.lower("covey status", "start to finish", "ms", "cached", cached);
                results.lower("covey status", "start to finish", "ms", "plain", uncached);
                results.lower("covey status", "start to finish", "ms", "jvm", jvm);
                results.lower("covey status --json", "start to finish", "ms", "cached", json);
            }
        }
    }

    private static double command(Path home, Map<String, String> environment, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(Machine.launcher(), "--home", home.toString()));
        command.addAll(List.of(words));
        return millis(command, environment);
    }

    private static double millis(List<String> command, Map<String, String> environment) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        long began = System.nanoTime();
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IllegalStateException(String.join(" ", command) + " failed:\n" + printed);
        }
        return millisSince(began);
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }
}

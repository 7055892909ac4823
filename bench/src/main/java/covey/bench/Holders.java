package covey.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Four holders at 100 Mbit/s each and one receiver at 400 Mbit/s, all real processes on hosts of their own: how close
 * the four come to four times one, and what is left when one of them is killed midway.
 */
final class Holders implements Verb {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int HOLDERS = 4;
    private static final int HOLDER_MEGABITS = 100;
    private static final int COMMAND_SECONDS_MAX = 120;
    private static final String SCENARIO = "4 x 100 Mbit/s to 400 Mbit/s";

    /** Of what must come, when a holder is killed. */
    private static final double KILLED_AT = 0.3;

    /** Then nothing that the killed holder sent is on its way any more, and what it left has been asked of others. */
    private static final long SETTLED_NANOS = 500_000_000L;

    @Override
    public String name() {
        return "holders";
    }

    @Override
    public void run(Run run) throws Exception {
        Results results = run.resultsOf(name());
        if (!Lab.isPossible()) {
            System.out.println("holders: needs root, ip and tc (iproute2); passed over");
            return;
        }
        Path folder = Files.createTempDirectory(run.scratch(), "lab-");
        results.subject("covey", "hub, four holders and a receiver, each a process on a host of its own");
        try (Lab lab = new Lab();
                People people = new People(folder, lab)) {
            for (int round = 0; round < run.number("rounds", run.pick(3, 1)); round++) {
                round(results, people, run.number("mib", run.pick(128, 16)), round);
            }
        }
        aim(results, "four holders, of four times one", "four", "one", HOLDERS, 0.97);
        aim(results, "after the kill, of three times one", "after the kill", "one", HOLDERS - 1, 0.95);
        results.print();
    }

    private static void aim(Results results, String sentence, String many, String one, int times, double bound) {
        double ratio = results.median(SCENARIO, many, "covey") / (times * results.median(SCENARIO, one, "covey"));
        results.aim(sentence, ratio, Results.Better.HIGHER, bound);
    }

    private static void round(Results results, People people, int mib, int round) throws Exception {
        Flow one = people.fetch(people.share("one" + round, mib, 1), 1, Optional.empty());
        results.higher(SCENARIO, "one", "MB/s", "covey", one.rate());
        Flow four = people.fetch(people.share("four" + round, mib * HOLDERS, HOLDERS), HOLDERS, Optional.empty());
        results.higher(SCENARIO, "four", "MB/s", "covey", four.rate());
        String content = people.share("killed" + round, mib * HOLDERS, HOLDERS);
        Flow killed = people.fetch(content, HOLDERS, Optional.of("h" + HOLDERS));
        results.higher(
                SCENARIO, "after the kill", "MB/s", "covey", killed.afterKill().orElseThrow());
        people.again("h" + HOLDERS);
    }

    /** Bytes per second x 1e-6 of the whole command, from its start to its end, and from soon after the kill on. */
    private record Flow(double rate, Optional<Double> afterKill) {}

    /** Everybody of the lab. Home folders are named like hosts. */
    private static final class People implements AutoCloseable {
        private final Path folder;
        private final Path password;
        private final List<String> names = new ArrayList<>();
        private final List<String> addresses = new ArrayList<>();

        People(Path folder, Lab lab) throws IOException {
            this.folder = folder;
            password = folder.resolve("password");
            Files.createFile(
                    password, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(password, "correct horse battery\n");
            String hub = lab.host("hub", 0);
            names.add("hub");
            covey(
                    "hub",
                    "up",
                    "--account",
                    "hub0",
                    "--password-file",
                    password.toString(),
                    "--recovery-code-file",
                    folder.resolve("recovery").toString(),
                    "--listen",
                    hub + ":7440",
                    "--detach");
            for (int i = 1; i <= HOLDERS; i++) {
                join("h" + i, lab.host("h" + i, HOLDER_MEGABITS));
            }
            join("receiver", lab.host("receiver", HOLDERS * HOLDER_MEGABITS));
        }

        private void join(String name, String address) throws IOException {
            names.add(name);
            addresses.add(address);
            String token = folder.resolve("hub/hub/member.token").toString();
            covey(name, "join", "--token-file", token, "--account", name, "--password-file", password.toString());
            covey(name, "peer", "run", "--listen", address + ":7441", "--detach");
            covey(name, "status", "--wait");
        }

        void again(String name) throws IOException {
            covey(name, "peer", "run", "--listen", addresses.get(names.indexOf(name) - 1) + ":7441", "--detach");
            covey(name, "status", "--wait");
        }

        /** Makes a file of random bytes and lets the first holders share a copy of it each. */
        String share(String name, int mib, int holders) throws IOException {
            Random random = new Random(name.hashCode());
            byte[] piece = new byte[1 << 20];
            List<Path> files = new ArrayList<>();
            for (int i = 1; i <= holders; i++) {
                files.add(Files.createDirectories(folder.resolve("h" + i + "-files"))
                        .resolve(name));
            }
            try (var out = Files.newOutputStream(files.getFirst())) {
                for (int i = 0; i < mib; i++) {
                    random.nextBytes(piece);
                    out.write(piece);
                }
            }
            for (int i = 2; i <= holders; i++) {
                Files.createLink(files.get(i - 1), files.getFirst());
            }
            for (int i = 1; i <= holders; i++) {
                covey("h" + i, "share", files.get(i - 1).toString());
            }
            String content = "";
            for (int tries = 0; tries < 100 && content.isEmpty(); tries++) {
                JsonNode found = JSON.readTree(covey("receiver", "search", name, "--json"));
                if (found.path("results").path(0).path("devices").asInt() == holders) {
                    content = found.path("results").path(0).path("content").asString("");
                } else {
                    Server.pause(100);
                }
            }
            if (content.isEmpty()) {
                throw new IllegalStateException(name + " was not found at " + holders + " holders");
            }
            return content;
        }

        Flow fetch(String content, int holders, Optional<String> victim) throws Exception {
            Path target = folder.resolve("target");
            List<String> command = new ArrayList<>(List.of(Machine.launcher(), "--home", home("receiver")));
            command.addAll(List.of("get", content, "-o", target.toString(), "--json"));
            // Asked for beforehand: what takes time while bytes flow would be counted as theirs.
            Optional<ProcessHandle> dying = victim.isPresent() ? ProcessHandle.of(pid(victim.get())) : Optional.empty();
            long bytes = 0;
            long begin = System.nanoTime();
            long killNanos = 0;
            long settledNanos = 0;
            long settledBytes = 0;
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            process.getOutputStream().close();
            try (BufferedReader lines = process.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    JsonNode told = JSON.readTree(line);
                    JsonNode transfer = told.has("transfer") ? told.path("transfer") : told;
                    bytes = Math.max(bytes, transfer.path("bytes").asLong());
                    long have = transfer.path("haveBytes").asLong();
                    long now = System.nanoTime();
                    if (dying.isPresent() && killNanos == 0 && have > KILLED_AT * bytes && bytes > 0) {
                        dying.get().destroyForcibly();
                        killNanos = now;
                    }
                    if (killNanos > 0 && settledNanos == 0 && now - killNanos > SETTLED_NANOS) {
                        settledNanos = now;
                        settledBytes = have;
                    }
                }
            }
            long end = System.nanoTime();
            if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException("covey get ended with " + process.exitValue());
            }
            if (Files.size(target) != bytes) {
                throw new IllegalStateException("fetched " + Files.size(target) + " of " + bytes + " bytes");
            }
            Files.delete(target);
            covey("receiver", "content", "gc");
            double afterKill = (bytes - settledBytes) / ((end - settledNanos) / 1e3);
            return new Flow(bytes / ((end - begin) / 1e3), victim.map(any -> afterKill));
        }

        private long pid(String name) throws IOException {
            return JSON.readTree(covey(name, "status", "--json")).path("pid").asLong();
        }

        private String home(String name) {
            return folder.resolve(name).toString();
        }

        private String covey(String name, String... arguments) throws IOException {
            List<String> command = new ArrayList<>(Lab.on(name));
            command.addAll(List.of(Machine.launcher(), "--home", home(name)));
            command.addAll(List.of(arguments));
            Path out = folder.resolve("out");
            Path err = folder.resolve("err");
            Process process = new ProcessBuilder(command)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            try {
                if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
                    process.destroyForcibly();
                    throw new IllegalStateException(String.join(" ", command) + ": " + Files.readString(err));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
            return Files.readString(out);
        }

        @Override
        public void close() {
            for (String name : names.reversed()) {
                try {
                    covey(name, "stop");
                } catch (IOException | IllegalStateException e) {
                    System.err.println("bench: holders: " + name + ": " + e.getMessage());
                }
            }
        }
    }
}

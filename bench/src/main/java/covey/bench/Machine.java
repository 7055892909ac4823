package covey.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The machine under the benchmarks: what it is, who uses its processors, and which of them is whose. */
final class Machine {
    /** Linux reports processor time in hundredths of a second (USER_HZ), whatever the kernel's own tick is. */
    private static final double TICKS_PER_SECOND = 100;

    /** The server under test has this one to itself; load clients have the others. */
    static final int SERVER_CORE = 0;

    private Machine() {}

    static int cores() {
        return Math.max(1, onlineCores());
    }

    private static int onlineCores() {
        try {
            return (int) Files.readAllLines(Path.of("/proc/stat")).stream()
                    .filter(line -> line.matches("cpu[0-9]+ .*"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String describe() {
        return "%s, %d cores, %.0f GiB, Linux %s, Java %s"
                .formatted(
                        firstField("/proc/cpuinfo", "model name"),
                        cores(),
                        Double.parseDouble(
                                        firstField("/proc/meminfo", "MemTotal").split(" ")[0])
                                / (1 << 20),
                        System.getProperty("os.version"),
                        System.getProperty("java.runtime.version"));
    }

    private static String firstField(String file, String name) {
        try {
            return Files.readAllLines(Path.of(file)).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("0");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Prefix of a command line that keeps a process on the server's core; empty where there is only one core. */
    static List<String> onServerCore() {
        return cores() < 2 ? List.of() : List.of("taskset", "-c", Integer.toString(SERVER_CORE));
    }

    /** Prefix of a command line that keeps a process off the server's core. */
    static List<String> onLoadCores() {
        return cores() < 2 ? List.of() : List.of("taskset", "-c", loadCores());
    }

    private static String loadCores() {
        return SERVER_CORE + 1 + "-" + (cores() - 1);
    }

    /** Moves this process, all its threads, off the server's core; undone by {@link #spread}. */
    static void leaveServerCore() {
        if (cores() > 1) {
            pinSelf(loadCores());
        }
    }

    static void spread() {
        pinSelf("0-" + (cores() - 1));
    }

    private static void pinSelf(String cpus) {
        run(
                "taskset",
                "-a",
                "-p",
                "-c",
                cpus,
                Long.toString(ProcessHandle.current().pid()));
    }

    /** Runs a short command and returns what it printed. */
    static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            StringBuilder printed = new StringBuilder();
            try (BufferedReader reader =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                reader.lines().forEach(line -> printed.append(line).append('\n'));
            }
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(command[0] + ": did not end within 30 s");
            }
            return printed.toString().strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The checkout's {@code covey}; options for its JVM come from COVEY_JAVA_OPTS, as always. */
    static String launcher() {
        return Path.of("covey").toAbsolutePath().toString();
    }

    static boolean isInstalled(String program) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    /** Processor seconds, user and system, that all threads of the process have used. */
    static double cpuSeconds(long pid) {
        return ticks(pid, 11);
    }

    /** The same of its children that have ended. */
    static double reapedSeconds(long pid) {
        return ticks(pid, 13);
    }

    private static double ticks(long pid, int field) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[field]) + Long.parseLong(fields[field + 1])) / TICKS_PER_SECOND;
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " is gone", e);
        }
    }

    /** Resident memory in bytes, without the kernel's socket buffers. */
    static long residentBytes(long pid) {
        return Long.parseLong(firstField("/proc/" + pid + "/status", "VmRSS").split(" ")[0]) * 1024;
    }

    /** Processor seconds used on the whole machine; without what is niced, as the spinners are. */
    static double busySeconds() {
        try {
            String[] fields = Files.readAllLines(Path.of("/proc/stat")).get(0).split(" +");
            // Of user, nice, system, idle, iowait, irq, softirq, steal; what is stolen is missing, too.
            long ticks = 0;
            for (int i : new int[] {1, 3, 6, 7, 8}) {
                ticks += Long.parseLong(fields[i]);
            }
            return ticks / TICKS_PER_SECOND;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Integer> coreNumbers() {
        List<Integer> numbers = new ArrayList<>();
        for (int core = 0; core < cores(); core++) {
            numbers.add(core);
        }
        return numbers;
    }
}

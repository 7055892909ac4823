package covey.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * {@code ./build bench [NAME...] [short]}: runs the named verbs, or all; "short" only shows that each still runs. A
 * name that is no verb is taken for a JMH benchmark (see {@link Micro}).
 */
public final class Main {
    private static final List<Verb> VERBS = List.of(
            new Talk(),
            new Mailbox(),
            new Apply(),
            new Direct(),
            new Crash(),
            new Start(),
            new FetchRace(),
            new Beside(),
            new Holders(),
            new Catalog());

    private Main() {}

    public static void main(String[] args) throws Exception {
        boolean isShort = Arrays.asList(args).contains("short");
        List<String> names = new ArrayList<>(List.of(args));
        names.removeIf(name -> name.equals("short"));
        Map<String, String> options = new TreeMap<>();
        names.stream().filter(name -> name.contains("=")).forEach(name -> {
            String[] parts = name.split("=", 2);
            options.put(parts[0], parts[1]);
        });
        names.removeIf(name -> name.contains("="));
        boolean isAll = names.isEmpty();
        boolean isBroken = false;
        quiet();
        Path results = Path.of("target/bench").toAbsolutePath();
        for (Verb verb : VERBS) {
            if (isAll || names.remove(verb.name())) {
                Path scratch = Files.createDirectories(results.resolve("scratch-" + verb.name()));
                try {
                    clear(scratch);
                    verb.run(new Verb.Run(isShort, Files.createDirectories(scratch), results, options));
                } catch (Exception | AssertionError e) {
                    // One round should tell all that is broken.
                    isBroken = true;
                    System.err.println("bench: " + verb.name() + " did not run through");
                    e.printStackTrace();
                } finally {
                    clear(scratch);
                }
            }
        }
        if (isAll || !names.isEmpty()) {
            Micro.run(names, isShort);
        }
        // Loops and pools of the parts under test may still have threads.
        System.exit(isBroken ? 1 : 0);
    }

    /** The parts under test tell their own story on this process' output. */
    private static void quiet() {
        for (String logger : List.of("ROOT", "covey", "org.apache.ratis")) {
            ((ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger(logger))
                    .setLevel(ch.qos.logback.classic.Level.WARN);
        }
    }

    private static void clear(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}

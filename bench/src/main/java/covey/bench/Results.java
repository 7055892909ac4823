package covey.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * What one verb measured: one value per scenario, metric, subject and round. Printed as a table of medians with their
 * range and with ratios to the first subject; every single value goes to an NDJSON file.
 */
final class Results {
    private static final JsonMapper JSON = new JsonMapper();

    /** Whether a larger value is the better one; decides how a ratio is written. */
    enum Better {
        HIGHER,
        LOWER
    }

    private record Key(String scenario, String metric, String unit, Better better) {}

    private final String verb;
    private final Path file;
    private final String head;
    private final Map<Key, Map<String, List<Double>>> values = new LinkedHashMap<>();
    private final List<String> subjects = new ArrayList<>();
    private final List<String> rivals = new ArrayList<>();
    private final List<String> aims = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    Results(String verb, Path folder, String head) {
        this.verb = verb;
        this.head = head;
        this.file = folder.resolve(verb + ".ndjson");
        try {
            Files.createDirectories(folder);
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        append(Map.of("verb", verb, "machine", head));
    }

    /** A subject that the first one is compared with. */
    void rival(String name, String version) {
        subject(name, version);
        if (!rivals.contains(name)) {
            rivals.add(name);
        }
    }

    /** Columns appear in this order; the first is the one all ratios are about. */
    void subject(String name, String version) {
        if (!subjects.contains(name)) {
            subjects.add(name);
            append(Map.of("verb", verb, "subject", name, "version", version));
            notes.add(name + ": " + version);
        }
    }

    void higher(String scenario, String metric, String unit, String subject, double value) {
        put(new Key(scenario, metric, unit, Better.HIGHER), subject, value);
    }

    void lower(String scenario, String metric, String unit, String subject, double value) {
        put(new Key(scenario, metric, unit, Better.LOWER), subject, value);
    }

    private void put(Key key, String subject, double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            note("%s, %s, %s: nothing to measure in a round".formatted(subject, key.scenario, key.metric));
            return;
        }
        List<Double> rounds =
                values.computeIfAbsent(key, any -> new TreeMap<>()).computeIfAbsent(subject, any -> new ArrayList<>());
        rounds.add(value);
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("verb", verb);
        line.put("scenario", key.scenario);
        line.put("metric", key.metric);
        line.put("unit", key.unit);
        line.put("subject", subject);
        line.put("round", rounds.size());
        line.put("value", value);
        append(line);
    }

    void note(String sentence) {
        if (!notes.contains(sentence)) {
            notes.add(sentence);
            append(Map.of("verb", verb, "note", sentence));
        }
    }

    /** Median over the rounds; NaN when it was not measured. */
    double median(String scenario, String metric, String subject) {
        return find(scenario, metric)
                .map(values::get)
                .map(bySubject -> bySubject.get(subject))
                .map(Results::median)
                .orElse(Double.NaN);
    }

    private Optional<Key> find(String scenario, String metric) {
        return values.keySet().stream()
                .filter(key -> key.scenario.equals(scenario) && key.metric.equals(metric))
                .findFirst();
    }

    private static double median(List<Double> rounds) {
        double[] sorted =
                rounds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Compares a measured figure with what the project set itself; NaN means that it could not be measured. */
    void aim(String sentence, double value, Better better, double bound) {
        if (Double.isNaN(value)) {
            aims.add("not measured: " + sentence);
            return;
        }
        boolean met = better == Better.HIGHER ? value >= bound : value <= bound;
        aims.add("%s: %s (%s; aim %s %s)"
                .formatted(
                        met ? "met" : "NOT MET",
                        sentence,
                        number(value),
                        better == Better.HIGHER ? ">=" : "<=",
                        number(bound)));
        append(Map.of("verb", verb, "aim", sentence, "value", value, "bound", bound, "met", met));
    }

    /** What must not happen in any round, however busy the machine is: then the run has failed. */
    void requireNone(String sentence, String scenario, String metric) {
        double most = find(scenario, metric).map(values::get).stream()
                .flatMap(bySubject -> bySubject.values().stream())
                .flatMap(List::stream)
                .mapToDouble(Double::doubleValue)
                .max()
                .orElseThrow(() -> new IllegalStateException("not measured: " + sentence));
        if (most > 0) {
            throw new IllegalStateException(sentence + ": " + number(most) + " (expected: none)");
        }
    }

    void print() {
        System.out.println("\n== " + verb + " | " + head);
        notes.forEach(note -> System.out.println("   " + note));
        Table table = new Table();
        table.row(header());
        values.forEach((key, bySubject) -> table.row(line(key, bySubject)));
        System.out.print(table);
        aims.forEach(aim -> System.out.println("   " + aim));
        System.out.println("   every value: " + file);
    }

    private List<String> header() {
        List<String> cells = new ArrayList<>(List.of("scenario", "metric"));
        cells.addAll(subjects);
        for (String rival : rivals) {
            cells.add("better than " + rival);
        }
        return cells;
    }

    private List<String> line(Key key, Map<String, List<Double>> bySubject) {
        List<String> cells = new ArrayList<>(List.of(key.scenario, key.metric + " [" + key.unit + "]"));
        for (String subject : subjects) {
            cells.add(Optional.ofNullable(bySubject.get(subject))
                    .map(Results::withRange)
                    .orElse("-"));
        }
        for (String rival : rivals) {
            cells.add(ratio(key, bySubject, rival));
        }
        return cells;
    }

    /** Above 1 the first subject is the better one, whichever way the metric points. */
    private String ratio(Key key, Map<String, List<Double>> bySubject, String rival) {
        List<Double> own = bySubject.get(subjects.get(0));
        List<Double> other = bySubject.get(rival);
        if (own == null || other == null) {
            return "-";
        }
        double quotient = median(own) / median(other);
        return "%.2fx".formatted(key.better == Better.HIGHER ? quotient : 1 / quotient);
    }

    private static String withRange(List<Double> rounds) {
        double low = rounds.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
        double high = rounds.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
        String middle = number(median(rounds));
        return rounds.size() == 1 ? middle : middle + " (" + number(low) + "-" + number(high) + ")";
    }

    static String number(double value) {
        double size = Math.abs(value);
        if (size >= 1_000_000) {
            return "%.2f M".formatted(value / 1e6);
        }
        if (size >= 10_000) {
            return "%.1f k".formatted(value / 1e3);
        }
        return size >= 100 || value == Math.rint(value) ? "%.0f".formatted(value) : "%.3g".formatted(value);
    }

    private void append(Map<String, ?> line) {
        try {
            Files.writeString(
                    file,
                    JSON.writeValueAsString(line) + "\n",
                    java.nio.file.StandardOpenOption.CREATE,
                    java.nio.file.StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package covey.peer;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a peer, by name, for {@code /metrics}. Any thread. */
public final class Counts {
    private final ConcurrentHashMap<String, LongAdder> counts = new ConcurrentHashMap<>();

    void add(String name) {
        counts.computeIfAbsent(name, ignored -> new LongAdder()).increment();
    }

    /** Names are stable, lower case with underscores; values only rise. */
    public Map<String, Long> snapshot() {
        Map<String, Long> values = new TreeMap<>();
        counts.forEach((name, count) -> values.put(name, count.sum()));
        return values;
    }
}

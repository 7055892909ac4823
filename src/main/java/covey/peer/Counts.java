package covey.peer;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a peer, for {@code /metrics}; they only rise. Any thread. */
public final class Counts {
    /** What is counted. */
    public enum Count {
        SESSIONS_OPENED,
        COMMANDS_SENT,
        ENVELOPES_RECEIVED,
        FRAMES_DIRECT,
        FRAMES_RELAYED,
        LINKS_DIALLED,
        LINKS_OPENED,
        LINKS_REFUSED;

        /** Lower case with underscores. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Map<Count, LongAdder> adders = new EnumMap<>(Count.class);

    Counts() {
        for (Count count : Count.values()) {
            adders.put(count, new LongAdder());
        }
    }

    private LongAdder adder(Count count) {
        return Objects.requireNonNull(adders.get(count));
    }

    void add(Count count) {
        adder(count).increment();
    }

    public long value(Count count) {
        return adder(count).sum();
    }
}

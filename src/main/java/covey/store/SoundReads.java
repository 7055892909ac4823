package covey.store;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what can be done without: a damaged record is told of and left out, and keeps nobody from the others. */
public final class SoundReads {
    private static final Logger log = LoggerFactory.getLogger(SoundReads.class);

    private SoundReads() {}

    /** A store, or a transaction over one. */
    public interface Entries {
        Optional<byte[]> get(byte[] key);

        /** Visits entries with {@code from <= key < to} in order (or in reverse) until the visitor says stop. */
        void scan(byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor);
    }

    public static <T> Optional<T> get(Entries entries, byte[] key, Function<byte[], T> parser) {
        try {
            return entries.get(key).map(parser);
        } catch (RuntimeException e) {
            throwUnlessDamaged(e);
            return Optional.empty();
        }
    }

    /**
     * As {@link Entries#scan}. A scan ends where a block fails its checksum; what stands behind is read from the other
     * end, so that only what lies between two damaged places is missed.
     *
     * @param damaged runs at each place where something is left out
     */
    public static void scan(
            Entries entries, byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor, Runnable damaged) {
        byte[][] rest = {from, to};
        OrderedStore.Visitor passing = (key, value) -> {
            rest[reverse ? 1 : 0] = reverse ? key : Arrays.copyOf(key, key.length + 1);
            try {
                return visitor.visit(key, value);
            } catch (RuntimeException e) {
                throwUnlessDamaged(e);
                damaged.run();
                return true;
            }
        };
        try {
            entries.scan(from, to, reverse, passing);
        } catch (StoreException e) {
            throwUnlessDamaged(e);
            damaged.run();
            for (byte[] key : behind(entries, rest[0], rest[1], reverse)) {
                Optional<byte[]> value = get(entries, key, found -> found);
                if (value.isPresent() && !passing.visit(key, value.get())) {
                    return;
                }
            }
        }
    }

    private static Deque<byte[]> behind(Entries entries, byte[] from, byte[] to, boolean reverse) {
        Deque<byte[]> keys = new ArrayDeque<>();
        try {
            entries.scan(from, to, !reverse, (key, value) -> {
                keys.addFirst(key);
                return true;
            });
        } catch (StoreException e) {
            throwUnlessDamaged(e);
        }
        return keys;
    }

    private static void throwUnlessDamaged(RuntimeException e) {
        if (!(e instanceof StoreException why)) {
            log.warn("a record that this device fails at is left out", e);
        } else if (why.isDamaged()) {
            log.warn("damaged record is left out: {}", e.getMessage());
        } else {
            throw e;
        }
    }
}

package covey.env;

/** The two clocks of a process. Any thread. */
public interface Clock {
    /** Milliseconds since 1970-01-01 UTC, as the machine believes; may jump. */
    long wallMillis();

    /** Nanoseconds from an arbitrary origin; never goes back. For intervals and deadlines. */
    long monotonicNanos();

    /** Milliseconds of {@link #monotonicNanos()}. */
    default long monotonicMillis() {
        return monotonicNanos() / 1_000_000;
    }
}

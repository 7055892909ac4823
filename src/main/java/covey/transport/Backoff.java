package covey.transport;

import covey.env.Env;

/**
 * Exponential waits with full jitter, so that many who lost the same other side do not return at once. One thread.
 */
public final class Backoff {
    private final Env env;
    private final long firstMillis;
    private final long maxMillis;
    private int failures;

    public Backoff(Env env, long firstMillis, long maxMillis) {
        this.env = env;
        this.firstMillis = firstMillis;
        this.maxMillis = maxMillis;
    }

    /** Wait before the next try: at least the first wait, at most a span that doubles with every call. */
    public long nextMillis() {
        long span = Math.min(maxMillis, firstMillis << Math.min(failures, 20));
        failures++;
        return firstMillis + jitter(env, span - firstMillis);
    }

    public void reset() {
        failures = 0;
    }

    /** A random share of the span. */
    public static long jitter(Env env, long spanMillis) {
        return (long) (env.random().nextDouble() * spanMillis);
    }
}

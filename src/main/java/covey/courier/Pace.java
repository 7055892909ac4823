package covey.courier;

/** When to try something again: ever more rarely. */
public final class Pace {
    private final long pauseMillisMax;
    private long pauseMillis;
    private long nextMillis;

    /** Due at once, then after the first pause, which doubles each time. */
    public Pace(long pauseMillis, long pauseMillisMax) {
        this.pauseMillis = pauseMillis;
        this.pauseMillisMax = pauseMillisMax;
        nextMillis = Long.MIN_VALUE;
    }

    public boolean isDue(long nowMillis) {
        return nowMillis >= nextMillis;
    }

    /** It is being tried; returns the pause until the next time. */
    public long tried(long nowMillis) {
        long pause = pauseMillis;
        nextMillis = nowMillis + pause;
        pauseMillis = Math.min(2 * pause, pauseMillisMax);
        return pause;
    }
}

package covey.swarm;

/**
 * Holds a rate: bytes per second, with a burst. Who takes may run into debt by its last taking, since blocks are larger
 * than bursts; the mean holds all the same. No thread of its own.
 */
public final class TokenBucket {
    private static final double NANOS_PER_SECOND = 1e9;

    /** What may leave at once after a pause: a twentieth of a second, at least one piece. */
    private static final int BURSTS_PER_SECOND = 20;

    private long bytesPerSecond;
    private double tokens;
    private long sinceNanos;

    /** A rate of 0 limits nothing. */
    public TokenBucket(long bytesPerSecond, long nowNanos) {
        this.sinceNanos = nowNanos;
        rate(bytesPerSecond, nowNanos);
        this.tokens = burst();
    }

    /** From now on at this rate; debt stays, what was saved is cut to the new burst. */
    public void rate(long newBytesPerSecond, long nowNanos) {
        if (newBytesPerSecond < 0) {
            throw new IllegalArgumentException("rate: " + newBytesPerSecond + " bytes/s (expected: >= 0)");
        }
        refill(nowNanos);
        bytesPerSecond = newBytesPerSecond;
        tokens = Math.min(tokens, burst());
    }

    /** True when something may be taken now, however much. */
    public boolean isReady(long nowNanos) {
        refill(nowNanos);
        return bytesPerSecond == 0 || tokens > 0;
    }

    /** Nanoseconds until it is ready; 0 when it is. */
    public long waitNanos(long nowNanos) {
        return isReady(nowNanos) ? 0 : (long) ((1 - tokens) * NANOS_PER_SECOND / bytesPerSecond) + 1;
    }

    /** What should go at once, at most: the slower, the less, so that others come between and it does not look dead. */
    int pieceBytes() {
        return bytesPerSecond == 0
                ? SwarmLimits.READ_BYTES_MAX
                : Math.clamp(
                        bytesPerSecond / BURSTS_PER_SECOND, SwarmLimits.PIECE_BYTES_MIN, SwarmLimits.PIECE_BYTES_MAX);
    }

    public void take(long bytes, long nowNanos) {
        refill(nowNanos);
        tokens -= bytes;
    }

    /** What was taken for something that did not happen. */
    public void giveBack(long bytes, long nowNanos) {
        refill(nowNanos);
        tokens = Math.min(burst(), tokens + bytes);
    }

    private void refill(long nowNanos) {
        tokens = bytesPerSecond == 0
                ? burst()
                : Math.min(burst(), tokens + (nowNanos - sinceNanos) * (double) bytesPerSecond / NANOS_PER_SECOND);
        sinceNanos = nowNanos;
    }

    private double burst() {
        return Math.max(SwarmLimits.PIECE_BYTES_MAX, (double) bytesPerSecond / BURSTS_PER_SECOND);
    }
}

package covey.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int PIECE = SwarmLimits.PIECE_BYTES_MAX;

    private static long taken(TokenBucket bucket, long from, long nanos) {
        long bytes = 0;
        for (long now = from; now < from + nanos; now += 1_000_000) {
            while (bucket.isReady(now)) {
                bucket.take(PIECE, now);
                bytes += PIECE;
            }
        }
        return bytes;
    }

    @Test
    void theMeanIsTheRateWhateverIsTakenAtOnce() {
        TokenBucket bucket = new TokenBucket(10_000_000, 0);
        assertThat((double) taken(bucket, 0, 10 * SECOND)).isBetween(100e6, 101.1e6);
    }

    @Test
    void whatWasNotTakenIsSavedOnlyUpToTheBurst() {
        TokenBucket bucket = new TokenBucket(10_000_000, 0);
        taken(bucket, 0, SECOND);
        assertThat((double) taken(bucket, 1_000 * SECOND, SECOND)).isBetween(10e6, 11.1e6);
    }

    @Test
    void itSaysHowLongToWait() {
        TokenBucket bucket = new TokenBucket(1_000_000, 0);
        assertThat(bucket.waitNanos(0)).isZero();
        bucket.take(4 * PIECE, 0);
        long wait = bucket.waitNanos(0);
        assertThat(bucket.isReady(wait - 2_000)).isFalse();
        assertThat(bucket.isReady(wait)).isTrue();
    }

    @Test
    void aRateOfZeroLimitsNothingAndANewRateHoldsFromThenOn() {
        TokenBucket bucket = new TokenBucket(0, 0);
        bucket.take(Integer.MAX_VALUE, 0);
        assertThat(bucket.isReady(0)).isTrue();
        bucket.rate(2_000_000, SECOND);
        assertThat((double) taken(bucket, SECOND, 10 * SECOND)).isBetween(20e6, 20.9e6);
    }
}

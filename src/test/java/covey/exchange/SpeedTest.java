package covey.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpeedTest {
    private static final long SECOND = 1_000_000_000L;

    private final Speed speed = new Speed();

    @Test
    void pausesCount() {
        assertThat(speed.at(0, 0, 99)).as("nothing to compare with").isEqualTo(99);
        long rate = 0;
        for (int second = 1; second <= 10; second++) {
            // A tenth of each second it comes at full speed, then the cap holds it up.
            speed.at(second * SECOND - SECOND * 9 / 10, second * 10_000_000L, 0);
            rate = speed.at(second * SECOND, second * 10_000_000L, 0);
        }
        assertThat(rate).isBetween(8_000_000L, 11_000_000L);
    }

    @Test
    void whatCameLongAgoIsForgotten() {
        speed.at(0, 0, 0);
        speed.at(SECOND, 100_000_000, 0);
        long rate = 1;
        for (int second = 2; second <= 8; second++) {
            rate = speed.at(second * SECOND, 100_000_000, 0);
        }
        assertThat(rate).isZero();
    }

    @Test
    void aSourceThatLeavesIsNoStepBack() {
        speed.at(0, 50_000_000, 0);
        assertThat(speed.at(SECOND, 10_000_000, 7)).isEqualTo(7);
        assertThat(speed.at(2 * SECOND, 12_000_000, 7)).isEqualTo(2_000_000);
    }
}

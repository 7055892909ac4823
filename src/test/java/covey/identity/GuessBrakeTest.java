package covey.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GuessBrakeTest {
    private final GuessBrake brake = new GuessBrake(5, 1_000, 900_000);

    @Test
    void aFewMistakesCostNothing() {
        for (int i = 1; i < 5; i++) {
            brake.failed("@anna", 0);
        }
        assertThat(brake.waitMillis("@anna", 0)).isZero();
    }

    @Test
    void furtherMistakesWaitTwiceAsLongEachTimeUpToABound() {
        for (int i = 0; i < 5; i++) {
            brake.failed("@anna", 0);
        }
        assertThat(brake.waitMillis("@anna", 0)).isEqualTo(1_000);
        brake.failed("@anna", 1_000);
        assertThat(brake.waitMillis("@anna", 1_000)).isEqualTo(2_000);
        for (int i = 0; i < 50; i++) {
            brake.failed("@anna", 1_000);
        }
        assertThat(brake.waitMillis("@anna", 1_000)).isEqualTo(900_000);
    }

    @Test
    void othersAreNotSlowedAndSuccessForgives() {
        for (int i = 0; i < 10; i++) {
            brake.failed("@anna", 0);
        }
        assertThat(brake.waitMillis("@bob", 0)).isZero();
        brake.succeeded("@anna");
        assertThat(brake.waitMillis("@anna", 0)).isZero();
    }

    @Test
    void memoryIsBounded() {
        for (int i = 0; i < 10; i++) {
            brake.failed("first", 0);
        }
        for (int i = 0; i < GuessBrake.REMEMBERED_MAX; i++) {
            brake.failed("10.0.0." + i, 0);
        }
        assertThat(brake.waitMillis("first", 0)).isZero();
    }

    @Test
    void whatFailedLongAgoCountsLessWithEveryHour() {
        for (int i = 0; i < 8; i++) {
            brake.failed("@anna", 0);
        }
        long hour = 3_600_000;
        assertThat(brake.failed("@anna", hour - 1)).isEqualTo(9);
        assertThat(brake.failed("@anna", 2 * hour)).isEqualTo(3);
        assertThat(brake.waitMillis("@anna", 2 * hour)).isZero();
        assertThat(brake.failed("@anna", 100 * hour)).isEqualTo(1);
    }
}

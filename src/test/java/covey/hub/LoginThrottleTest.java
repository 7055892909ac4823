package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoginThrottleTest {
    private final LoginThrottle throttle = new LoginThrottle();

    @Test
    void aFewMistakesCostNothing() {
        for (int i = 1; i < HubLimits.LOGIN_FAILURES_FREE; i++) {
            throttle.failed("@anna", 0);
        }
        assertThat(throttle.waitMillis("@anna", 0)).isZero();
    }

    @Test
    void furtherMistakesWaitTwiceAsLongEachTimeUpToABound() {
        for (int i = 0; i < HubLimits.LOGIN_FAILURES_FREE; i++) {
            throttle.failed("@anna", 0);
        }
        assertThat(throttle.waitMillis("@anna", 0)).isEqualTo(1_000);
        throttle.failed("@anna", 1_000);
        assertThat(throttle.waitMillis("@anna", 1_000)).isEqualTo(2_000);
        for (int i = 0; i < 50; i++) {
            throttle.failed("@anna", 1_000);
        }
        assertThat(throttle.waitMillis("@anna", 1_000)).isEqualTo(HubLimits.LOGIN_WAIT_MILLIS_MAX);
    }

    @Test
    void othersAreNotSlowedAndSuccessForgives() {
        for (int i = 0; i < 10; i++) {
            throttle.failed("@anna", 0);
        }
        assertThat(throttle.waitMillis("@bob", 0)).isZero();
        throttle.succeeded("@anna");
        assertThat(throttle.waitMillis("@anna", 0)).isZero();
    }

    @Test
    void memoryIsBounded() {
        for (int i = 0; i < 10; i++) {
            throttle.failed("first", 0);
        }
        for (int i = 0; i < HubLimits.LOGIN_FAILURES_REMEMBERED_MAX; i++) {
            throttle.failed("10.0.0." + i, 0);
        }
        assertThat(throttle.waitMillis("first", 0)).isZero();
    }
}

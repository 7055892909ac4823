package covey.hub;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Slows down guessing: after {@link HubLimits#LOGIN_FAILURES_FREE} failures of one key (account or source address) each
 * further try has to wait, twice as long every time. Owned by the hub's loop.
 */
final class LoginThrottle {
    private final LinkedHashMap<String, Failures> failures = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
            return size() > HubLimits.LOGIN_FAILURES_REMEMBERED_MAX;
        }
    };

    /** Milliseconds to wait before the next try of this key; 0 = now. */
    long waitMillis(String key, long nowMillis) {
        Failures failed = failures.get(key);
        return failed == null ? 0 : Math.max(0, failed.notBeforeMillis - nowMillis);
    }

    void failed(String key, long nowMillis) {
        Failures before = failures.get(key);
        int count = before == null ? 1 : before.count + 1;
        int doublings = Math.min(count - HubLimits.LOGIN_FAILURES_FREE, 20);
        long wait = doublings < 0
                ? 0
                : Math.min(HubLimits.LOGIN_WAIT_MILLIS_MAX, (long) HubLimits.LOGIN_WAIT_MILLIS_FIRST << doublings);
        failures.put(key, new Failures(count, nowMillis + wait));
    }

    void succeeded(String key) {
        failures.remove(key);
    }

    private record Failures(int count, long notBeforeMillis) {}
}

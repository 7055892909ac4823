package covey.identity;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Slows down guessing: after so many failures of one key (an account, a source address) each further try has to wait,
 * twice as long every time up to a bound. What is counted halves with every hour. Of one thread.
 */
public final class GuessBrake {
    /** Past this the key that failed longest ago is forgotten. */
    static final int REMEMBERED_MAX = 10_000;

    private static final long HALVING_MILLIS = TimeUnit.HOURS.toMillis(1);

    private final int freeFailures;
    private final long firstWaitMillis;
    private final long waitMillisMax;

    private final LinkedHashMap<String, Failures> failures = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    public GuessBrake(int freeFailures, long firstWaitMillis, long waitMillisMax) {
        this.freeFailures = freeFailures;
        this.firstWaitMillis = firstWaitMillis;
        this.waitMillisMax = waitMillisMax;
    }

    /** Milliseconds to wait before the next try of this key; 0 = now. */
    public long waitMillis(String key, long nowMillis) {
        Failures failed = failures.get(key);
        return failed == null ? 0 : Math.max(0, failed.notBeforeMillis - nowMillis);
    }

    /** Returns how many failures count now. */
    public int failed(String key, long nowMillis) {
        Failures before = failures.getOrDefault(key, new Failures(0, nowMillis, nowMillis));
        int halvings = (int) Math.min((nowMillis - before.sinceMillis) / HALVING_MILLIS, Integer.SIZE - 1);
        int count = (before.count >> halvings) + 1;
        int doublings = Math.min(count - freeFailures, 20);
        long wait = doublings < 0 ? 0 : Math.min(waitMillisMax, firstWaitMillis << doublings);
        long since = halvings == 0 ? before.sinceMillis : nowMillis;
        failures.put(key, new Failures(count, since, nowMillis + wait));
        return count;
    }

    public void succeeded(String key) {
        failures.remove(key);
    }

    /** @param sinceMillis when they were halved last */
    private record Failures(int count, long sinceMillis, long notBeforeMillis) {}
}

package covey.hub;

import covey.env.Env;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs password hashing beside the loops, a few at a time: Argon2id is costly in memory by design, and strangers must
 * not be able to multiply that. Any thread.
 */
final class PasswordWorkers {
    private final Env env;
    private final Semaphore atOnce = new Semaphore(HubLimits.PASSWORD_CHECKS_AT_ONCE);
    private final AtomicInteger waiting = new AtomicInteger();

    PasswordWorkers(Env env) {
        this.env = env;
    }

    /** False when too many wait already; the task is then not run. */
    boolean run(Runnable task) {
        if (waiting.incrementAndGet() > HubLimits.PASSWORD_CHECKS_WAITING_MAX) {
            waiting.decrementAndGet();
            return false;
        }
        env.background("password", () -> {
            atOnce.acquireUninterruptibly();
            try {
                task.run();
            } finally {
                atOnce.release();
                waiting.decrementAndGet();
            }
        });
        return true;
    }
}

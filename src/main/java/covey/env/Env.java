package covey.env;

import java.security.SecureRandom;

/** All that is not deterministic. Passed to whoever needs it; the simulator passes its own. */
public interface Env {
    Clock clock();

    /** Source of keys, ids and jitter. The simulator's is seeded. */
    SecureRandom random();

    /** A new loop; the name is seen in logs and thread dumps. */
    Loop newLoop(String name);

    /** Runs a blocking task beside the loops (disk, password hashing, dialling). The simulator runs it at once. */
    void background(String name, Runnable task);

    /** So many random bytes. */
    default byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        random().nextBytes(bytes);
        return bytes;
    }

    /** The machine's own: system clocks, the platform's secure random, virtual threads. */
    static Env system() {
        return SystemEnv.INSTANCE;
    }
}

package covey.env;

import java.security.SecureRandom;

/** The machine's clocks, randomness and threads. */
final class SystemEnv implements Env {
    static final SystemEnv INSTANCE = new SystemEnv();

    private static final Clock CLOCK = new Clock() {
        @Override
        public long wallMillis() {
            return System.currentTimeMillis();
        }

        @Override
        public long monotonicNanos() {
            return System.nanoTime();
        }
    };

    /** Made when first needed: finding a provider costs a short command 15 ms. */
    private static final class Chance {
        static final SecureRandom RANDOM = new SecureRandom();
    }

    private SystemEnv() {}

    @Override
    public Clock clock() {
        return CLOCK;
    }

    @Override
    public SecureRandom random() {
        return Chance.RANDOM;
    }

    @Override
    public Loop newLoop(String name) {
        return new ThreadLoop(name);
    }

    @Override
    public void background(String name, Runnable task) {
        Thread.ofVirtual().name(name).start(task);
    }
}

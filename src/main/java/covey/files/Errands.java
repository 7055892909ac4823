package covey.files;

import covey.env.Clock;
import covey.env.Env;
import covey.env.Loop;
import java.security.SecureRandom;

/**
 * The surroundings of one fetch, which know when it does nothing any more: it was said to have ended, and all that it
 * does beside its loop is done. Any thread; {@code this} guards the count.
 */
final class Errands implements Env {
    private final Env env;
    private final Runnable whenDone;
    private boolean isEnded;
    private int underWay;

    Errands(Env env, Runnable whenDone) {
        this.env = env;
        this.whenDone = whenDone;
    }

    @Override
    public void background(String name, Runnable task) {
        change(1, false);
        env.background(name, () -> {
            try {
                task.run();
            } finally {
                change(-1, false);
            }
        });
    }

    /** The fetch begins nothing new. */
    void ended() {
        change(0, true);
    }

    private void change(int by, boolean ends) {
        boolean isDone;
        synchronized (this) {
            underWay += by;
            isEnded |= ends;
            isDone = isEnded && underWay == 0;
        }
        if (isDone) {
            whenDone.run();
        }
    }

    @Override
    public Clock clock() {
        return env.clock();
    }

    @Override
    public SecureRandom random() {
        return env.random();
    }

    @Override
    public Loop newLoop(String name) {
        return env.newLoop(name);
    }
}

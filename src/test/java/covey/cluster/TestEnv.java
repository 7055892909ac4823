package covey.cluster;

import covey.env.Clock;
import covey.env.Env;
import covey.env.Loop;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Time stands still until a test moves it; loops run on the test's thread. */
final class TestEnv implements Env, Clock {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final SecureRandom random = new SecureRandom();
    private long wallMillis = 1_000_000;
    private long monotonicMillis = 50;
    private long order;

    /** Runs what is due, and what that makes due, until nothing is left. */
    void run() {
        for (Runnable task = next(); task != null; task = next()) {
            task.run();
        }
    }

    /** Lets time pass in steps of a millisecond. */
    void pass(long millis) {
        for (long i = 0; i < millis; i++) {
            wallMillis++;
            monotonicMillis++;
            run();
        }
    }

    void setWall(long millis) {
        wallMillis = millis;
    }

    private @Nullable Runnable next() {
        Timer timer = timers.peek();
        if (timer != null && timer.dueMillis <= monotonicMillis) {
            timers.remove();
            return timer.task;
        }
        return tasks.poll();
    }

    @Override
    public Clock clock() {
        return this;
    }

    @Override
    public long wallMillis() {
        return wallMillis;
    }

    @Override
    public long monotonicNanos() {
        return monotonicMillis * 1_000_000;
    }

    @Override
    public SecureRandom random() {
        return random;
    }

    @Override
    public void background(String name, Runnable task) {
        tasks.add(task);
    }

    @Override
    public Loop newLoop(String name) {
        return new Loop() {
            @Override
            public void execute(Runnable task) {
                tasks.add(task);
            }

            @Override
            public Cancellable schedule(long delayMillis, Runnable task) {
                Timer timer = new Timer(monotonicMillis + delayMillis, order++, task);
                timers.add(timer);
                return () -> timers.remove(timer);
            }

            @Override
            public void atTurnEnd(Runnable action) {
                throw new UnsupportedOperationException("turns are not needed here");
            }

            @Override
            public boolean isCurrent() {
                return true;
            }

            @Override
            public void close() {}
        };
    }

    private record Timer(long dueMillis, long order, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            return dueMillis != other.dueMillis
                    ? Long.compare(dueMillis, other.dueMillis)
                    : Long.compare(order, other.order);
        }
    }
}

package covey.exchange;

import covey.env.Clock;
import covey.env.Env;
import covey.env.Loop;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;

/** The machine's threads, but a clock that a test moves by hand: timers run when it comes to them. */
final class HandClock implements Env {
    private final PriorityQueue<Timer> timers = new PriorityQueue<>(Comparator.comparingLong(Timer::nanos));
    private volatile long nowNanos;

    private record Timer(long nanos, Runnable task) {}

    synchronized boolean hasTimer() {
        return !timers.isEmpty();
    }

    /** As those that hold a cap; who is idle is looked at later. */
    synchronized boolean hasTimerWithin(long millis) {
        return isDueBy(nowNanos + millis * 1_000_000);
    }

    /** Moves on to the next timer, if there is one, and runs it here. */
    void nextTimer() {
        Optional<Timer> first;
        synchronized (this) {
            first = Optional.ofNullable(timers.poll());
            first.ifPresent(timer -> nowNanos = Math.max(nowNanos, timer.nanos));
        }
        first.ifPresent(timer -> timer.task.run());
    }

    /** Moves on by so much, and runs here the timers that it comes to. */
    void pass(long millis) {
        long end = nowNanos + millis * 1_000_000;
        while (isDueBy(end)) {
            nextTimer();
        }
        nowNanos = Math.max(nowNanos, end);
    }

    private synchronized boolean isDueBy(long nanos) {
        Timer first = timers.peek();
        return first != null && first.nanos <= nanos;
    }

    double seconds() {
        return nowNanos / 1e9;
    }

    private synchronized Loop.Cancellable schedule(long delayMillis, Runnable task) {
        Timer timer = new Timer(nowNanos + delayMillis * 1_000_000, task);
        timers.add(timer);
        return () -> {
            synchronized (this) {
                timers.remove(timer);
            }
        };
    }

    @Override
    public Clock clock() {
        return new Clock() {
            @Override
            public long wallMillis() {
                return nowNanos / 1_000_000;
            }

            @Override
            public long monotonicNanos() {
                return nowNanos;
            }
        };
    }

    @Override
    public SecureRandom random() {
        return Env.system().random();
    }

    @Override
    public Loop newLoop(String name) {
        Loop loop = Env.system().newLoop(name);
        return new Loop() {
            @Override
            public void execute(Runnable task) {
                loop.execute(task);
            }

            @Override
            public Cancellable schedule(long delayMillis, Runnable task) {
                return HandClock.this.schedule(delayMillis, task);
            }

            @Override
            public void atTurnEnd(Runnable action) {
                loop.atTurnEnd(action);
            }

            @Override
            public boolean isCurrent() {
                return loop.isCurrent();
            }

            @Override
            public void close() {
                loop.close();
            }
        };
    }

    @Override
    public void background(String name, Runnable task) {
        Env.system().background(name, task);
    }
}

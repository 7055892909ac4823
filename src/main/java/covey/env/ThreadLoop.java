package covey.env;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A loop on one virtual thread. {@code lock} guards queue, timers and closed. */
final class ThreadLoop implements Loop {
    private static final Logger log = LoggerFactory.getLogger(ThreadLoop.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private boolean closed;
    private boolean waiting;
    private long timerOrder;

    private final List<Runnable> turnEnd = new ArrayList<>();
    private final Thread thread;

    ThreadLoop(String name) {
        thread = Thread.ofVirtual().name(name).unstarted(this::run);
        thread.start();
    }

    @Override
    public void execute(Runnable task) {
        lock.lock();
        try {
            if (closed) {
                throw new RejectedExecutionException("loop is closed: " + thread.getName());
            }
            queue.add(task);
            if (waiting) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Cancellable schedule(long delayMillis, Runnable task) {
        lock.lock();
        try {
            if (closed) {
                return () -> {};
            }
            Timer timer = new Timer(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayMillis), timerOrder++, task);
            timers.add(timer);
            if (waiting) {
                changed.signal();
            }
            return () -> cancel(timer);
        } finally {
            lock.unlock();
        }
    }

    private void cancel(Timer timer) {
        lock.lock();
        try {
            timers.remove(timer);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void atTurnEnd(Runnable action) {
        if (!isCurrent()) {
            throw new IllegalStateException(
                    "atTurnEnd: called from " + Thread.currentThread() + " (expected: loop " + thread.getName() + ")");
        }
        turnEnd.add(action);
    }

    @Override
    public boolean isCurrent() {
        return thread.equals(Thread.currentThread());
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            timers.clear();
            changed.signal();
        } finally {
            lock.unlock();
        }
        if (!isCurrent()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        List<Runnable> turn = new ArrayList<>(TURN_TASKS_MAX);
        while (takeTurn(turn)) {
            for (Runnable task : turn) {
                runGuarded(task);
            }
            turn.clear();
            // Actions may register further ones: index loop on purpose.
            for (int i = 0; i < turnEnd.size(); i++) {
                runGuarded(turnEnd.get(i));
            }
            turnEnd.clear();
        }
    }

    /**
     * A failing task must not end the loop: the owner of its state would then be gone without a word. An error (program
     * files replaced, no memory) is told to the thread's handler as well, which may end the process.
     */
    private void runGuarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            log.error("task failed loop={}", thread.getName(), e);
        } catch (Error e) {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }

    /** Waits for work and moves it to {@code turn}; false when closed and empty. */
    private boolean takeTurn(List<Runnable> turn) {
        lock.lock();
        try {
            while (true) {
                long now = System.nanoTime();
                for (Timer head = timers.peek(); head != null && head.dueNanos - now <= 0; head = timers.peek()) {
                    timers.poll();
                    turn.add(head.task);
                }
                while (turn.size() < TURN_TASKS_MAX && !queue.isEmpty()) {
                    turn.add(queue.poll());
                }
                if (!turn.isEmpty()) {
                    return true;
                }
                if (closed) {
                    return false;
                }
                await(timers.peek(), now);
            }
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // takeTurn is the loop
    private void await(@Nullable Timer next, long nowNanos) {
        waiting = true;
        try {
            if (next == null) {
                changed.await();
            } else {
                long nanos = changed.awaitNanos(next.dueNanos - nowNanos);
                assert nanos <= next.dueNanos - nowNanos;
            }
        } catch (InterruptedException e) {
            // Loops are ended by close(), never by interruption: a stray interrupt only wakes the loop.
            log.debug("interrupted loop={}", thread.getName());
        } finally {
            waiting = false;
        }
    }

    private record Timer(long dueNanos, long order, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            long difference = dueNanos - other.dueNanos;
            return difference != 0 ? Long.signum(difference) : Long.compare(order, other.order);
        }
    }
}

package covey.sim;

import covey.env.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/** A loop in virtual time: turns like the real one's, after a small random delay. */
final class SimLoop implements Loop {
    private final SimHost host;
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private final List<Runnable> turnEnd = new ArrayList<>();
    private boolean isTurnPlanned;
    private boolean isRunning;
    private boolean isClosed;

    SimLoop(SimHost host) {
        this.host = host;
    }

    @Override
    public void execute(Runnable task) {
        if (isClosed) {
            throw new RejectedExecutionException("loop is closed");
        }
        queue.add(task);
        planTurn();
    }

    private void planTurn() {
        if (!isTurnPlanned && !isRunning) {
            isTurnPlanned = true;
            host.later(host.turnDelayNanos(), this::turn);
        }
    }

    private void turn() {
        isTurnPlanned = false;
        isRunning = true;
        List<RuntimeException> failures = new ArrayList<>();
        for (int i = 0; i < TURN_TASKS_MAX && !queue.isEmpty(); i++) {
            runGuarded(queue.remove(), failures);
        }
        for (int i = 0; i < turnEnd.size(); i++) {
            runGuarded(turnEnd.get(i), failures);
        }
        turnEnd.clear();
        isRunning = false;
        if (!queue.isEmpty()) {
            planTurn();
        }
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
    }

    /** A failing task ends neither loop nor turn, as with the real one; but whoever lets time pass hears of it. */
    private static void runGuarded(Runnable task, List<RuntimeException> failures) {
        try {
            task.run();
        } catch (RuntimeException e) {
            failures.add(e);
        }
    }

    @Override
    public Cancellable schedule(long delayMillis, Runnable task) {
        SimWorld.Event event = host.later(delayMillis * 1_000_000, () -> {
            if (!isClosed) {
                execute(task);
            }
        });
        return () -> host.world().cancel(event);
    }

    @Override
    public void atTurnEnd(Runnable action) {
        if (!isRunning) {
            throw new IllegalStateException("atTurnEnd: called from outside the loop");
        }
        turnEnd.add(action);
    }

    @Override
    public boolean isCurrent() {
        return isRunning;
    }

    /** Runs what is queued at once: virtual time cannot wait. */
    @Override
    public void close() {
        isClosed = true;
        while (!queue.isEmpty() && !isRunning) {
            turn();
        }
    }
}

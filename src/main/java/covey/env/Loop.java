package covey.env;

import java.util.concurrent.Executor;

/**
 * One owner of state: everything handed to a loop runs one after the other, never at the same time, in order.
 *
 * <p>Tasks are run in <em>turns</em>: a turn takes what is queued (at most {@link #TURN_TASKS_MAX} tasks), runs it, and
 * then runs the actions registered with {@link #atTurnEnd}. That is the place for group commit: change state in tasks,
 * make it durable once at the end of the turn, and only then let the effects (frames, answers) out.
 *
 * <p>The real loop is one virtual thread; the simulator has a deterministic one.
 */
public interface Loop extends Executor {
    /** A turn ends after so many tasks even when more wait, so that effects are not held back for long. */
    int TURN_TASKS_MAX = 512;

    /** Queues a task; never blocks. Throws {@link java.util.concurrent.RejectedExecutionException} after close. */
    @Override
    void execute(Runnable task);

    /** Runs the task on this loop after the delay, unless cancelled before. */
    Cancellable schedule(long delayMillis, Runnable task);

    /** Runs the action once at the end of the current turn, in order of registration. Only from this loop. */
    void atTurnEnd(Runnable action);

    /** True when called from a task of this loop. */
    boolean isCurrent();

    /** Runs what is queued, then ends; later tasks are rejected. Waits for the end unless called from the loop. */
    void close();

    /** A timer that can be called off; idempotent. */
    interface Cancellable {
        void cancel();
    }
}

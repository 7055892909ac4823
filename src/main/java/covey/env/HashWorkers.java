package covey.env;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Threads of the platform for hashing: hashing on virtual threads would hold up everything else that runs on them. As
 * many tasks run at once as were asked for; further callers wait, first come, first served. Any thread.
 */
public final class HashWorkers implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("covey-hash-", 0).daemon().factory());
    private final Semaphore free;
    private final int count;

    public HashWorkers(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("hash workers: " + count + " (expected: >= 1)");
        }
        this.count = count;
        free = new Semaphore(count, true);
    }

    /** One for each core. */
    public static HashWorkers forThisMachine() {
        return new HashWorkers(Runtime.getRuntime().availableProcessors());
    }

    public int count() {
        return count;
    }

    /** Runs the task on a worker and waits for it; what it throws is thrown here. */
    public <T> T call(Supplier<T> task) {
        return call(1, task);
    }

    /** As {@link #call(Supplier)}, for a task that starts a second thread by {@link #beside}. */
    public <T> T callPair(Supplier<T> task) {
        return call(Math.min(2, count), task);
    }

    private <T> T call(int permits, Supplier<T> task) {
        free.acquireUninterruptibly(permits);
        try {
            return await(CompletableFuture.supplyAsync(task, threads));
        } finally {
            free.release(permits);
        }
    }

    public CompletableFuture<Void> beside(Runnable task) {
        return CompletableFuture.runAsync(task, threads);
    }

    /** Waits whatever happens: a task that goes on with buffers of one who left would be worse. */
    public static <T> T await(CompletableFuture<T> task) {
        try {
            return task.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}

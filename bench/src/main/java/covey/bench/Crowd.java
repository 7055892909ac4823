package covey.bench;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;

/**
 * Users of one server, all driven by one thread of this process: the load. What a contender's protocol looks like is
 * the subclass's matter. Every body begins with a tag of eight hexadecimal digits, by which the scenarios know it
 * again.
 */
abstract class Crowd implements AutoCloseable {
    static final int TAG_BYTES = 8;

    /** No step of any scenario takes longer, unless something hangs. */
    private static final int STEP_SECONDS_MAX = 240;

    private static final byte[] HEX = "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    /** Hears of every body that arrives, on the crowd's thread. */
    interface Hearing {
        void heard(int user, int tag);
    }

    final int users;
    /** How many of them take part. */
    private int present;

    private volatile Hearing hearing = (user, tag) -> {};
    private final CompletableFuture<Void> failed = new CompletableFuture<>();

    // Owned by the crowd's thread.
    private Progress opening = new Progress(0, 0, user -> {});
    private Progress entering = new Progress(0, 0, user -> {});
    private volatile Progress informing = new Progress(0, 0, user -> {});

    Crowd(int users) {
        this.users = users;
        this.present = users;
    }

    /** Only so many take part in what comes next. */
    final Crowd some(int count) {
        present = count;
        return this;
    }

    final int present() {
        return present;
    }

    /** Runs the task on the crowd's thread. */
    abstract void run(Runnable task);

    /** Begins to connect, with TLS where there is any; ends with {@link #opened}. */
    abstract void open(int user) throws IOException;

    /** Begins to log in; ends with {@link #entered} and, once this user knows all the others, {@link #informed}. */
    abstract void enter(int user);

    /** Sends a body from one user to another. What is sent in one task leaves together at its end. */
    abstract void say(int from, int to, int tag);

    /** Sends a body to everybody. */
    abstract void announce(int tag);

    /** Size of all bodies from now on; only while nothing is in flight. */
    abstract void bodyBytes(int bytes);

    /** How many users hear an announcement. */
    int audience() {
        return present;
    }

    /** Drops all connections; the same users can be opened again. */
    abstract void leaveAll();

    @Override
    public abstract void close();

    final void hearing(Hearing next) {
        hearing = next;
    }

    final void heard(int user, int tag) {
        hearing.heard(user, tag);
    }

    final void opened(int user) {
        opening.done();
        opening.follow.accept(user);
    }

    final void entered(int user) {
        entering.done();
    }

    final void informed(int user) {
        informing.done();
    }

    final void fail(String why, Throwable cause) {
        failed.completeExceptionally(new IllegalStateException(why, cause));
    }

    /** Connects all, at most so many at a time. */
    final void openAll(int atOnce) {
        await("connect", () -> {
            opening = new Progress(present, atOnce, this::openOrFail);
            opening.begin();
            return opening.all;
        });
    }

    /** Logs all in that were connected before; returns when everybody knows everybody. */
    final void enterAll() {
        await("log in", () -> {
            informing = new Progress(present, 0, user -> {});
            entering = new Progress(present, present, this::enter);
            entering.begin();
            return informing.all;
        });
    }

    /** Connects and logs in, at most so many at a time; returns when everybody knows everybody. */
    final void arriveAll(int atOnce) {
        await("arrive", () -> arrive(atOnce).all);
        await(informing.all, "hear of everybody");
    }

    /** The same, but who is there need not be known yet. */
    final void arriveUninformed(int atOnce) {
        await("arrive", () -> arrive(atOnce).all);
    }

    private Progress arrive(int atOnce) {
        informing = new Progress(present, 0, user -> {});
        entering = new Progress(present, atOnce, this::openOrFail);
        // Whoever is connected logs in; only then the next one is let in.
        opening = new Progress(present, 0, user -> {});
        opening.follow = this::enter;
        entering.begin();
        return entering;
    }

    private void openOrFail(int user) {
        try {
            open(user);
        } catch (IOException e) {
            fail("user " + user + " could not connect", e);
        }
    }

    private interface Step {
        CountDownLatch begin();
    }

    private void await(String what, Step step) {
        CompletableFuture<CountDownLatch> begun = new CompletableFuture<>();
        run(() -> begun.complete(step.begin()));
        try {
            await(begun.get(STEP_SECONDS_MAX, TimeUnit.SECONDS), what);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(what + ": did not begin", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Waits on behalf of a scenario, but not longer than the crowd is well. */
    final void await(CountDownLatch latch, String what) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(STEP_SECONDS_MAX);
        try {
            while (!latch.await(20, TimeUnit.MILLISECONDS)) {
                check();
                if (System.nanoTime() > end) {
                    throw new IllegalStateException(
                            "%s: %d of it missing after %d s".formatted(what, latch.getCount(), STEP_SECONDS_MAX));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Throws when something went wrong on the crowd's thread. */
    final void check() {
        if (failed.isDone()) {
            failed.join();
        }
    }

    static void putTag(byte[] bytes, int at, int tag) {
        for (int i = 0; i < TAG_BYTES; i++) {
            bytes[at + i] = HEX[tag >>> (28 - 4 * i) & 15];
        }
    }

    static int tag(byte[] bytes, int at) {
        int tag = 0;
        for (int i = 0; i < TAG_BYTES; i++) {
            int digit = bytes[at + i];
            tag = tag << 4 | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
        }
        return tag;
    }

    /** A body of that size, its tag still to be put in. */
    static byte[] body(int bytes) {
        byte[] body = new byte[bytes];
        java.util.Arrays.fill(body, (byte) 'x');
        return body;
    }

    /** Users going through one step, a bounded number at a time. */
    private static final class Progress {
        final CountDownLatch all;
        private final int users;
        private final int atOnce;
        private final IntConsumer begin;
        private IntConsumer follow = user -> {};
        private int next;

        Progress(int users, int atOnce, IntConsumer begin) {
            this.users = users;
            this.atOnce = atOnce;
            this.begin = begin;
            this.all = new CountDownLatch(users);
        }

        void begin() {
            while (next < Math.min(users, atOnce)) {
                begin.accept(next++);
            }
        }

        void done() {
            all.countDown();
            if (atOnce > 0 && next < users) {
                begin.accept(next++);
            }
        }
    }
}

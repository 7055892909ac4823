package covey.exchange;

import covey.content.ContentException;
import covey.content.ContentException.Reason;
import covey.env.Env;
import covey.env.HashWorkers;
import covey.transport.BlockBuffer;
import covey.wire.DeviceId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Verifies the blocks of one fetch and keeps them, on as many hash workers as there are; small blocks many at a time,
 * since handing one over costs as much as hashing it. Any thread; {@code this} guards the queue and the counts.
 */
final class Verifier {
    /** One of the largest blocks, or many small ones. */
    private static final int BATCH_BYTES = 1024 * 1024;

    private final Env env;
    private final HashWorkers workers;
    private final Fetch fetch;
    private final ArrayDeque<Filled> queue = new ArrayDeque<>();
    private int running;

    private record Filled(DeviceId source, int block, BlockBuffer buffer) {}

    Verifier(Env env, HashWorkers workers, Fetch fetch) {
        this.env = env;
        this.workers = workers;
        this.fetch = fetch;
    }

    /** The buffer is released here when it was looked at. Never blocks. */
    void add(DeviceId source, int block, BlockBuffer buffer) {
        synchronized (this) {
            queue.add(new Filled(source, block, buffer));
            if (running >= workers.count()) {
                return;
            }
            running++;
        }
        env.background("verify", this::drain);
    }

    private void drain() {
        for (List<Filled> batch = next(); !batch.isEmpty(); batch = next()) {
            List<Filled> some = batch;
            workers.call(() -> {
                some.forEach(this::verify);
                return some.size();
            });
        }
    }

    /** None: the caller ends. */
    private synchronized List<Filled> next() {
        List<Filled> batch = new ArrayList<>();
        for (int bytes = 0; bytes < BATCH_BYTES && !queue.isEmpty(); ) {
            Filled filled = queue.remove();
            bytes += filled.buffer.bytes().capacity();
            batch.add(filled);
        }
        if (batch.isEmpty()) {
            running--;
            notifyAll();
        }
        return batch;
    }

    private void verify(Filled filled) {
        try {
            int bytes = filled.buffer.bytes().capacity();
            boolean isNew =
                    fetch.holding().write(filled.block, filled.buffer.bytes().clear());
            fetch.kept(filled.source, filled.block, bytes, isNew);
        } catch (ContentException e) {
            if (e.reason() == Reason.DAMAGED) {
                fetch.wrong(filled.source, filled.block);
            } else {
                fetch.notKept(e.reason(), String.valueOf(e.getMessage()));
            }
        } catch (RuntimeException e) {
            fetch.notKept(Reason.FAILED, "What was fetched cannot be kept: " + e.getMessage());
        } finally {
            filled.buffer.release();
        }
    }

    /** Until nothing is being written any more. */
    synchronized void awaitIdle() {
        try {
            while (running > 0) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

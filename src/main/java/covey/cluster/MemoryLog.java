package covey.cluster;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A group of one in memory, for tests and the simulator. An entry is <em>written</em> by {@link #submit} and becomes
 * durable, applied and acknowledged together in a task of the executor; between the two a {@link #crash} may lose it.
 * Deterministic when the executor is. Bounded by the test that uses it: every entry is kept.
 *
 * <p>Called from any thread; {@code lock} guards state, entries are applied by the executor's thread.
 */
public final class MemoryLog implements ReplicatedLog {
    private static final String ID = "memory";

    /** As Ratis: more would only wait. */
    private static final int WRITTEN_MAX = 4_096;

    private final Object lock = new Object();
    private final Executor executor;
    private final Machine machine;
    private final List<Entry> durable = new ArrayList<>();
    private final ArrayDeque<Written> written = new ArrayDeque<>();
    private final long term;
    private int unknownApplied;
    private int unknownLost;
    private boolean isBusy;
    private boolean isClosed;
    private boolean isHeld;
    private @Nullable String haltReason;

    /** @param executor applies entries and runs outcomes: a {@code Loop}, or {@code Runnable::run} for at once */
    public MemoryLog(Executor executor, Machine machine) {
        this(executor, machine, List.of(), 1);
    }

    private MemoryLog(Executor executor, Machine machine, List<Entry> entries, long term) {
        this.executor = executor;
        this.machine = machine;
        this.term = term;
        for (Entry entry : entries) {
            durable.add(entry);
            if (durable.size() > machine.appliedIndex()) {
                machine.apply(entry.term(), durable.size(), entry.bytes());
            }
        }
    }

    /** Applies and answers within {@link #submit}. */
    public static MemoryLog direct(Machine machine) {
        return new MemoryLog(Runnable::run, machine);
    }

    @Override
    public void submit(byte[] entry, Outcome outcome) {
        Failure failure = null;
        boolean isApplying = false;
        synchronized (lock) {
            if (isClosed || haltReason != null) {
                failure = Failure.CLOSED;
            } else if (isBusy || written.size() >= WRITTEN_MAX) {
                failure = Failure.BUSY;
            } else {
                written.add(new Written(entry.clone(), outcome));
                isApplying = !isHeld;
            }
        }
        if (failure != null) {
            outcome.failed(failure, failure == Failure.BUSY ? "too many entries are waiting" : "the log is closed");
        } else if (isApplying) {
            executor.execute(this::applyNext);
        }
    }

    private void applyNext() {
        Written next;
        boolean isLost;
        boolean isUnknown;
        long index;
        synchronized (lock) {
            if (isClosed || haltReason != null || written.isEmpty()) {
                return;
            }
            next = written.remove();
            isLost = unknownLost > 0;
            isUnknown = isLost || unknownApplied > 0;
            if (isLost) {
                unknownLost--;
            } else {
                unknownApplied -= isUnknown ? 1 : 0;
                durable.add(new Entry(term, next.entry()));
            }
            index = durable.size();
        }
        byte[] result = isLost ? new byte[0] : apply(index, next);
        if (isUnknown) {
            next.outcome().failed(Failure.UNKNOWN, "the connection to the leader ended");
        } else {
            next.outcome().applied(result);
        }
    }

    private byte[] apply(long index, Written next) {
        try {
            return machine.apply(term, index, next.entry());
        } catch (RuntimeException e) {
            synchronized (lock) {
                haltReason = e.toString();
            }
            throw e;
        }
    }

    @Override
    public void readBarrier(Outcome outcome) {
        executor.execute(() -> {
            if (isOpen()) {
                outcome.applied(new byte[0]);
            } else {
                outcome.failed(Failure.CLOSED, "the log is closed");
            }
        });
    }

    /** The next entries are applied, but whoever submitted them hears UNKNOWN. */
    public void loseOutcomes(int count) {
        synchronized (lock) {
            unknownApplied = count;
        }
    }

    /** The next entries get lost, and whoever submitted them hears UNKNOWN. */
    public void loseEntries(int count) {
        synchronized (lock) {
            unknownLost = count;
        }
    }

    /** While busy, everything submitted is refused. */
    public void busy(boolean busy) {
        synchronized (lock) {
            isBusy = busy;
        }
    }

    /** While held, entries are written but neither durable nor applied: a slow disk. */
    public void hold(boolean hold) {
        int waiting;
        synchronized (lock) {
            isHeld = hold;
            waiting = hold ? 0 : written.size();
        }
        for (int i = 0; i < waiting; i++) {
            executor.execute(this::applyNext);
        }
    }

    /**
     * kill -9: this log falls silent, nobody hears of what was not acknowledged, and the returned one begins with the
     * durable entries applied to a machine that may be new or hold a part of them.
     *
     * @param keepWritten how many of the entries not yet acknowledged reached the disk all the same
     */
    public MemoryLog crash(int keepWritten, Executor nextExecutor, Machine nextMachine) {
        List<Entry> entries;
        long nextTerm;
        synchronized (lock) {
            isClosed = true;
            entries = new ArrayList<>(durable);
            written.stream().limit(keepWritten).forEach(next -> entries.add(new Entry(term, next.entry())));
            written.clear();
            nextTerm = term + 1;
        }
        return new MemoryLog(nextExecutor, nextMachine, entries, nextTerm);
    }

    /** Entries written and not yet acknowledged. */
    public int writtenCount() {
        synchronized (lock) {
            return written.size();
        }
    }

    @Override
    public List<Member> members() {
        return List.of(new Member(ID, "", 0, true));
    }

    @Override
    public Status status() {
        synchronized (lock) {
            return new Status(!isClosed && haltReason == null, ID, term, durable.size());
        }
    }

    private boolean isOpen() {
        synchronized (lock) {
            return !isClosed && haltReason == null;
        }
    }

    /** What was submitted and not applied is answered CLOSED. */
    @Override
    public void close() {
        List<Written> unanswered;
        synchronized (lock) {
            isClosed = true;
            unanswered = List.copyOf(written);
            written.clear();
        }
        unanswered.forEach(next -> next.outcome().failed(Failure.CLOSED, "the log is closed"));
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Entry(long term, byte[] bytes) {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Written(byte[] entry, Outcome outcome) {}
}

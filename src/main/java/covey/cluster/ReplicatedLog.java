package covey.cluster;

import java.util.List;

/**
 * The totally ordered, durable log of the hub's commands (DESIGN decision 5). One hub is a group of one.
 *
 * <p>Adapters: Ratis ({@code RatisLog}) and in memory ({@code MemoryLog}, tests and simulator). Whoever submits hears
 * of the outcome on a thread of the log; it must not block there.
 */
public interface ReplicatedLog extends AutoCloseable {
    /**
     * Appends one entry; never blocks for long. The outcome arrives once: with the result of
     * {@link Machine#apply} after the entry is fsynced on a majority, or with a failure. A failure of
     * kind {@link Failure#UNKNOWN} may still be applied later: submit again with the same command identities.
     */
    void submit(byte[] entry, Outcome outcome);

    /** Calls back once everything acknowledged before this call is applied here (linearizable read). */
    void readBarrier(Outcome outcome);

    List<Member> members();

    /** This node's role and the leader as it knows it. */
    Status status();

    @Override
    void close();

    /** The deterministic state machine under the log. Called by one thread, in order. */
    interface Machine {
        /**
         * Applies one entry. Deterministic: no clock, no randomness, no I/O but the store. Throws only when the
         * process must halt (store failure, unknown version).
         */
        byte[] apply(long term, long index, byte[] entry);

        /** Index of the last applied entry that the state contains; 0 = none. */
        long appliedIndex();

        /** Term of {@link #appliedIndex()}. */
        long appliedTerm();

        /** Writes a consistent checkpoint of the state into the folder, which does not exist yet. */
        void checkpoint(java.nio.file.Path folder);

        /** Replaces the state by a checkpoint (start, or a snapshot from another hub); may be called again later. */
        void restore(java.nio.file.Path folder);
    }

    /** Hears of one submission. Exactly one of the two is called, once. */
    interface Outcome {
        void applied(byte[] result);

        void failed(Failure failure, String why);
    }

    /** Why an entry did not go through. */
    enum Failure {
        /** Another member leads; try there. */
        NOT_LEADER,
        /** Too much is in flight; try later. */
        BUSY,
        /** It may or may not be applied. */
        UNKNOWN,
        /** The log is closed or halted. */
        CLOSED
    }

    /** One hub of the group. */
    record Member(String id, String address, int priority, boolean isVoter) {}

    /** A view of the group from here. */
    record Status(boolean isLeader, String leader, long term, long appliedIndex) {}
}

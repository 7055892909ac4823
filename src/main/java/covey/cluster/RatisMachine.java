package covey.cluster;

import covey.cluster.Checkpoints.Checkpoint;
import covey.cluster.RatisSettings.Replay;
import covey.env.Clock;
import covey.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ratis' view of the {@link ReplicatedLog.Machine}. Everything but {@link #getLatestSnapshot} runs on the apply thread.
 * What goes wrong here is told to the listener, and nothing behind a failed entry is applied.
 */
final class RatisMachine extends BaseStateMachine {
    private static final Logger log = LoggerFactory.getLogger(RatisMachine.class);

    private final ReplicatedLog.Machine machine;
    private final Checkpoints checkpoints;
    private final AppliedMark mark;
    private final Replay replay;
    private final Clock clock;
    private final Listener listener;

    private volatile @Nullable SnapshotInfo latest;
    private volatile boolean hasFailed;
    private long bytesSince;
    private long entriesSince;
    private long nanosSince;
    private volatile boolean isCheckpointDue;

    /** Hears of what others must know. Must not block. */
    interface Listener {
        /** Everything is replayed, and this member leads. */
        void leading();

        /** Ratis should be asked to call {@link #takeSnapshot}; {@code whenDone} says that it was, or will not be. */
        void checkpointDue(Runnable whenDone);

        /** Nothing more will be applied. */
        void failed(Throwable failure);
    }

    /** @param start what the machine was restored from */
    RatisMachine(
            ReplicatedLog.Machine machine,
            Checkpoints checkpoints,
            Optional<Checkpoint> start,
            AppliedMark mark,
            Replay replay,
            Clock clock,
            Listener listener) {
        this.machine = machine;
        this.checkpoints = checkpoints;
        this.mark = mark;
        this.replay = replay;
        this.clock = clock;
        this.listener = listener;
        start.ifPresent(this::startFrom);
    }

    private void startFrom(Checkpoint checkpoint) {
        latest = info(checkpoint);
        setLastAppliedTermIndex(TermIndex.valueOf(checkpoint.term(), checkpoint.index()));
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage) throws IOException {
        getLifeCycle().startAndTransition(() -> super.initialize(server, group, storage), StoreException.class);
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        byte[] command = entry.getStateMachineLogEntry().getLogData().toByteArray();
        byte[] result;
        try {
            result = guarded(() -> apply(entry, command));
        } catch (RuntimeException | Error e) {
            // Not thrown: whoever closes the log between a throw and the catch of Ratis' updater makes that wait, in a
            // busy loop and for ever, for an entry that nobody applies any more; and is waited for.
            return CompletableFuture.failedFuture(e);
        }
        bytesSince += command.length;
        entriesSince++;
        if (!isCheckpointDue
                && (nanosSince / 1_000_000 >= replay.applyMillis()
                        || bytesSince >= replay.bytes()
                        || entriesSince >= replay.entries())) {
            isCheckpointDue = true;
            listener.checkpointDue(() -> isCheckpointDue = false);
        }
        return CompletableFuture.completedFuture(Message.valueOf(UnsafeByteOperations.unsafeWrap(result)));
    }

    private byte[] apply(LogEntryProto entry, byte[] command) throws IOException {
        long startNanos = clock.monotonicNanos();
        byte[] applied = machine.apply(entry.getTerm(), entry.getIndex(), command);
        updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
        mark.write(entry.getIndex());
        nanosSince += clock.monotonicNanos() - startNanos;
        return applied;
    }

    /** Returns up to where the log may be purged: the older of the checkpoints kept, else it would be of no use. */
    @Override
    public long takeSnapshot() {
        TermIndex applied = getLastAppliedTermIndex();
        SnapshotInfo before = latest;
        bytesSince = 0;
        entriesSince = 0;
        nanosSince = 0;
        if (hasFailed || (before != null && before.getIndex() >= applied.getIndex())) {
            return RaftLog.INVALID_LOG_INDEX;
        }
        long startNanos = clock.monotonicNanos();
        try {
            latest = info(checkpoints.take(applied.getTerm(), applied.getIndex(), machine::checkpoint));
        } catch (StoreException e) {
            // The log still holds everything: the next one may succeed, and a full disk stops the log itself.
            log.warn("checkpoint: none taken index={} why={}", applied.getIndex(), e.getMessage());
            return RaftLog.INVALID_LOG_INDEX;
        }
        log.debug(
                "checkpoint: taken index={} millis={}",
                applied.getIndex(),
                (clock.monotonicNanos() - startNanos) / 1_000_000);
        return before == null ? RaftLog.INVALID_LOG_INDEX : before.getIndex();
    }

    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        return latest;
    }

    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    /** A snapshot from another member has replaced the checkpoints. */
    @Override
    public void reinitialize() {
        guarded(() -> {
            Checkpoint checkpoint = checkpoints
                    .newestGood()
                    .orElseThrow(() -> new IOException("the snapshot that was fetched holds no checkpoint"));
            machine.restore(checkpoint.state());
            startFrom(checkpoint);
            return new byte[0];
        });
        getLifeCycle().transition(LifeCycle.State.STARTING);
        getLifeCycle().transition(LifeCycle.State.RUNNING);
    }

    @Override
    public void notifyLeaderReady() {
        listener.leading();
    }

    @Override
    public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
        hasFailed = true;
        listener.failed(cause);
    }

    @Override
    public void notifyServerShutdown(RoleInfoProto role, boolean isWholeServer) {
        listener.failed(new IOException("Ratis has closed itself"));
    }

    /** Answers the read barrier: that it is asked at all is the answer. */
    @Override
    public CompletableFuture<Message> query(Message request) {
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return new StateMachineStorage() {
            @Override
            public void init(RaftStorage storage) {}

            @Override
            public @Nullable SnapshotInfo getLatestSnapshot() {
                return latest;
            }

            @Override
            public void format() {}

            @Override
            public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) {
                // Checkpoints keeps as many as it needs.
            }
        };
    }

    private byte[] guarded(Step step) {
        if (hasFailed) {
            throw new IllegalStateException("halted: nothing behind a failed entry is applied");
        }
        try {
            return step.run();
        } catch (IOException e) {
            hasFailed = true;
            listener.failed(e);
            throw new IllegalStateException("halted", e);
        } catch (RuntimeException | Error e) {
            hasFailed = true;
            listener.failed(e);
            throw e;
        }
    }

    /** Ratis may send these files to another member; without digests it computes them then. */
    private SnapshotInfo info(Checkpoint checkpoint) {
        List<FileInfo> files = new ArrayList<>();
        try (Stream<Path> paths = Files.walk(checkpoint.folder())) {
            paths.filter(path -> Files.isRegularFile(path) && !path.toString().endsWith(".md5"))
                    .sorted()
                    .forEach(path -> files.add(new FileInfo(path, null)));
        } catch (IOException e) {
            throw new StoreException(
                    "The checkpoint " + checkpoint.folder() + " could not be read: " + e,
                    e,
                    StoreException.Reason.FAILED);
        }
        return new FileListSnapshotInfo(files, checkpoint.term(), checkpoint.index());
    }

    /** A step that must not be survived when it fails. */
    private interface Step {
        byte[] run() throws IOException;
    }
}

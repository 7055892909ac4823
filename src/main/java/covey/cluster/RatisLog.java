package covey.cluster;

import covey.cluster.Checkpoints.Checkpoint;
import covey.env.Env;
import covey.store.StoreException;
import covey.store.StoreException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.exceptions.AlreadyClosedException;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.JavaUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log by Apache Ratis, in this process. A group of one opens no port.
 *
 * <p>Opening checks every checkpoint and record before it lets Ratis at them, restores the machine from the newest
 * whole checkpoint and replays the rest. From then on the first error of the disk or of the machine halts: nothing more
 * is acknowledged, and {@code onHalt} is told why, once, so that the process ends. There is no retry: after a failed
 * fsync nobody knows what is on the disk.
 *
 * <p>Any thread may submit. Outcomes arrive on Ratis' apply thread.
 */
public final class RatisLog implements ReplicatedLog {
    private static final Logger log = LoggerFactory.getLogger(RatisLog.class);

    /** One group per network; other networks' hubs are kept out by the boundary. */
    private static final RaftGroupId GROUP =
            RaftGroupId.valueOf(UUID.nameUUIDFromBytes("covey-hub-state".getBytes(StandardCharsets.UTF_8)));

    /** Replaying takes seconds; more means that something is wrong. */
    private static final long START_MILLIS_MAX = 60_000;

    private static final long CHECKPOINT_MILLIS_MAX = 600_000;

    /** Every start begins a segment: a hub that is often restarted gets a checkpoint so that they can go. */
    static final int SEGMENTS_MAX = 4;

    private final Env env;
    private final Consumer<String> onHalt;
    private final RatisTrouble trouble;
    private final AppliedMark mark;
    private final RaftServer server;
    private final ClientId client = ClientId.randomId();
    private final AtomicLong calls = new AtomicLong(1);
    private final ConcurrentLinkedQueue<Long> answeredCalls = new ConcurrentLinkedQueue<>();
    private final Set<Submission> outstanding = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable StoreException> halted = new AtomicReference<>();
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final CountDownLatch ready = new CountDownLatch(1);

    /**
     * Opens the log and, alone, waits until everything is replayed and this node leads. {@code machine} must be empty.
     *
     * @param onHalt hears, on a thread of its own, why the process must end
     * @throws StoreException damaged log or checkpoints (it names the file), a full disk, a folder in use
     */
    public static RatisLog open(RatisSettings settings, Machine machine, Env env, Consumer<String> onHalt) {
        long startMillis = env.clock().monotonicMillis();
        AppliedMark mark = AppliedMark.open(settings.folder());
        RatisLog opened;
        try {
            opened = new RatisLog(settings, machine, env, onHalt, mark);
        } catch (RuntimeException e) {
            mark.close();
            throw e;
        }
        try {
            opened.start(settings);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
        log.info(
                "log: open millis={} applied={}",
                env.clock().monotonicMillis() - startMillis,
                opened.status().appliedIndex());
        return opened;
    }

    private RatisLog(RatisSettings settings, Machine machine, Env env, Consumer<String> onHalt, AppliedMark mark) {
        this.env = env;
        this.onHalt = onHalt;
        this.mark = mark;
        trouble = new RatisTrouble(settings.folder());
        Path group = settings.folder().resolve(GROUP.getUuid().toString());
        Checkpoints checkpoints = new Checkpoints(group.resolve("sm"));
        Optional<Checkpoint> newest = checkpoints.newestGood();
        long checkpoint = newest.map(Checkpoint::index).orElse(-1L);
        LogInspection.Content content;
        try {
            content = LogInspection.inspect(group.resolve("current"), mark.read(), checkpoint);
        } catch (StoreException e) {
            throw checkpoints.trouble().orElse(e);
        }
        checkpoints.setDamagedAside();
        log.info(
                "log: opening folder={} checkpoint={} entries={}..{}",
                settings.folder(),
                checkpoint,
                content.firstIndex(),
                content.lastIndex());
        if (newest.isPresent()) {
            machine.restore(newest.get().state());
        } else if (machine.appliedIndex() != 0) {
            throw new IllegalArgumentException(
                    "machine: holds entry " + machine.appliedIndex() + " (expected: empty, the log fills it)");
        }
        RatisMachine adapter = new RatisMachine(
                machine, checkpoints, newest, mark, settings.replay(), env.clock(), new Events(content.segments()));
        try {
            server = RaftServer.newBuilder()
                    .setServerId(RaftPeerId.valueOf(settings.id()))
                    .setGroup(group(settings))
                    .setProperties(RatisProperties.of(settings))
                    .setParameters(RatisProperties.parameters(settings.boundary()))
                    .setOption(RaftStorage.StartupOption.RECOVER)
                    .setStateMachine(adapter)
                    .build();
        } catch (IOException e) {
            throw trouble.atStart(e);
        }
    }

    private static RaftGroup group(RatisSettings settings) {
        List<RaftPeer> peers = new ArrayList<>();
        for (Member member : settings.members()) {
            peers.add(peer(member.id(), member.address(), member.priority()));
        }
        if (peers.isEmpty()) {
            peers.add(peer(settings.id(), "localhost:0", settings.priority()));
        }
        return RaftGroup.valueOf(GROUP, peers);
    }

    private static RaftPeer peer(String id, String address, int priority) {
        return RaftPeer.newBuilder()
                .setId(id)
                .setAddress(address)
                .setPriority(priority)
                .build();
    }

    private void start(RatisSettings settings) {
        try {
            server.start();
            if (!settings.isAlone() || ready.await(START_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
                throwIfHalted();
                return;
            }
        } catch (IOException e) {
            throwIfHalted();
            throw trouble.atStart(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("The start of the log was interrupted.", e, Reason.FAILED);
        }
        throw new StoreException(
                "The log in " + settings.folder() + " did not become ready within " + START_MILLIS_MAX / 1_000
                        + " s; was the hub's key changed?",
                Reason.FAILED);
    }

    private void throwIfHalted() {
        StoreException why = halted.get();
        if (why != null) {
            throw why;
        }
    }

    /** The entry is not copied: it must not change any more. */
    @Override
    public void submit(byte[] entry, Outcome outcome) {
        if (entry.length > RatisProperties.COMMAND_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "entry: " + entry.length + " bytes (expected: <= " + RatisProperties.COMMAND_BYTES_MAX + ")");
        }
        request(Message.valueOf(UnsafeByteOperations.unsafeWrap(entry)), RaftClientRequest.writeRequestType(), outcome);
    }

    @Override
    public void readBarrier(Outcome outcome) {
        request(Message.EMPTY, RaftClientRequest.readRequestType(), outcome);
    }

    private void request(Message message, RaftClientRequest.Type type, Outcome outcome) {
        Submission submission = new Submission(outcome, calls.getAndIncrement());
        outstanding.add(submission);
        if (isClosed.get() || halted.get() != null) {
            submission.fail(Failure.CLOSED, closedReason());
            return;
        }
        try {
            RaftServer.Division division = server.getDivision(GROUP);
            RaftClientRequest request = RaftClientRequest.newBuilder()
                    .setClientId(client)
                    .setServerId(division.getId())
                    .setGroupId(GROUP)
                    .setCallId(submission.call)
                    .setRepliedCallIds(takeAnswered())
                    .setMessage(message)
                    .setType(type)
                    .build();
            // The server itself would hand over to a thread of a pool and wait for that: the division does not.
            CompletableFuture<RaftClientReply> reply =
                    ((RaftClientAsynchronousProtocol) division).submitClientRequestAsync(request);
            boolean isImmediate = reply.isDone();
            CompletableFuture<?> _ =
                    reply.whenComplete((answer, failure) -> submission.complete(answer, failure, isImmediate));
        } catch (IOException | RuntimeException e) {
            submission.complete(null, e, true);
        }
    }

    /** Ratis remembers answers for clients that ask twice; we never do, so it may forget these. */
    private List<Long> takeAnswered() {
        List<Long> answered = new ArrayList<>();
        for (Long call = answeredCalls.poll(); call != null; call = answeredCalls.poll()) {
            answered.add(call);
        }
        return answered;
    }

    private String closedReason() {
        StoreException why = halted.get();
        return why == null ? "the log is closed" : String.valueOf(why.getMessage());
    }

    @Override
    public List<Member> members() {
        List<Member> members = new ArrayList<>();
        division()
                .ifPresent(division -> division.getRaftConf()
                        .getCurrentPeers()
                        .forEach(peer -> members.add(
                                new Member(peer.getId().toString(), peer.getAddress(), peer.getPriority(), true))));
        return members;
    }

    @Override
    public Status status() {
        return division()
                .map(division -> new Status(
                        division.getInfo().isLeaderReady() && halted.get() == null,
                        Optional.ofNullable(division.getInfo().getLeaderId())
                                .map(RaftPeerId::toString)
                                .orElse(""),
                        division.getInfo().getCurrentTerm(),
                        division.getInfo().getLastAppliedIndex()))
                .orElse(new Status(false, "", 0, 0));
    }

    private Optional<RaftServer.Division> division() {
        try {
            return isClosed.get() ? Optional.empty() : Optional.of(server.getDivision(GROUP));
        } catch (IOException e) {
            log.debug("division not there", e);
            return Optional.empty();
        }
    }

    /** What was not answered is answered CLOSED; it may be applied at the next start. */
    @Override
    public void close() {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        try {
            server.close();
        } catch (IOException e) {
            log.warn("log: closing failed why={}", e.toString());
        } finally {
            failOutstanding();
            mark.close();
        }
    }

    private void failOutstanding() {
        List.copyOf(outstanding).forEach(submission -> submission.fail(Failure.CLOSED, closedReason()));
    }

    /** What the machine's adapter tells. On Ratis' threads. */
    private final class Events implements RatisMachine.Listener {
        private final int segmentsAtStart;

        Events(int segmentsAtStart) {
            this.segmentsAtStart = segmentsAtStart;
        }

        @Override
        public void leading() {
            ready.countDown();
            log.info("log: leading");
            if (segmentsAtStart > SEGMENTS_MAX) {
                askForCheckpoint(() -> {});
            }
        }

        @Override
        public void checkpointDue(Runnable whenDone) {
            askForCheckpoint(whenDone);
        }

        private void askForCheckpoint(Runnable whenDone) {
            SnapshotManagementRequest request = SnapshotManagementRequest.newCreate(
                    client, server.getId(), GROUP, calls.getAndIncrement(), CHECKPOINT_MILLIS_MAX, 1);
            CompletableFuture<?> _ =
                    server.snapshotManagementAsync(request).whenComplete((reply, failure) -> whenDone.run());
        }

        @Override
        public void failed(Throwable failure) {
            if (isClosed.get()) {
                return;
            }
            StoreException why = trouble.whileRunning(failure);
            if (halted.compareAndSet(null, why)) {
                log.error("log: halted why={}", why.getMessage(), failure);
                ready.countDown();
                failOutstanding();
                env.background("halt", () -> onHalt.accept(String.valueOf(why.getMessage())));
            }
        }
    }

    /** One request on its way; told its outcome once. */
    private final class Submission {
        private final Outcome outcome;
        private final long call;
        private final AtomicBoolean isDone = new AtomicBoolean();

        Submission(Outcome outcome, long call) {
            this.outcome = outcome;
            this.call = call;
        }

        void complete(@Nullable RaftClientReply reply, @Nullable Throwable failure, boolean isImmediate) {
            answeredCalls.add(call);
            if (reply != null && reply.isSuccess()) {
                if (end()) {
                    outcome.applied(reply.getMessage().getContent().toByteArray());
                }
                return;
            }
            Throwable cause = failure != null
                    ? JavaUtils.unwrapCompletionException(failure)
                    : reply != null && reply.getException() != null
                            ? reply.getException()
                            : new IOException("no answer");
            fail(kind(cause, isImmediate), String.valueOf(cause.getMessage()));
        }

        void fail(Failure failure, String why) {
            if (end()) {
                outcome.failed(failure, why);
            }
        }

        private boolean end() {
            outstanding.remove(this);
            return isDone.compareAndSet(false, true);
        }

        /** Once appended, an entry may still be applied under another leader, whatever this one says. */
        private Failure kind(Throwable cause, boolean isImmediate) {
            return switch (cause) {
                case ResourceUnavailableException e -> Failure.BUSY;
                case AlreadyClosedException e -> Failure.CLOSED;
                case NotLeaderException e when isImmediate -> Failure.NOT_LEADER;
                case LeaderNotReadyException e when isImmediate -> Failure.NOT_LEADER;
                case LeaderNotReadyException e -> Failure.UNKNOWN;
                case ServerNotReadyException e -> Failure.CLOSED;
                case LeaderSteppingDownException e when isImmediate -> Failure.NOT_LEADER;
                default -> Failure.UNKNOWN;
            };
        }
    }
}

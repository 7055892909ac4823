package covey.hub;

import com.google.protobuf.ByteString;
import covey.catalog.Tickets;
import covey.cluster.CommandBatcher;
import covey.cluster.ReplicatedLog;
import covey.directory.DirectoryQueries;
import covey.directory.Heads;
import covey.env.Env;
import covey.env.Loop;
import covey.identity.DeviceKeys;
import covey.identity.Rosters;
import covey.search.Catalog;
import covey.swarm.Tracker;
import covey.transport.Connection;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.HubStatus;
import covey.wire.proto.RosterProof;
import covey.wire.proto.Tick;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One hub: sessions, presence and pushes around the replicated state.
 *
 * <p>Soft state is owned by {@link #loop}; {@link #open} is also read by I/O threads, for relaying. What must survive
 * goes through the replicated log as a command. Start with {@link #acceptor}.
 */
public final class HubNode implements AutoCloseable {
    static final Logger log = LoggerFactory.getLogger(HubNode.class);

    /** At start the log may have to elect itself first. */
    private static final int OWN_COMMAND_SECONDS_MAX = 30;

    private static final String STOPPING = "the hub is shutting down; it may be back soon";

    final Env env;
    final HubSettings settings;
    final RosterProof roster;
    private final ByteString networkId;
    final ReplicatedLog replicatedLog;
    final HubState state;
    final Loop loop;
    final long startedMillis;

    /** Devices with an open session here. */
    final ConcurrentHashMap<DeviceId, HubSession> open = new ConcurrentHashMap<>();

    private final Set<HubSession> all = new HashSet<>();
    /** One for a device; on the loop. */
    final Map<DeviceId, BulkSession> bulk = new HashMap<>();

    final Unopened unopened = new Unopened();
    final Presence presence = new Presence();
    final Tracker tracker;
    final Relay relay;
    final Heads heads;
    final Commands commands;
    final Pusher pusher;
    final Front front;
    final Questions questions;
    final Catalog catalog;
    private final CommandBatcher batcher;

    private boolean isBroadcastPlanned;
    private boolean isHeadChanged;
    private boolean isClosing;
    private final Set<DeviceId> mailFor = new HashSet<>();
    private final Map<ByteString, Long> roomsGrown = new HashMap<>();

    /** @param searchIndex where the search index is kept; empty = in memory */
    public HubNode(
            Env env,
            HubSettings settings,
            DeviceKeys keys,
            RosterProof roster,
            ReplicatedLog replicatedLog,
            CommandBatcher batcher,
            HubState state,
            Optional<Path> searchIndex) {
        this.env = env;
        this.settings = settings;
        this.roster = roster;
        this.replicatedLog = replicatedLog;
        this.batcher = batcher;
        this.state = state;
        this.loop = env.newLoop("hub");
        this.startedMillis = env.clock().wallMillis();
        Rosters.Trusted trusted = Rosters.verify(roster, new byte[0]);
        this.networkId = ByteString.copyFrom(trusted.networkId());
        this.tracker = new Tracker(env.random());
        this.heads = new Heads(env, keys, trusted, state::view, state::directoryRoot);
        PasswordWorkers workers = new PasswordWorkers(env);
        this.relay = new Relay(open, state);
        this.commands = new Commands(this, batcher, workers);
        this.pusher = new Pusher(this);
        this.catalog = new Catalog(env, state, new Tickets(env, keys, trusted), searchIndex);
        this.questions = new Questions(this);
        this.front = new Front(this, new Admission(this, workers));
        state.listener((index, effects) -> {
            catalog.changed();
            onLoop(() -> applied(effects));
        });
        loop.schedule(HubLimits.SWEEP_MILLIS, this::sweep);
        loop.schedule(HubLimits.TICK_MILLIS, this::tick);
    }

    /** Give this to {@link Transport#listen} for {@link Protocol#HUB} and {@link Protocol#HUB_BULK}. */
    public Transport.Acceptor acceptor() {
        return this::accepted;
    }

    private void accepted(Connection connection) {
        if (connection.protocol() == Protocol.HUB_BULK) {
            BulkSession session = new BulkSession(this, connection);
            onLoop(() -> begun(session, connection));
            connection.receiver(session);
            return;
        }
        HubSession session = new HubSession(this, connection, env.clock().monotonicMillis());
        onLoop(() -> {
            if (isClosing) {
                session.close(GoodbyeReason.SHUTTING_DOWN, STOPPING);
            } else if (connection.isOpen()) {
                all.add(session);
                unopened.add(session);
            }
        });
        connection.receiver(session);
    }

    private void begun(BulkSession session, Connection connection) {
        DeviceId device = connection.device();
        if (isClosing || !connection.isOpen()) {
            session.close(GoodbyeReason.SHUTTING_DOWN, STOPPING);
        } else if (!state.view().isActive(device)) {
            session.close(GoodbyeReason.REVOKED, DirectoryQueries.whyGone(state.view(), device));
        } else {
            Optional.ofNullable(bulk.put(device, session))
                    .ifPresent(old -> old.close(GoodbyeReason.REPLACED, "the same device opened a newer connection"));
        }
    }

    public ByteString networkId() {
        return networkId;
    }

    /** Submits a command of the hub itself; the result comes on a thread of the log once it is durable. */
    public void own(Command command, Consumer<CommandResult> done) {
        commands.own(command, done);
    }

    /** Submits a command of the hub itself and waits until it is durable; throws with the state's sentence. */
    public CommandResult submitOwn(Command command) {
        CompletableFuture<CommandResult> done = new CompletableFuture<>();
        commands.own(command, done::complete);
        try {
            CommandResult result = done.get(OWN_COMMAND_SECONDS_MAX, TimeUnit.SECONDS);
            HubBootstrap.requireDone(result);
            return result;
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the hub's log did not take a command of its own", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the hub's log took a command", e);
        }
    }

    /** A snapshot for status screens and metrics; any thread. */
    public HubStatus status() {
        return questions.status();
    }

    void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("task after close dropped");
        }
    }

    /** What one log entry changed; collected, so that a burst of entries costs one round over the sessions. */
    private void applied(Effects effects) {
        boolean isFirst = mailFor.isEmpty() && roomsGrown.isEmpty();
        mailFor.addAll(effects.mailFor());
        effects.roomsGrown().forEach((room, last) -> roomsGrown.merge(room, last, Math::max));
        if (isFirst && !(mailFor.isEmpty() && roomsGrown.isEmpty())) {
            loop.atTurnEnd(this::pushGrown);
        }
        for (DeviceId device : effects.revoked()) {
            HubSession session = open.get(device);
            String why = DirectoryQueries.whyGone(state.view(), device);
            if (session != null) {
                log.info("cut revoked device={} account={}", device, session.account);
                session.revoke(why);
            }
            Optional.ofNullable(bulk.get(device)).ifPresent(names -> names.close(GoodbyeReason.REVOKED, why));
        }
        if (effects.directoryGrew()) {
            isHeadChanged = true;
            planBroadcast();
        }
        if (!effects.roomsChanged().isEmpty()) {
            pusher.membershipChanged();
        }
    }

    private void pushGrown() {
        Set<DeviceId> mail = Set.copyOf(mailFor);
        Map<ByteString, Long> rooms = Map.copyOf(roomsGrown);
        mailFor.clear();
        roomsGrown.clear();
        pusher.mailGrown(mail);
        rooms.forEach(pusher::roomGrown);
    }

    /** The connection ended, for whatever reason; told once. */
    void ended(HubSession session, Goodbye reason) {
        boolean wasOpen = session.stage == HubSession.Stage.OPEN;
        session.stage = HubSession.Stage.CLOSED;
        all.remove(session);
        unopened.remove(session);
        if (wasOpen && open.remove(session.device(), session)) {
            presence.set(
                    session.device(), (int) session.index, false, env.clock().wallMillis());
            tracker.gone(session.device());
            planBroadcast();
            log.debug(
                    "session ended account={} device={} why={}", session.account, session.device(), reason.getReason());
        }
    }

    /** A newer session of the same device took this one's place. */
    void replaced(HubSession old) {
        old.stage = HubSession.Stage.CLOSED;
        old.close(GoodbyeReason.REPLACED, "the same device opened a newer session");
    }

    /** Presence and heads are told together, a moment after the first change. */
    void planBroadcast() {
        if (!isBroadcastPlanned) {
            isBroadcastPlanned = true;
            loop.schedule(HubLimits.PRESENCE_BATCH_MILLIS, this::broadcast);
        }
    }

    private void broadcast() {
        isBroadcastPlanned = false;
        presence.takeDeltas(env.clock().wallMillis()).forEach(delta -> toAll(Frame.of(FrameType.PRESENCE, delta)));
        if (isHeadChanged) {
            isHeadChanged = false;
            toAll(Frame.of(FrameType.DIRECTORY_HEAD, heads.current()));
        }
    }

    private void toAll(Frame frame) {
        for (HubSession session : open.values()) {
            session.connection.send(frame);
        }
    }

    private void sweep() {
        // First, so that no failure below ends it.
        loop.schedule(HubLimits.SWEEP_MILLIS, this::sweep);
        long now = env.clock().monotonicMillis();
        for (HubSession session : List.copyOf(all)) {
            boolean isOpen = session.stage == HubSession.Stage.OPEN;
            if (isOpen && now - session.lastHeardNanos / 1_000_000 > HubLimits.SILENT_MILLIS_MAX) {
                session.close(
                        GoodbyeReason.CLOSING, "nothing was heard for " + HubLimits.SILENT_MILLIS_MAX / 1000 + " s");
            }
        }
        bulk.values().stream()
                .filter(session -> session.isIdle(now))
                .forEach(session -> session.close(
                        GoodbyeReason.CLOSING, "nothing came for " + HubLimits.BULK_IDLE_MILLIS / 1000 + " s"));
        unopened.sweep(now);
        tracker.expire(now);
        pusher.sweep(open.values(), now);
    }

    /** Moves the state's time on, so that tokens and mail expire although nobody does anything. */
    private void tick() {
        loop.schedule(HubLimits.TICK_MILLIS, this::tick);
        if (replicatedLog.status().isLeader()) {
            commands.own(Command.newBuilder().setTick(Tick.getDefaultInstance()).build(), result -> {
                if (result.hasProblem()) {
                    log.warn("tick refused why={}", result.getProblem().getMessage());
                }
            });
        }
    }

    /** Tells every device, lets what is queued out, and closes the log. Blocks until done. */
    @Override
    public void close() {
        onLoop(() -> {
            isClosing = true;
            for (HubSession session : List.copyOf(all)) {
                session.close(GoodbyeReason.SHUTTING_DOWN, STOPPING);
            }
            bulk.values().forEach(session -> session.close(GoodbyeReason.SHUTTING_DOWN, STOPPING));
        });
        batcher.close();
        loop.close();
        catalog.close();
        replicatedLog.close();
    }
}

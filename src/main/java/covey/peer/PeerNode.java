package covey.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import covey.chat.ChatEngine;
import covey.directory.DirectoryView;
import covey.env.Env;
import covey.env.Loop;
import covey.env.Loop.Cancellable;
import covey.identity.DeviceKeys;
import covey.identity.Rosters;
import covey.identity.Rosters.Trusted;
import covey.identity.UntrustedException;
import covey.store.OrderedStore;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.RosterProof;
import covey.wire.proto.Track;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One device of one account in a network: its session with the hub, its direct links, its copy of the directory, and
 * what is said over them. Start here.
 *
 * <p>One loop owns everything. What is documented as "on the loop" is called from tasks of {@link #loop()}; the rest
 * from any thread.
 */
public final class PeerNode implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PeerNode.class);

    private static final long TICK_MILLIS = 1_000;

    /** Whoever watches this peer at once: local clients, pages. */
    private static final int WATCHERS_MAX = 256;

    private final Self self;
    private final Core core;
    private final List<Consumer<PeerEvent>> watchers = new CopyOnWriteArrayList<>();
    private Transport.@Nullable Listener listener;
    private volatile boolean isStopped;
    private volatile Transport.Acceptor bulk =
            connection -> connection.close(Handover.goodbye(GoodbyeReason.CLOSING, "this device serves no files"));

    /**
     * Reads what the store has; dials nothing before {@link #start}.
     *
     * @param transport made with {@code keys}; closed by whoever made it
     * @param store of this device alone
     * @param roster as learned at enrolment; the store may have a newer one
     * @param account without '@'
     */
    public PeerNode(
            Env env,
            PeerSettings settings,
            DeviceKeys keys,
            Transport transport,
            OrderedStore store,
            RosterProof roster,
            String account) {
        Trusted trusted = newest(store, Rosters.verify(roster, new byte[0]));
        self = new Self(
                env,
                env.newLoop("peer " + account),
                transport,
                store,
                keys,
                account,
                ByteString.copyFrom(trusted.networkId()),
                ByteString.copyFrom(env.randomBytes(16)),
                settings,
                new Counts());
        core = new Core(self, trusted, this::tell);
    }

    private static Trusted newest(OrderedStore store, Trusted known) {
        Optional<byte[]> stored = store.get(Tables.ROSTER);
        if (stored.isPresent()) {
            try {
                Trusted kept = Rosters.verify(RosterProof.parseFrom(stored.get()), known.networkId());
                return kept.roster().getEpoch() > known.roster().getEpoch() ? kept : known;
            } catch (InvalidProtocolBufferException | UntrustedException e) {
                log.warn("stored roster is not used", e);
            }
        }
        return known;
    }

    /** Listens as the settings say (another port when that one is busy), then looks for the hub. */
    public void start() {
        int port = 0;
        if (self.settings().listen().isPresent()) {
            Address wanted = self.settings().listen().get();
            listener = listen(wanted);
            port = listener.address().port();
            log.info("listening address={}", listener.address());
        }
        start(port);
    }

    private Transport.Listener listen(Address wanted) {
        try {
            return self.transport().listen(wanted, PROTOCOLS, this::accept);
        } catch (Transport.ListenException e) {
            log.info("port is busy, taking another address={} why=\"{}\"", wanted, e.getMessage());
            return self.transport().listen(new Address(wanted.host(), 0), PROTOCOLS, this::accept);
        }
    }

    /** As {@link #start()}, where the process itself listens on this port and hands over to {@link #accept}. */
    public void start(int listenPort) {
        loop().execute(() -> {
            core.start(listenPort);
            tick();
        });
    }

    private void tick() {
        if (!isStopped) {
            core.tick();
            loop().schedule(TICK_MILLIS, this::tick);
        }
    }

    /** What is accepted where this peer listens. */
    public static final Set<Protocol> PROTOCOLS = Set.of(Protocol.PEER, Protocol.BULK);

    /** Takes an accepted connection of one of {@link #PROTOCOLS}; on its I/O thread. */
    public void accept(Connection connection) {
        if (connection.protocol().isBulk()) {
            bulk.accepted(connection);
        } else {
            core.links.accept(connection);
        }
    }

    /** The hub's time, as far as it is known here; any thread. */
    public long hubMillis() {
        return core.session.clock().millis();
    }

    /** The hub knows more of the directory, somebody says: it is asked, now and then. Any thread. */
    public void askDirectory() {
        self.onLoop(core.links::askAboutStrangers);
    }

    /** Who takes bulk connections; before the start. */
    public void acceptBulk(Transport.Acceptor acceptor) {
        bulk = acceptor;
    }

    /** A connection of its own for blocks, wherever the device is. Any thread; the outcome is told once. */
    public Cancellable dialBulk(DeviceId device, Transport.Dialled dialled) {
        AtomicReference<Cancellable> dialling = new AtomicReference<>(() -> {});
        self.onLoop(() -> core.dialBulk(device, dialled, dialling::set));
        return () -> dialling.get().cancel();
    }

    /** Says goodbye to hub and links, finishes the turn, ends. The store stays open. */
    @Override
    public void close() {
        isStopped = true;
        if (listener != null) {
            listener.close();
        }
        self.onLoop(() -> {
            Goodbye goodbye = Handover.goodbye(GoodbyeReason.CLOSING, "the peer is stopping");
            core.session.stop(goodbye);
            core.bulk.stop(goodbye);
            core.links.stop(goodbye);
        });
        loop().close();
    }

    public Loop loop() {
        return self.loop();
    }

    public Env env() {
        return self.env();
    }

    public PeerSettings settings() {
        return self.settings();
    }

    /** This device's own; what is written here beside the loop has tables of its own. */
    public OrderedStore store() {
        return self.store();
    }

    public DeviceKeys keys() {
        return self.keys();
    }

    public String account() {
        return self.account();
    }

    public ByteString networkId() {
        return self.networkId();
    }

    public Counts counts() {
        return self.counts();
    }

    /** Where the bound listener is; empty without one. */
    public Optional<Address> listenAddress() {
        return Optional.ofNullable(listener).map(Transport.Listener::address);
    }

    // On the loop

    public ChatEngine chat() {
        return core.chat;
    }

    /** Any thread: each view is immutable. */
    public DirectoryView directory() {
        return core.directory.view();
    }

    /** The network's newest roster; any thread. */
    public Trusted trusted() {
        return core.directory.trusted();
    }

    /** What is wrong with the directory as a sentence, or empty. */
    public String fork() {
        return core.directory.fork();
    }

    public String networkName() {
        return core.networkName();
    }

    public HubStatus hub() {
        return core.session.status();
    }

    /** The hub is there, and what it told at the session's start has been taken over. */
    public boolean isSettled() {
        return core.isSettled();
    }

    /** Addresses of the network's hubs, for tokens; on another machine a loopback address would mean that one. */
    public List<String> hubAddresses() {
        List<Address> all = core.session.addresses();
        List<Address> useful =
                all.stream().filter(address -> !address.isLoopback()).toList();
        return (useful.isEmpty() ? all : useful).stream().map(Address::toString).toList();
    }

    /** The operator is there while a hub is: the hub itself is its presence, with or without a session of its own. */
    public boolean isOnline(DeviceId device) {
        boolean isOperators = core.people
                .accountOf(device)
                .filter(DirectoryView.OPERATOR_ACCOUNT::equals)
                .isPresent();
        return core.people.isOnline(device) || (isOperators && core.session.isOpen());
    }

    /** Since when the device is online or offline, as far as seen from here; 0 = not seen. */
    public long presentSinceMillis(DeviceId device) {
        return directory()
                .device(device)
                .map(known -> core.presence.sinceMillis(known.index()))
                .orElse(0L);
    }

    /** Devices in use just now. */
    public List<RouteState> routes() {
        return core.links.states();
    }

    public Optional<RouteState> route(DeviceId device) {
        return core.links.route(device).map(Route::state);
    }

    /** For tests, which have no message to send. */
    void wantLink(DeviceId device) {
        core.links.wantLink(device);
    }

    /** For tests: over the present path; false when there is none. */
    boolean send(DeviceId device, FrameType type, MessageLite message) {
        return core.links.send(device, type, message);
    }

    public boolean isBlocked(String account) {
        return core.people.isBlocked(account);
    }

    /** Takes over what the hub has confirmed. */
    public void block(String account, boolean isBlocked) {
        core.people.block(account, isBlocked);
        tell(new PeerEvent.Directory());
    }

    /** The newest things that a person should know. */
    public List<String> warnings() {
        return core.warnings();
    }

    /** Tells the person something; any thread. */
    public void warn(String sentence) {
        self.onLoop(() -> core.warning(sentence));
    }

    /** Changes the hub's state exactly once; waits for the hub as long as it takes. */
    public void command(Command command, Consumer<CommandResult> done) {
        core.lane.submit(command, done);
    }

    /** As {@link #command}, but refused at once while the hub is away: for a person who waits for the answer. */
    public void commandNow(Command command, Consumer<CommandResult> done) {
        if (core.session.isOpen()) {
            core.lane.submit(command, done);
        } else {
            done.accept(CommandResult.newBuilder().setProblem(hub().problem()).build());
        }
    }

    /**
     * REGISTER or WITHDRAW in a frame larger than the session's. Answered once; UNREACHABLE when its connection fails,
     * whatever became of it: without a sequence nobody does it again.
     */
    public void bulkCommand(Command command, Consumer<CommandResult> done) {
        core.bulk.submit(command, done);
    }

    /** One question; exactly one of the two is called, on the loop. */
    public void ask(Query query, Consumer<QueryReply> replied, Consumer<Problem> failed) {
        core.ask(query, replied, failed);
    }

    /** Tells the hub what this device has of a content; lost while the hub is away, as it may be. Any thread. */
    public void track(Track track) {
        self.onLoop(() -> {
            if (core.session.isOpen()) {
                core.session.send(Frame.of(FrameType.TRACK, track));
            }
        });
    }

    /** Hears of everything from now on, on the loop, until cancelled. */
    public Cancellable watch(Consumer<PeerEvent> watcher) {
        if (watchers.size() >= WATCHERS_MAX) {
            throw new covey.wire.WireException(
                    ErrorCode.BUSY, "more than " + WATCHERS_MAX + " followers; end some of them first");
        }
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }

    private void tell(PeerEvent event) {
        new ArrayList<>(watchers).forEach(watcher -> watcher.accept(event));
    }
}

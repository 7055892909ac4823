package covey.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.chat.ChatEngine;
import covey.chat.ChatMessage;
import covey.chat.Listener;
import covey.courier.PathKind;
import covey.courier.PersonDevice;
import covey.directory.DirectoryView;
import covey.env.Loop.Cancellable;
import covey.identity.Rosters.Trusted;
import covey.identity.Signatures;
import covey.store.Batch;
import covey.store.Keys;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.Messages;
import covey.wire.proto.AddressUpdate;
import covey.wire.proto.BlockedWanted;
import covey.wire.proto.DeviceEnrolled;
import covey.wire.proto.DevicePresence;
import covey.wire.proto.DirectoryEntry;
import covey.wire.proto.Endpoint;
import covey.wire.proto.EndpointKind;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.FrameType;
import covey.wire.proto.HelloReply;
import covey.wire.proto.MailPush;
import covey.wire.proto.PresenceDelta;
import covey.wire.proto.PresenceWanted;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.RelayFailed;
import covey.wire.proto.RelayFailure;
import covey.wire.proto.ResolveAccount;
import covey.wire.proto.RoomPush;
import covey.wire.proto.SessionOpen;
import covey.wire.proto.SessionOpenReply;
import covey.wire.proto.SignedHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins the parts of a peer: what the hub pushes goes to directory, presence, links and chat, and what they tell goes
 * on to each other and to whoever watches. Everything here runs on the peer's loop.
 */
final class Core implements Listener {
    private static final Logger log = LoggerFactory.getLogger(Core.class);

    /** A hub that does not answer a question in this time is as good as away. */
    static final long QUERY_MILLIS = 15_000;

    /** Pushed frames that wait until the directory names their senders; mail comes again, the rest is repeated. */
    private static final int HELD_MAX = 4_096;

    /** Of these, so that what others relay leaves room for mail: a hole in it would be acknowledged. */
    private static final int RELAYED_HELD_MAX = HELD_MAX / 4;

    /** Warnings shown by status, for whoever was not following when they came up. */
    private static final int WARNINGS_MAX = 20;

    /** Looking through the machine's interfaces costs a little: once in so many seconds. */
    private static final int ADDRESS_TICKS = 10;

    /** Several addresses, one after the other, on a slow link. */
    private static final long BULK_DIAL_MILLIS = 10_000;

    /** Devices whose times of coming and going fit one frame. */
    private static final int PRESENCE_DEVICES_MAX = 300;

    final Self self;
    final HubSession session;
    final CommandLane lane;
    final HubBulk bulk;
    final DirectoryReplica directory;
    final Presence presence = new Presence();
    final Links links;
    final KnownPeople people;
    final ChatEngine chat;

    private final Places places;
    private final ChatPaths paths;
    private final Consumer<PeerEvent> events;
    private final Deque<Runnable> held = new ArrayDeque<>();
    private final Deque<String> warnings = new ArrayDeque<>();
    private final long incarnation;
    private List<Endpoint> announced = List.of();
    private int listenPort;
    private int ticks;
    private boolean isSettled;
    private String networkName;

    Core(Self self, Trusted trusted, Consumer<PeerEvent> events) {
        this.self = self;
        this.events = events;
        incarnation = nextIncarnation();
        networkName = new String(self.store().get(Tables.NETWORK_NAME).orElse(new byte[0]), StandardCharsets.UTF_8);
        session = new HubSession(this, trusted);
        lane = new CommandLane(self, session);
        directory = new DirectoryReplica(this, trusted);
        bulk = new HubBulk(self, directory, session);
        places = new Places(self);
        links = new Links(this, places);
        people = new KnownPeople(this);
        paths = new ChatPaths(this);
        chat = new ChatEngine(self.env(), self.loop(), self.store(), self.keys(), self.account(), people, paths, this);
    }

    /**
     * Raised durably before its first use. The clock is its floor, so that a home folder restored from a copy does not
     * use an incarnation again that the hub has seen.
     */
    private long nextIncarnation() {
        Optional<byte[]> last = self.store().get(Tables.INCARNATION);
        long next = Math.max(last.map(value -> Keys.read(value).u64()).orElse(0L) + 1, self.wall());
        byte[] stored = java.nio.ByteBuffer.allocate(Long.BYTES).putLong(next).array();
        self.store().write(new Batch().put(Tables.INCARNATION, stored), true);
        return next;
    }

    void start(int port) {
        listenPort = port;
        session.start();
    }

    /** Once a second. */
    void tick() {
        session.tick();
        links.tick();
        chat.tick();
        if (session.isOpen() && ++ticks % ADDRESS_TICKS == 0) {
            tellAddresses();
        }
    }

    private void tellAddresses() {
        List<Endpoint> now = endpoints();
        if (!now.equals(announced)) {
            announced = now;
            MessageLite update = AddressUpdate.newBuilder().addAllEndpoints(now).build();
            session.send(Frame.of(FrameType.ADDRESSES, update));
        }
    }

    String networkName() {
        return networkName;
    }

    /** Everything the hub told at the start of this session has been taken over. */
    boolean isSettled() {
        return isSettled;
    }

    void later(Runnable task) {
        self.onLoop(task);
    }

    /** Asks the hub, once. */
    void ask(Query query, Consumer<QueryReply> replied, Consumer<Problem> failed) {
        Predicate<Frame> answered = frame -> {
            QueryReply reply = Messages.as(frame, QueryReply.class);
            reply.getResolved().getDevicesList().forEach(places::told);
            replied.accept(reply);
            return true;
        };
        session.askWithin(QUERY_MILLIS, FrameType.QUERY, query, answered, failed);
    }

    // The hub's session

    SessionOpen sessionOpen() {
        announced = endpoints();
        return SessionOpen.newBuilder()
                .setIncarnation(incarnation)
                .setDirectorySize(directory.size())
                .addAllEndpoints(announced)
                .build();
    }

    private List<Endpoint> endpoints() {
        Set<Endpoint> all = new LinkedHashSet<>();
        self.settings().advertised().forEach(address -> all.add(endpoint(address, EndpointKind.ADVERTISED)));
        if (listenPort > 0) {
            List<Address> local = self.transport().localAddresses(listenPort);
            local.forEach(address -> all.add(endpoint(address, EndpointKind.LOCAL)));
        }
        return all.stream().limit(Limits.ENDPOINTS_MAX).toList();
    }

    private static Endpoint endpoint(Address address, EndpointKind kind) {
        return Endpoint.newBuilder()
                .setHost(address.host())
                .setPort(address.port())
                .setKind(kind)
                .build();
    }

    void greeted(HelloReply reply, Trusted trusted) {
        directory.trust(trusted);
        networkName = reply.getNetworkName();
        Batch batch = new Batch().put(Tables.NETWORK_NAME, networkName.getBytes(StandardCharsets.UTF_8));
        self.keep(batch.put(Tables.ROSTER, reply.getRoster().toByteArray()));
    }

    void opened(SessionOpenReply reply) {
        self.counts().add(Counts.Count.SESSIONS_OPENED);
        presenceChanged(presence.snapshot(reply.getPresence()));
        lane.opened();
        chat.prekeyAtHub(reply.getPrekeyWanted(), reply.getPrekeyId());
        Query blocked = Query.newBuilder()
                .setBlocked(BlockedWanted.getDefaultInstance())
                .build();
        ask(
                blocked,
                now -> people.blocked(Set.copyOf(now.getBlocked().getAccountsList())),
                problem -> log.debug("blocked accounts not refreshed why=\"{}\"", problem.getMessage()));
        directory.hubHead(reply.getHead());
    }

    void settled() {
        if (!isSettled && session.isOpen()) {
            isSettled = true;
            chat.hubChanged(true); // before anything of this session: it forgets the places of the one before
            paths.askAgain();
            links.reconsider();
            askSince();
            events.accept(new PeerEvent.Settled());
        }
        while (isSettled && !held.isEmpty()) {
            held.poll().run();
        }
    }

    /** The snapshot says who is online; since when is only for people to read. */
    private void askSince() {
        if (directory.view().deviceCount() <= PRESENCE_DEVICES_MAX) {
            Query since = Query.newBuilder()
                    .setPresence(PresenceWanted.getDefaultInstance())
                    .build();
            ask(
                    since,
                    reply -> reply.getPresence().getDevicesList().forEach(this::keepSince),
                    problem -> log.debug("times of presence not known why=\"{}\"", problem.getMessage()));
        }
    }

    private void keepSince(DevicePresence told) {
        if (told.getDevice().size() == DeviceId.BYTES) {
            directory
                    .view()
                    .device(DeviceId.of(told.getDevice()))
                    .ifPresent(device -> presence.since(device.index(), told.getOnline(), told.getSinceMillis()));
        }
    }

    void changed(HubStatus status) {
        if (!status.isConnected()) {
            if (isSettled) {
                isSettled = false;
                later(() -> {
                    if (!isSettled) {
                        chat.hubChanged(false);
                    }
                });
            }
            held.clear();
            links.reconsider();
        }
        events.accept(new PeerEvent.Hub(status));
    }

    void pushed(Frame frame) {
        if (frame.type() == FrameType.RELAY) { // what it carries is another device's word: not the hub's fault
            pushed(() -> links.relayed(frame), isUnknown(frame.header().getDevice()), RELAYED_HELD_MAX);
            return;
        }
        switch (Messages.decode(frame)) {
            case SignedHead head -> directory.hubHead(head);
            case PresenceDelta delta -> presenceChanged(presence.delta(delta));
            case RelayFailed failed -> links.relayFailed(failed);
            case MailPush mail ->
                pushed(
                        () -> chat.mailReceived(mail.getItemsList()),
                        mail.getItemsList().stream()
                                .anyMatch(item -> item.hasSealed()
                                        && isUnknown(item.getSealed().getFromDevice())),
                        HELD_MAX);
            case RoomPush room -> {
                room.getLeftList().forEach(chat::roomLeft);
                pushed(
                        () -> chat.roomItemsReceived(room.getItemsList()),
                        room.getItemsList().stream().anyMatch(item -> isUnknown(item.getFromDevice())),
                        HELD_MAX);
            }
            default -> log.debug("dropped type={}", frame.type());
        }
    }

    /** The sender may have been enrolled a moment ago: its frames wait until the directory has been asked. */
    private void pushed(Runnable taking, boolean isUnknown, int heldMax) {
        if (isSettled && held.isEmpty() && !isUnknown) {
            taking.run();
        } else if (held.size() < heldMax) {
            held.add(taking);
            if (isUnknown) {
                directory.sync();
            }
        }
    }

    private boolean isUnknown(ByteString device) {
        return device.size() == DeviceId.BYTES
                && people.enrolledFor(DeviceId.of(device)).isEmpty();
    }

    private void presenceChanged(BitSet changed) {
        changed.stream().forEach(this::tellPresence);
        if (!changed.isEmpty()) {
            links.reconsider();
        }
    }

    private void tellPresence(long index) {
        directory.view().deviceAt(index).ifPresent(device -> {
            later(() -> chat.presenceChanged(device.id()));
            boolean isAccountOnline = directory.view().activeDevices(device.account()).stream()
                    .anyMatch(one -> people.isOnline(one.id()));
            events.accept(new PeerEvent.Presence(device.account(), isAccountOnline));
        });
    }

    // Directory

    void grown(DirectoryView before, List<DirectoryEntry> added) {
        if (before.size() > 0) {
            added.stream()
                    .map(DirectoryEntry::getDeviceEnrolled)
                    .filter(enrolled -> enrolled.getAccount().equals(self.account()))
                    .forEach(this::warnOfOwnDevice);
        }
        for (long index = before.size(); index < directory.size(); index++) {
            if (presence.isOnline(index)) {
                tellPresence(index); // the hub showed it as online before its entry was known here
            }
        }
        later(chat::directoryChanged);
        links.reconsider();
        events.accept(new PeerEvent.Directory());
    }

    /** Partners' new devices are chat's to tell, before it seals to them. */
    private void warnOfOwnDevice(DeviceEnrolled enrolled) {
        DeviceId device = Signatures.deviceId(enrolled.getPublicKey().toByteArray());
        warning("Your account has a new device, '" + enrolled.getName() + "' (" + device.shortText() + ", "
                + PersonDevice.how(enrolled.getEnrolment()) + "). If that was not you: covey device revoke "
                + device.shortText() + ", then covey passwd.");
    }

    @Override
    public void warning(String sentence) {
        log.warn("{}", sentence);
        if (warnings.size() >= WARNINGS_MAX) {
            warnings.removeFirst();
        }
        warnings.addLast(sentence);
        events.accept(new PeerEvent.Warning(sentence));
    }

    List<String> warnings() {
        return List.copyOf(warnings);
    }

    // Links

    void locate(String account, Runnable done) {
        ResolveAccount wanted = ResolveAccount.newBuilder().setAccount(account).build();
        ask(Query.newBuilder().setResolve(wanted).build(), reply -> done.run(), problem -> done.run());
    }

    /** Dials where the device is now, as the hub says, or was last. */
    void dialBulk(DeviceId device, Transport.Dialled dialled, Consumer<Cancellable> dialling) {
        Runnable dial = () -> {
            List<Address> addresses = places.of(device);
            if (addresses.isEmpty() || !directory.view().isActive(device)) {
                dialled.failed(List.of());
            } else {
                dialling.accept(
                        self.transport().dial(addresses, Protocol.BULK, device::equals, BULK_DIAL_MILLIS, dialled));
            }
        };
        Optional<String> account = people.accountOf(device);
        if (session.isOpen() && account.isPresent()) {
            locate(account.get(), dial);
        } else {
            dial.run();
        }
    }

    void pathChanged(DeviceId device, PathKind now, String why) {
        later(() -> chat.linkChanged(device, now));
        events.accept(new PeerEvent.Path(people.enrolledFor(device).orElse(""), now, why));
    }

    void relayFailed(DeviceId device, RelayFailure reason) {
        later(() -> chat.relayFailed(device, reason));
    }

    void received(DeviceId from, Frame frame, PathKind via) {
        switch (Messages.decode(frame)) {
            case Envelope envelope -> {
                self.counts().add(Counts.Count.ENVELOPES_RECEIVED);
                chat.envelopeReceived(from, envelope, via);
            }
            case EnvelopeAck ack -> chat.ackReceived(from, ack);
            default -> log.debug("dropped device={} type={}", from, frame.type());
        }
    }

    // Chat

    @Override
    public void message(ChatMessage message) {
        events.accept(new PeerEvent.Message(message));
    }

    @Override
    public void state(ChatMessage message) {
        events.accept(new PeerEvent.State(message));
    }

    @Override
    public void left(String account) {
        events.accept(new PeerEvent.Left(account));
    }
}

package covey.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.directory.DirectoryView;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.Purpose;
import covey.identity.RootKey;
import covey.identity.Rosters;
import covey.sim.SimHost;
import covey.sim.SimTransport;
import covey.sim.SimWorld;
import covey.store.MemoryStore;
import covey.store.MerkleLog;
import covey.store.Transaction;
import covey.transport.Connection;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Messages;
import covey.wire.proto.AccountAdded;
import covey.wire.proto.Command;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.CommandResult;
import covey.wire.proto.DeviceEnrolled;
import covey.wire.proto.DeviceRevoked;
import covey.wire.proto.DirectoryEntry;
import covey.wire.proto.DirectoryHead;
import covey.wire.proto.DirectoryPage;
import covey.wire.proto.DirectorySync;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Hello;
import covey.wire.proto.HelloReply;
import covey.wire.proto.PresenceDelta;
import covey.wire.proto.PresenceSnapshot;
import covey.wire.proto.Problem;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.RelayFailed;
import covey.wire.proto.Resolved;
import covey.wire.proto.ResolvedDevice;
import covey.wire.proto.Role;
import covey.wire.proto.RosterProof;
import covey.wire.proto.SessionOpen;
import covey.wire.proto.SessionOpenReply;
import covey.wire.proto.SignedHead;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A hub that does what a test says: keeps a directory, relays, and answers commands once each, or loses the answers.
 */
final class FakeHub implements Connection.Receiver {
    static final Address ADDRESS = new Address("hub", 7440);

    final DeviceKeys keys = DeviceKeys.generate(Env.system());
    final RootKey root;
    final RosterProof roster;
    final MemoryStore store = new MemoryStore();
    final MerkleLog log = new MerkleLog((byte) 1);
    final Map<DeviceId, Connection> sessions = new LinkedHashMap<>();
    final Map<DeviceId, SessionOpen> opened = new LinkedHashMap<>();
    final Map<DeviceId, Long> indices = new LinkedHashMap<>();
    final Map<DeviceId, String> accounts = new LinkedHashMap<>();
    final List<String> applied = new ArrayList<>();
    final List<Frame> frames = new ArrayList<>();
    final SimHost host;
    final Map<DeviceId, PublishPrekey> prekeys = new LinkedHashMap<>();
    /** What commands of a kind are answered; OK otherwise. */
    final Map<Command.KindCase, CommandResult> answers = new LinkedHashMap<>();

    /** What follows the reply to SESSION_OPEN at once. */
    final List<Frame> withOpen = new ArrayList<>();

    long clockAheadMillis;
    /** Between two pages of the directory. */
    long pageMillis;

    int connections;
    Optional<Connection> latest = Optional.empty();
    /** Questions about accounts that are not answered; then, that are refused as BUSY. */
    int silentQueries;

    boolean isSilentAboutRooms;

    boolean hasNoRooms;

    int busyQueries;
    boolean losesReplies;
    boolean isDeaf;
    boolean relays = true;
    Optional<Problem> refusal = Optional.empty();
    /** Said instead of an answer to HELLO. */
    Optional<GoodbyeReason> goodbyeAtHello = Optional.empty();

    private final Map<String, CommandResult> results = new TreeMap<>();
    private Optional<Transport.Listener> listener = Optional.empty();
    private long presenceVersion;

    FakeHub(SimWorld world) {
        this(world, RootKey.generate(Env.system()));
    }

    FakeHub(SimWorld world, RootKey root) {
        this.root = root;
        host = world.host("hub");
        roster = Rosters.first(root, keys.publicKey(), List.of(ADDRESS.toString()));
    }

    FakeHub start() {
        SimTransport transport = host.transport(keys.id(), keys.publicKey());
        listener = Optional.of(transport.listen(ADDRESS, Set.of(Protocol.HUB), connection -> {
            connections++;
            latest = Optional.of(connection);
            connection.receiver(this);
        }));
        return this;
    }

    /** No GOODBYE: the sessions break, nobody listens. */
    void crash() {
        listener.ifPresent(Transport.Listener::close);
        host.crash();
        sessions.clear();
    }

    void goodbye(GoodbyeReason reason, String message) {
        listener.ifPresent(Transport.Listener::close);
        List.copyOf(sessions.values())
                .forEach(session -> session.close(Goodbye.newBuilder()
                        .setReason(reason)
                        .setMessage(message)
                        .build()));
        sessions.clear();
    }

    long add(DirectoryEntry.Builder entry) {
        Transaction transaction = new Transaction(store);
        long index = log.append(transaction, entry.build().toByteArray());
        store.write(transaction.toBatch(), true);
        return index;
    }

    void account(String name) {
        add(DirectoryEntry.newBuilder()
                .setAccountAdded(AccountAdded.newBuilder()
                        .setAccount(name)
                        .setRole(name.equals(DirectoryView.OPERATOR_ACCOUNT) ? Role.OPERATOR : Role.MEMBER)));
    }

    void enrol(String account, DeviceKeys device, String name) {
        DeviceEnrolled.Builder enrolled = DeviceEnrolled.newBuilder()
                .setAccount(account)
                .setName(name)
                .setPublicKey(ByteString.copyFrom(device.publicKey()));
        accounts.put(device.id(), account);
        indices.put(device.id(), add(DirectoryEntry.newBuilder().setDeviceEnrolled(enrolled)));
    }

    void revoke(DeviceId device) {
        add(DirectoryEntry.newBuilder()
                .setDeviceRevoked(DeviceRevoked.newBuilder()
                        .setDevice(device.toByteString())
                        .setReason("lost")));
        tellHead();
    }

    SignedHead head() {
        long size = log.size(store::get);
        return sign(size, log.root(store::get, size));
    }

    SignedHead sign(long size, byte[] merkleRoot) {
        byte[] head = DirectoryHead.newBuilder()
                .setNetworkId(ByteString.copyFrom(root.networkId()))
                .setSize(size)
                .setRoot(ByteString.copyFrom(merkleRoot))
                .build()
                .toByteArray();
        return SignedHead.newBuilder()
                .setHead(ByteString.copyFrom(head))
                .setSigner(keys.id().toByteString())
                .setSignature(ByteString.copyFrom(keys.sign(Purpose.HEAD, head)))
                .build();
    }

    void tellHead() {
        sessions.values().forEach(session -> session.send(Frame.of(FrameType.DIRECTORY_HEAD, head())));
    }

    @Override
    public void received(Connection from, Frame frame) {
        frames.add(frame);
        if (isDeaf) {
            return;
        }
        switch (frame.type()) {
            case HELLO -> hello(from, frame);
            case SESSION_OPEN -> open(from, frame);
            case PING ->
                from.send(new Frame(
                        frame.header().toBuilder().setType(FrameType.PONG).build(), frame.payload()));
            case COMMAND -> command(from, frame);
            case QUERY -> query(from, frame);
            case DIRECTORY_SYNC -> sync(from, frame);
            case RELAY -> relay(from, frame);
            default -> {}
        }
    }

    private void hello(Connection from, Frame frame) {
        if (goodbyeAtHello.isPresent()) {
            from.close(Goodbye.newBuilder().setReason(goodbyeAtHello.get()).build());
            return;
        }
        Hello hello = Messages.as(frame, Hello.class);
        if (!hello.getNetworkId().equals(ByteString.copyFrom(root.networkId()))) {
            answer(from, frame, FrameType.ERROR, problem(ErrorCode.DENIED, "this hub belongs to another network"));
            return;
        }
        answer(
                from,
                frame,
                FrameType.HELLO_REPLY,
                HelloReply.newBuilder()
                        .setProtocol(1)
                        .setRoster(roster)
                        .setHubTimeMillis(host.clock().wallMillis() + clockAheadMillis)
                        .setNetworkName("lab")
                        .build());
    }

    private void open(Connection from, Frame frame) {
        if (refusal.isPresent()) {
            answer(from, frame, FrameType.ERROR, refusal.get());
            return;
        }
        sessions.put(from.device(), from);
        opened.put(from.device(), Messages.as(frame, SessionOpen.class));
        tellPresence(from.device(), true);
        answer(
                from,
                frame,
                FrameType.SESSION_OPEN_REPLY,
                SessionOpenReply.newBuilder()
                        .setHead(head())
                        .setPresence(presence())
                        .build());
        withOpen.forEach(from::send);
    }

    private PresenceSnapshot presence() {
        BitSet online = new BitSet();
        sessions.keySet().forEach(device -> online.set(Math.toIntExact(indices.getOrDefault(device, 1_000L))));
        return PresenceSnapshot.newBuilder()
                .setVersion(presenceVersion)
                .setOnline(ByteString.copyFrom(online.toByteArray()))
                .build();
    }

    private void tellPresence(DeviceId device, boolean isOnline) {
        int index = Math.toIntExact(indices.getOrDefault(device, 1_000L));
        PresenceDelta.Builder delta = PresenceDelta.newBuilder().setVersion(++presenceVersion);
        if (isOnline) {
            delta.addOnline(index);
        } else {
            delta.addOffline(index);
        }
        sessions.values().forEach(session -> session.send(Frame.of(FrameType.PRESENCE, delta.build())));
    }

    /** Applied once per sequence, as a real hub does; the answer may get lost with the connection. */
    private void command(Connection from, Frame frame) {
        CommandRequest request = Messages.as(frame, CommandRequest.class);
        String id =
                from.device().shortText() + " " + session(from.device()).getIncarnation() + " " + request.getSequence();
        CommandResult result = results.computeIfAbsent(id, absent -> {
            return apply(from.device(), request.getCommand());
        });
        if (losesReplies) {
            from.close(Goodbye.getDefaultInstance());
            sessions.remove(from.device());
            return;
        }
        answer(
                from,
                frame,
                FrameType.COMMAND_REPLY,
                CommandReply.newBuilder().setResult(result).build());
    }

    private CommandResult apply(DeviceId device, Command command) {
        switch (command.getKindCase()) {
            case BLOCK_ACCOUNT -> applied.add(command.getBlockAccount().getAccount());
            case PUBLISH_PREKEY -> prekeys.put(device, command.getPublishPrekey());
            case REVOKE_DEVICE -> revoke(DeviceId.of(command.getRevokeDevice().getDevice()));
            default -> applied.add(command.getKindCase().name());
        }
        return answers.getOrDefault(command.getKindCase(), CommandResult.getDefaultInstance());
    }

    private void query(Connection from, Frame frame) {
        Query query = Messages.as(frame, Query.class);
        QueryReply.Builder reply = QueryReply.newBuilder();
        if (isSilentAboutRooms && (query.hasRooms() || query.hasRoom())) {
            return;
        } else if (query.hasResolve() && silentQueries > 0) {
            silentQueries--;
            return;
        } else if (query.hasResolve() && busyQueries > 0) {
            busyQueries--;
            answer(from, frame, FrameType.ERROR, problem(ErrorCode.BUSY, "too many questions wait"));
            return;
        } else if (query.hasResolve()) {
            Resolved.Builder resolved = Resolved.newBuilder();
            String account = query.getResolve().getAccount();
            opened.entrySet().stream()
                    .filter(entry -> account.equals(accounts.get(entry.getKey())))
                    .forEach(entry -> resolved.addDevices(place(entry.getKey(), entry.getValue())));
            reply.setResolved(resolved);
        } else if (hasNoRooms && query.hasRoom()) {
            answer(from, frame, FrameType.ERROR, problem(ErrorCode.NOT_FOUND, "no such room"));
            return;
        } else if (query.hasBlocked()) {
            reply.setBlocked(covey.wire.proto.Blocked.getDefaultInstance());
        } else if (query.hasHubStatus()) {
            reply.setHubStatus(covey.wire.proto.HubStatus.newBuilder().setAccounts(2));
        } else {
            answer(from, frame, FrameType.ERROR, problem(ErrorCode.UNSUPPORTED, "not in this test"));
            return;
        }
        answer(from, frame, FrameType.QUERY_REPLY, reply.build());
    }

    private ResolvedDevice.Builder place(DeviceId device, SessionOpen open) {
        ResolvedDevice.Builder place = ResolvedDevice.newBuilder()
                .setDevice(device.toByteString())
                .setOnline(sessions.containsKey(device))
                .addAllEndpoints(open.getEndpointsList());
        Optional.ofNullable(prekeys.get(device)).ifPresent(place::setPrekey);
        return place;
    }

    private void sync(Connection from, Frame frame) {
        long start = Messages.as(frame, DirectorySync.class).getFrom();
        long size = log.size(store::get);
        for (long at = start; at < size - 1; at++) {
            long next = at;
            paced(at - start, () -> page(from, frame, next, true));
        }
        paced(size - 1 - start, () -> page(from, frame, Math.max(start, size - 1), false));
    }

    private void paced(long pages, Runnable page) {
        if (pageMillis == 0) {
            page.run();
        } else {
            host.newLoop("pages").schedule(pages * pageMillis, page);
        }
    }

    /** One entry a page, so that pages are put together. */
    private void page(Connection to, Frame request, long at, boolean hasMore) {
        DirectoryPage.Builder page = DirectoryPage.newBuilder().setFrom(at).setMore(hasMore);
        log.entry(store::get, at).map(ByteString::copyFrom).ifPresent(page::addEntries);
        if (!hasMore) {
            page.setHead(head());
        }
        answer(to, request, FrameType.DIRECTORY_PAGE, page.build());
    }

    private void relay(Connection from, Frame frame) {
        DeviceId to = DeviceId.of(frame.header().getDevice());
        Connection session = sessions.get(to);
        if (session == null || !relays) {
            from.send(Frame.of(
                    FrameType.RELAY_FAILED,
                    RelayFailed.newBuilder().setDevice(to.toByteString()).build()));
            return;
        }
        session.send(new Frame(
                frame.header().toBuilder()
                        .setDevice(from.device().toByteString())
                        .build(),
                frame.payload()));
    }

    @Override
    public void closed(Connection from, Goodbye reason) {
        if (sessions.remove(from.device(), from)) {
            tellPresence(from.device(), false);
        }
    }

    SessionOpen session(DeviceId device) {
        return Objects.requireNonNull(opened.get(device));
    }

    long count(FrameType type) {
        return frames.stream().filter(frame -> frame.type() == type).count();
    }

    static Problem problem(ErrorCode code, String message) {
        return Problem.newBuilder().setCode(code).setMessage(message).build();
    }

    private static void answer(Connection to, Frame request, FrameType type, MessageLite message) {
        to.send(Frame.of(type, request.stream(), message));
    }
}

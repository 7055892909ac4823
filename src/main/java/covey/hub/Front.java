package covey.hub;

import covey.directory.DirectoryQueries;
import covey.directory.DirectoryView;
import covey.wire.Frame;
import covey.wire.Versions;
import covey.wire.WireException;
import covey.wire.proto.AddressUpdate;
import covey.wire.proto.DirectorySync;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Hello;
import covey.wire.proto.HelloReply;
import covey.wire.proto.Ping;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.Role;
import covey.wire.proto.SessionOpen;
import covey.wire.proto.SessionOpenReply;
import covey.wire.proto.Track;
import java.util.List;
import java.util.Optional;

/** The hub's front door: greets, opens sessions, answers questions. On the hub's loop. */
final class Front {
    private final HubNode hub;
    final Admission admission;

    Front(HubNode hub, Admission admission) {
        this.hub = hub;
        this.admission = admission;
    }

    /** Every way through this answers once and counts the request down once, last; or throws before it did. */
    void handle(HubSession session, Frame frame) {
        switch (frame.type()) {
            case HELLO -> hello(session, frame);
            case JOIN -> admission.join(session, frame);
            case LOGIN -> admission.login(session, frame);
            case SESSION_OPEN -> open(session, frame);
            case QUERY -> hub.questions.ask(session, frame);
            case DIRECTORY_SYNC -> sync(session, frame);
            case ADDRESSES -> {
                requireOpen(session);
                session.endpoints = List.copyOf(
                        HubSession.decode(frame, AddressUpdate.class).getEndpointsList());
                finished(session);
            }
            case TRACK -> {
                requireOpen(session);
                hub.tracker.track(
                        session.device(),
                        HubSession.decode(frame, Track.class),
                        hub.env.clock().monotonicMillis());
                finished(session);
            }
            case PONG -> finished(session);
            default -> throw new WireException(ErrorCode.UNSUPPORTED, "unexpected frame " + frame.type());
        }
    }

    static void finished(HubSession session) {
        session.requestsWaiting.decrementAndGet();
    }

    static void requireOpen(HubSession session) {
        if (session.stage != HubSession.Stage.OPEN) {
            throw new WireException(ErrorCode.NOT_LOGGED_IN, "open a session first");
        }
    }

    static void requireGreeted(HubSession session) {
        if (session.stage != HubSession.Stage.GREETED) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    session.stage == HubSession.Stage.NEW
                            ? "say HELLO first"
                            : "this connection has a session already");
        }
    }

    private void hello(HubSession session, Frame frame) {
        if (session.stage != HubSession.Stage.NEW) {
            throw new WireException(ErrorCode.BAD_REQUEST, "HELLO was said already");
        }
        Hello hello = HubSession.decode(frame, Hello.class);
        int version = Versions.negotiate(hello.getProtocolMin(), hello.getProtocolMax());
        byte[] wanted = hello.getNetworkId().toByteArray();
        if (wanted.length > 0 && !hello.getNetworkId().equals(hub.networkId())) {
            throw new WireException(ErrorCode.DENIED, "this hub belongs to another network than the one you asked for");
        }
        HubState.Network network = hub.state
                .network()
                .orElseThrow(
                        () -> new WireException(ErrorCode.BUSY, "this hub is still starting; try again in a moment"));
        session.hello = hello;
        session.stage = HubSession.Stage.GREETED;
        session.answer(
                FrameType.HELLO_REPLY,
                frame.stream(),
                HelloReply.newBuilder()
                        .setProtocol(version)
                        .setRoster(hub.roster)
                        .setHubTimeMillis(hub.env.clock().wallMillis())
                        .setObservedAddress(session.connection.remoteAddress())
                        .setRegistration(network.registration())
                        .setNetworkName(network.name())
                        .build());
        finished(session);
    }

    private void open(HubSession session, Frame frame) {
        requireGreeted(session);
        SessionOpen open = HubSession.decode(frame, SessionOpen.class);
        DirectoryView.Device device = hub.state
                .view()
                .device(session.device())
                .filter(known -> hub.state.view().isActive(known.id()))
                .orElseThrow(() -> new WireException(
                        ErrorCode.NOT_LOGGED_IN, DirectoryQueries.whyGone(hub.state.view(), session.device())));
        HubSession old = hub.open.get(session.device());
        if (old == null || old.hello.getBootNonce().equals(session.hello.getBootNonce())) {
            admit(session, open, device, frame.stream());
        } else {
            askOldSession(old, session, open, device, frame.stream());
        }
    }

    /**
     * The same device key from two starts of a process: either the old connection is dead and nobody noticed yet, or
     * the key lives on two machines (a cloned image). A living old session answers.
     */
    private void askOldSession(
            HubSession old, HubSession session, SessionOpen open, DirectoryView.Device device, int stream) {
        long asked = hub.env.clock().monotonicNanos();
        old.connection.send(Frame.of(FrameType.PING, 0, Ping.getDefaultInstance()));
        hub.loop.schedule(
                HubLimits.CLONE_CHECK_MILLIS,
                () -> session.serve(stream, () -> {
                    boolean isOldAlive = old.stage == HubSession.Stage.OPEN && old.lastHeardNanos - asked > 0;
                    if (session.stage != HubSession.Stage.GREETED) {
                        finished(session);
                        return;
                    }
                    if (!hub.state.view().isActive(session.device())) {
                        finished(session);
                        session.close(
                                GoodbyeReason.REVOKED, DirectoryQueries.whyGone(hub.state.view(), session.device()));
                        return;
                    }
                    if (isOldAlive) {
                        finished(session);
                        HubNode.log.warn("refused cloned device={}", session.device());
                        session.close(
                                GoodbyeReason.CLONED,
                                "another running process uses the same device key (a copied home folder or machine"
                                        + " image?); stop it, or remove the peer folder here and log in anew");
                        return;
                    }
                    admit(session, open, device, stream);
                }));
    }

    private void admit(HubSession session, SessionOpen open, DirectoryView.Device device, int stream) {
        // Encoded first: what cannot be told must not leave a session half open.
        Frame reply = Frame.of(FrameType.SESSION_OPEN_REPLY, stream, reply(session, device));
        HubSession old = hub.open.put(session.device(), session);
        if (old != null) {
            hub.replaced(old);
        }
        session.account = device.account();
        session.index = device.index();
        session.incarnation = open.getIncarnation();
        session.endpoints = List.copyOf(open.getEndpointsList());
        session.stage = HubSession.Stage.OPEN;
        hub.unopened.remove(session);
        hub.presence.set(
                session.device(), (int) session.index, true, hub.env.clock().wallMillis());
        session.connection.send(reply);
        hub.presence.everyone().forEach(part -> session.answer(FrameType.PRESENCE, 0, part));
        HubNode.log.debug("session open account={} device={}", session.account, session.device());
        hub.planBroadcast();
        hub.pusher.opened(session);
        finished(session);
    }

    private SessionOpenReply reply(HubSession session, DirectoryView.Device device) {
        Optional<PublishPrekey> prekey = hub.state.prekey(session.device());
        return SessionOpenReply.newBuilder()
                .setAccount(device.account())
                .setRole(hub.state
                        .view()
                        .account(device.account())
                        .map(DirectoryView.Account::role)
                        .orElse(Role.MEMBER))
                .setHead(hub.heads.current())
                .setPresence(hub.presence.snapshot((int) device.index()))
                .setPrekeyWanted(prekey.isEmpty())
                .setPrekeyId(prekey.map(PublishPrekey::getPrekeyId).orElse(0L))
                .build();
    }

    /** One at a time: pages of several would only wait for one another. */
    private void sync(HubSession session, Frame frame) {
        requireOpen(session);
        DirectorySync sync = HubSession.decode(frame, DirectorySync.class);
        if (session.sync.isPresent()) {
            throw new WireException(
                    ErrorCode.BUSY, "a directory sync of this session is under way; wait for its last page");
        }
        DirectoryPages pages = new DirectoryPages(hub, session, frame.stream(), sync.getFrom());
        session.sync = Optional.of(pages);
        pages.send();
    }

    /** The connection takes more. */
    void writable(HubSession session) {
        session.sync.ifPresent(DirectoryPages::writable);
    }
}

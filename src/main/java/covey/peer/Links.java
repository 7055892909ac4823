package covey.peer;

import com.google.protobuf.MessageLite;
import covey.courier.PathKind;
import covey.directory.DirectoryView;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.Messages;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.LinkHello;
import covey.wire.proto.RelayFailed;
import covey.wire.proto.TrafficClass;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Direct links with other devices, and the hub's relay where there is none: one route per device in use. Decisions are
 * in {@link Route} and {@link Link}; this does them. On the loop.
 */
final class Links implements Handover.Sink {
    private static final Logger log = LoggerFactory.getLogger(Links.class);

    /** Links at once, both ways together: file handles, and work per gossip and tick. */
    static final int LINKS_MAX = 1_024;

    /** Links with one device: two after simultaneous dials, and what is just ending. */
    static final int LINKS_PER_DEVICE_MAX = 4;

    /** Dials at once; past it a message goes by the relay. */
    static final int DIALS_MAX = 64;

    static final long DIAL_MILLIS = 5_000;

    /** From a connection to its LINK_HELLO. */
    static final long HELLO_MILLIS = 5_000;

    /** A link nobody used for so long is closed; the next message opens another. */
    static final long IDLE_MILLIS = 5 * 60_000;

    /** A route used within this time is dialled again after a loss, and while it is relayed. */
    static final long WANTED_MILLIS = 2 * 60_000;

    /** Between two questions to the hub because strangers knocked. */
    static final long ASK_MILLIS = 1_000;

    /** Frames of one link that wait for the loop: far above the 64 envelopes in flight. */
    static final long WAITING_BYTES_MAX = 4L << 20;

    private final Self self;
    private final Core core;
    private final Places places;
    private final Map<DeviceId, Route> routes = new HashMap<>();
    private final Map<Connection, Link> links = new HashMap<>();
    private long nextAskMillis;
    private boolean isStopped;

    Links(Core core, Places places) {
        this.core = core;
        self = core.self;
        this.places = places;
    }

    PathKind pathTo(DeviceId device) {
        Route route = routes.get(device);
        return route == null || route.isUndecided ? PathKind.NONE : route.told;
    }

    boolean hasLink(DeviceId device) {
        Route route = routes.get(device);
        return route != null && route.link != null;
    }

    Optional<Route> route(DeviceId device) {
        return Optional.ofNullable(routes.get(device));
    }

    List<RouteState> states() {
        return routes.values().stream().map(Route::state).toList();
    }

    /** Sends over the present path; false when there is none. */
    boolean send(DeviceId device, FrameType type, MessageLite message) {
        Route route = routes.get(device);
        if (route == null) {
            return false;
        }
        route.usedMillis = self.now();
        if (route.link != null) {
            self.counts().add(Counts.Count.FRAMES_DIRECT);
            return route.link.connection.send(Frame.of(type, message));
        }
        if (route.told != PathKind.RELAY) {
            return false;
        }
        self.counts().add(Counts.Count.FRAMES_RELAYED);
        FrameHeader header = FrameHeader.newBuilder()
                .setType(FrameType.RELAY)
                .setTrafficClass(TrafficClass.RELAYED)
                .setDevice(device.toByteString())
                .setInner(type)
                .build();
        return core.session.send(new Frame(header, message.toByteArray()));
    }

    /** Chat has something for this device: a decision follows through {@code pathChanged}. */
    void wantLink(DeviceId device) {
        if (isStopped || device.equals(self.id()) || !core.directory.view().isActive(device)) {
            return;
        }
        Route route = routes.computeIfAbsent(device, id -> new Route(self, id));
        route.usedMillis = self.now();
        if (route.link != null) {
            return;
        }
        boolean isDialDue = !route.isDialling && self.now() >= route.nextDialMillis;
        if (!isDialDue && self.now() - route.answeredMillis < Route.ANSWER_AGAIN_MILLIS) {
            answerLater(route);
            return;
        }
        route.isUndecided = route.told == PathKind.NONE;
        if (isDialDue) {
            dial(route, true);
        }
        decide(route);
    }

    /** An answer at once would only be asked for again at once. */
    private void answerLater(Route route) {
        if (!route.isAnswerPlanned) {
            route.isAnswerPlanned = true;
            self.loop().schedule(Route.ANSWER_AGAIN_MILLIS, () -> {
                route.isAnswerPlanned = false;
                if (routes.get(route.device) == route) {
                    wantLink(route.device);
                }
            });
        }
    }

    private void dial(Route route, boolean relayWaits) {
        boolean isRefused = core.session.status().phase() == HubStatus.Phase.REFUSED;
        if (isRefused
                || routes.values().stream().filter(other -> other.isDialling).count() >= DIALS_MAX) {
            String why = isRefused ? "the hub does not take this device" : "too many links are being opened at once";
            dialEnded(route, List.of(), why);
            return;
        }
        route.isDialling = true;
        route.dialledMillis = self.now();
        route.relayFromMillis = self.now() + (relayWaits ? Route.RELAY_AFTER_MILLIS : 0);
        route.timer.cancel();
        route.timer = self.loop().schedule(Route.RELAY_AFTER_MILLIS, () -> decide(route));
        Optional<String> account = core.directory.view().accountOf(route.device).map(DirectoryView.Account::name);
        if (core.session.isOpen() && account.isPresent()) {
            core.locate(account.get(), () -> dialPlaces(route));
        } else {
            dialPlaces(route);
        }
    }

    private void dialPlaces(Route route) {
        List<Address> addresses = places.of(route.device);
        if (isStopped || addresses.isEmpty()) {
            dialEnded(route, List.of(), "no address of the device is known");
            return;
        }
        self.counts().add(Counts.Count.LINKS_DIALLED);
        route.dialling = self.transport()
                .dial(addresses, Protocol.PEER, route.device::equals, DIAL_MILLIS, new Transport.Dialled() {
                    @Override
                    public void connected(Connection connection) {
                        connection.receiver(new Handover(self.loop(), WAITING_BYTES_MAX, Links.this));
                        self.onLoop(() -> dialled(route, connection));
                    }

                    @Override
                    public void failed(List<Transport.Attempt> attempts) {
                        self.onLoop(() -> dialEnded(route, attempts, ""));
                    }
                });
    }

    private void dialled(Route route, Connection connection) {
        places.worked(route.device, connection.remoteAddress());
        route.tried(connection.remoteAddress(), "connected", self.now() - route.dialledMillis, self.wall());
        opened(connection, true);
    }

    private void dialEnded(Route route, List<Transport.Attempt> attempts, String why) {
        route.isDialling = false;
        attempts.forEach(one -> route.tried(one.address().toString(), one.result(), one.millis(), self.wall()));
        if (attempts.isEmpty()) {
            route.tried("", why, 0, self.wall());
        }
        route.nextDialMillis = self.now() + route.redial.nextMillis();
        decide(route);
    }

    /** Any thread: a listener's acceptor calls this on the connection's I/O thread. */
    void accept(Connection connection) {
        connection.receiver(new Handover(self.loop(), WAITING_BYTES_MAX, this));
        self.onLoop(() -> accepted(connection));
    }

    private void accepted(Connection connection) {
        DeviceId device = connection.device();
        Optional<DirectoryView.Device> known = core.directory.view().device(device);
        if (isStopped) {
            connection.close(Handover.goodbye(GoodbyeReason.CLOSING, "the peer is stopping"));
        } else if (known.isPresent() && !core.directory.view().isActive(device)) {
            log.info("link refused device={} why=revoked", device);
            connection.close(Handover.goodbye(GoodbyeReason.REVOKED, "this device was revoked"));
        } else if (known.isEmpty() || device.equals(self.id())) {
            log.info("link refused device={} address={} why=unknown", device, connection.remoteAddress());
            self.counts().add(Counts.Count.LINKS_REFUSED);
            connection.close(
                    Handover.goodbye(GoodbyeReason.CLOSING, "this device is not in the directory as known here"));
            askAboutStrangers();
        } else if (links.size() >= LINKS_MAX || count(device) >= LINKS_PER_DEVICE_MAX) {
            connection.close(Handover.goodbye(GoodbyeReason.CLOSING, "too many links are open here"));
        } else {
            opened(connection, false);
        }
    }

    /** It may have been enrolled a moment ago: the directory is asked, but strangers cannot make that happen often. */
    void askAboutStrangers() {
        if (self.now() >= nextAskMillis) {
            nextAskMillis = self.now() + ASK_MILLIS;
            core.directory.sync();
        }
    }

    private long count(DeviceId device) {
        return links.values().stream()
                .filter(link -> link.device().equals(device))
                .count();
    }

    private void opened(Connection connection, boolean isDialledHere) {
        if (isStopped || !core.directory.view().isActive(connection.device())) {
            connection.close(Handover.goodbye(GoodbyeReason.CLOSING, "no link is wanted any more"));
            return;
        }
        links.put(connection, new Link(self, connection, isDialledHere));
        LinkHello.Builder hello = LinkHello.newBuilder()
                .setProtocolMin(Limits.PROTOCOL_VERSION_MIN)
                .setProtocolMax(Limits.PROTOCOL_VERSION)
                .setNetworkId(self.networkId())
                .setBootNonce(self.bootNonce());
        core.directory.head().ifPresent(hello::setHead);
        connection.send(Frame.of(FrameType.LINK_HELLO, hello.build()));
    }

    @Override
    public void frame(Connection from, Frame frame) {
        Link link = links.get(from);
        if (link == null) {
            return;
        }
        link.heartbeat.heard();
        if (!link.isReady && frame.type() != FrameType.LINK_HELLO && frame.type() != FrameType.GOODBYE) {
            throw new WireException(ErrorCode.BAD_REQUEST, "a link begins with LINK_HELLO, not with " + frame.type());
        }
        switch (frame.type()) {
            case LINK_HELLO -> hello(link, Messages.as(frame, LinkHello.class));
            case PING -> link.heartbeat.answer(frame);
            case PONG -> link.heartbeat.pong(frame);
            case ENVELOPE, ENVELOPE_ACK -> {
                used(link.device());
                core.received(link.device(), frame, PathKind.DIRECT);
            }
            case GOODBYE, ERROR -> {} // the end is told by closed(); an error is never answered
            case UNKNOWN, HELLO, HELLO_REPLY, JOIN, LOGIN, AUTH_REPLY -> HubSession.unexpected(from, frame);
            case SESSION_OPEN, SESSION_OPEN_REPLY, COMMAND, COMMAND_REPLY, QUERY -> HubSession.unexpected(from, frame);
            case QUERY_REPLY, TRACK, DIRECTORY_SYNC, DIRECTORY_PAGE -> HubSession.unexpected(from, frame);
            case DIRECTORY_HEAD, PRESENCE, MAIL, ROOM_ITEMS, RELAY, RELAY_FAILED -> HubSession.unexpected(from, frame);
            case ADDRESSES, ROOM_ACK, BULK_HELLO, FETCH, FETCH_REPLY, HASHES -> HubSession.unexpected(from, frame);
            case HASHES_REPLY, WANT, BLOCK, DECLINED, UNWANT, HAVE, CLOSE_FETCH -> HubSession.unexpected(from, frame);
            case UNRECOGNIZED -> HubSession.unexpected(from, frame);
        }
    }

    private void used(DeviceId device) {
        Route route = routes.get(device);
        if (route != null) {
            route.usedMillis = self.now();
        }
    }

    private void hello(Link link, LinkHello hello) {
        if (link.isReady) {
            return;
        }
        if (!hello.getNetworkId().equals(self.networkId())) {
            throw new WireException(ErrorCode.DENIED, "the other device belongs to another network");
        }
        if (hello.getProtocolMin() > Limits.PROTOCOL_VERSION || hello.getProtocolMax() < Limits.PROTOCOL_VERSION_MIN) {
            throw new WireException(ErrorCode.UNSUPPORTED, "the two devices speak no common protocol version");
        }
        link.isReady = true;
        core.directory.heardHead(hello.getHead(), "device " + link.device().shortText());
        Route route = routes.computeIfAbsent(link.device(), id -> new Route(self, id));
        route.isDialling = route.isDialling && !link.isDialledHere;
        Link older = route.link;
        if (older != null && !link.isKeptOver(older, self.id())) {
            link.close(GoodbyeReason.CLOSING, "another link of the two devices is kept");
            return;
        }
        route.link = link;
        route.usedMillis = self.now();
        route.redial.reset();
        self.counts().add(Counts.Count.LINKS_OPENED);
        log.info("link device={} address={}", link.device(), link.connection.remoteAddress());
        link.heartbeat.ping();
        tell(route, route.choose(facts(route)));
        if (older != null) {
            older.close(GoodbyeReason.CLOSING, "another link of the two devices is kept");
        }
    }

    @Override
    public void closed(Connection connection, Goodbye reason) {
        Link link = links.remove(connection);
        Route route = routes.get(connection.device());
        if (link == null || route == null) {
            return;
        }
        if (!link.isReady && link.isDialledHere && route.isDialling) {
            dialEnded(route, List.of(), "the device ended the link: " + reason.getMessage());
        }
        if (route.link != link) {
            return;
        }
        route.link = null;
        route.tried(connection.remoteAddress(), "link ended: " + reason.getMessage(), 0, self.wall());
        log.info("link ended device={} why=\"{}\"", link.device(), reason.getMessage());
        if (self.now() - route.usedMillis >= WANTED_MILLIS) {
            forget(route, "the link was idle");
            return;
        }
        if (!isStopped && !route.isDialling) {
            dial(route, false);
        }
        decide(route);
    }

    private void forget(Route route, String why) {
        routes.remove(route.device);
        route.end();
        if (route.told != PathKind.NONE) {
            core.pathChanged(route.device, PathKind.NONE, why);
        }
    }

    /** A frame that another device sent through the hub. */
    void relayed(Frame frame) {
        FrameHeader header = frame.header();
        if (header.getDevice().size() != DeviceId.BYTES) {
            return;
        }
        DeviceId from = DeviceId.of(header.getDevice());
        FrameType inner = header.getInner();
        if (!core.directory.view().isActive(from) || (inner != FrameType.ENVELOPE && inner != FrameType.ENVELOPE_ACK)) {
            log.debug("relayed frame dropped device={} type={}", from, inner);
            return;
        }
        // The other side has no direct link to here; perhaps there is a way from here to there.
        Route route = routes.computeIfAbsent(from, id -> new Route(self, id));
        route.usedMillis = self.now();
        if (route.link == null && !route.isDialling && self.now() >= route.nextDialMillis) {
            dial(route, false);
        }
        decide(route);
        Frame carried = new Frame(header.toBuilder().setType(inner).build(), frame.payload());
        try {
            core.received(from, carried, PathKind.RELAY);
        } catch (WireException e) { // not the hub's fault: its session goes on
            log.info("relayed frame refused device={} why=\"{}\"", from, e.getMessage());
        }
    }

    void relayFailed(RelayFailed failed) {
        if (failed.getDevice().size() != DeviceId.BYTES) {
            return;
        }
        Route route = routes.get(DeviceId.of(failed.getDevice()));
        if (route == null || route.link != null) {
            return;
        }
        route.tried("", "the hub could not relay: " + Route.reason(failed.getReason()), 0, self.wall());
        route.relayPausedUntilMillis = self.now() + Route.RELAY_PAUSE_MILLIS;
        core.relayFailed(route.device, failed.getReason());
        decide(route);
    }

    /** Presence, the hub or the directory changed: look at all routes again. */
    void reconsider() {
        DirectoryView directory = core.directory.view();
        for (Link link : List.copyOf(links.values())) {
            if (!directory.isActive(link.device())) {
                link.close(GoodbyeReason.REVOKED, "this device was revoked");
            }
        }
        for (Route route : List.copyOf(routes.values())) {
            if (directory.isActive(route.device)) {
                decide(route);
            } else {
                forget(route, "the device was revoked");
            }
        }
    }

    /** Once a second: silence, idleness, further tries. */
    void tick() {
        long now = self.now();
        for (Link link : List.copyOf(links.values())) {
            if (!link.isReady && now - link.openedMillis > HELLO_MILLIS) {
                link.close(GoodbyeReason.PROTOCOL_ERROR, "no LINK_HELLO in time");
            } else if (!link.heartbeat.isAlive()) {
                link.close(GoodbyeReason.CLOSING, "no sign of life");
                closed(link.connection, Handover.goodbye(GoodbyeReason.CLOSING, "no sign of life"));
            }
        }
        for (Route route : List.copyOf(routes.values())) {
            tick(route, now - route.usedMillis, now);
        }
    }

    private void tick(Route route, long idleMillis, long now) {
        if (idleMillis > IDLE_MILLIS) {
            if (route.link != null) {
                route.link.close(GoodbyeReason.CLOSING, "idle");
            } else if (!route.isDialling) {
                forget(route, "not used for a while");
            }
            return;
        }
        boolean isDue = route.link == null && !route.isDialling && now >= route.nextDialMillis;
        boolean isHopeful = route.told == PathKind.RELAY || !core.session.isOpen();
        if (isDue && isHopeful && idleMillis < WANTED_MILLIS) {
            dial(route, false);
        }
        decide(route);
    }

    private void decide(Route route) {
        if (isStopped || routes.get(route.device) != route) {
            return;
        }
        Route.Facts facts = facts(route);
        Route.Choice choice = route.choose(facts);
        if (route.isUndecided ? !route.isWaiting(facts) : choice.path() != route.told) {
            tell(route, choice);
        } else {
            route.why = choice.why();
        }
    }

    private Route.Facts facts(Route route) {
        HubSession session = core.session;
        return new Route.Facts(
                self.now(),
                session.isOpen(),
                core.people.isOnline(route.device),
                session.status().why());
    }

    private void tell(Route route, Route.Choice choice) {
        if (route.told != choice.path()) {
            route.changedMillis = self.wall();
        }
        route.told = choice.path();
        route.why = choice.why();
        route.isUndecided = false;
        route.answeredMillis = self.now();
        core.pathChanged(route.device, choice.path(), choice.why());
    }

    void stop(Goodbye goodbye) {
        isStopped = true;
        routes.values().forEach(Route::end);
        links.keySet().forEach(connection -> connection.close(goodbye));
    }
}

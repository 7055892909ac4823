package covey.peer;

import com.google.protobuf.MessageLite;
import covey.env.Loop.Cancellable;
import covey.identity.Rosters;
import covey.identity.Rosters.Trusted;
import covey.identity.UntrustedException;
import covey.peer.HubStatus.Phase;
import covey.transport.Backoff;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.transport.Heartbeat;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.Messages;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Hello;
import covey.wire.proto.HelloReply;
import covey.wire.proto.Problem;
import covey.wire.proto.SessionOpenReply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The session with a hub of the network: dials, proves the hub, opens, keeps it alive, comes back after a loss. All on
 * the peer's loop.
 */
final class HubSession implements Handover.Sink {
    private static final Logger log = LoggerFactory.getLogger(HubSession.class);

    static final int DEFAULT_PORT = 7440;
    static final long BACKOFF_FIRST_MILLIS = 200;
    static final long BACKOFF_MAX_MILLIS = 15_000;

    /** A hub that refuses this device is asked rarely: somebody has to change something first. */
    static final long REFUSED_MILLIS = 60_000;

    /** A device that was cut off may be let in again soon (account disable --undo): it asks so often for a minute. */
    static final long REVOKED_MILLIS = 5_000;

    private static final int REVOKED_TRIES = 12;

    static final long DIAL_MILLIS = 10_000;

    /** From the connection to the open session; a hub after a restart has thousands to greet. */
    static final long OPEN_MILLIS = 20_000;

    /** Frames of the hub that wait for the loop: mail and room windows, and relayed frames of many. */
    private static final long WAITING_BYTES_MAX = 32L << 20;

    /** Addresses named in one sentence. */
    private static final int ATTEMPTS_NAMED_MAX = 4;

    /** Requests without an answer yet; more are refused as BUSY. */
    private static final int ASKED_MAX = 2_048;

    /** One request: {@code answered} says whether an answer was the last one; or {@code failed}, once. */
    private static final class Asked {
        final Predicate<Frame> answered;
        final Consumer<Problem> failed;
        long answeredMillis;

        Asked(Predicate<Frame> answered, Consumer<Problem> failed) {
            this.answered = answered;
            this.failed = failed;
        }
    }

    private final Self self;
    private final Core core;
    private final Backoff backoff;
    private final Map<Integer, Asked> asked = new HashMap<>();
    private final HubClock clock;
    private Trusted trusted;
    private HubStatus status;
    private @Nullable Connection connection;
    private @Nullable Heartbeat heartbeat;
    private Cancellable timer = () -> {};
    private Cancellable dialling = () -> {};
    private int stream;
    private long openings;
    private boolean isOpen;
    private boolean isGreeted;
    private boolean isOpenSent;
    private boolean strangerAnswered;
    private boolean isStopped;
    private String refusal = "";
    private int soonTries;

    HubSession(Core core, Trusted trusted) {
        this.core = core;
        self = core.self;
        this.trusted = trusted;
        backoff = new Backoff(self.env(), BACKOFF_FIRST_MILLIS, BACKOFF_MAX_MILLIS);
        status = new HubStatus(Phase.CONNECTING, "", self.wall(), "");
        clock = new HubClock(core);
    }

    HubClock clock() {
        return clock;
    }

    HubStatus status() {
        return status;
    }

    boolean isOpen() {
        return isOpen;
    }

    /** Rises with every opened session: an answer or timer of an older one is recognised by it. */
    long openings() {
        return openings;
    }

    void start() {
        dial();
    }

    void stop(Goodbye goodbye) {
        isStopped = true;
        timer.cancel();
        dialling.cancel();
        if (connection != null) {
            connection.close(goodbye);
        }
    }

    /** Sends without wanting an answer; false when there is no session. */
    boolean send(Frame frame) {
        return isOpen && connection != null && connection.send(frame);
    }

    /** Sends a request; without a session it fails at once. */
    void ask(FrameType type, MessageLite message, Predicate<Frame> answered, Consumer<Problem> failed) {
        if (!isOpen || connection == null) {
            failed.accept(status.problem());
        } else if (asked.size() >= ASKED_MAX) {
            failed.accept(problem(ErrorCode.BUSY, "more than " + ASKED_MAX + " requests wait for the hub"));
        } else {
            request(connection, type, message, new Asked(answered, failed));
        }
    }

    /** As {@code ask}, but fails when the next answer takes longer than this. */
    void askWithin(
            long timeoutMillis,
            FrameType type,
            MessageLite message,
            Predicate<Frame> answered,
            Consumer<Problem> failed) {
        int before = stream;
        ask(type, message, answered, failed);
        Asked mine = asked.get(stream);
        if (stream != before && mine != null) { // else it failed at once
            mine.answeredMillis = self.env().clock().monotonicMillis();
            expect(stream, mine, timeoutMillis, timeoutMillis);
        }
    }

    private void expect(int sent, Asked mine, long timeoutMillis, long waitMillis) {
        self.loop().schedule(waitMillis, () -> {
            long silentMillis = self.env().clock().monotonicMillis() - mine.answeredMillis;
            if (silentMillis < timeoutMillis && asked.get(sent) == mine) {
                expect(sent, mine, timeoutMillis, timeoutMillis - silentMillis);
            } else if (asked.remove(sent, mine)) {
                mine.failed.accept(
                        problem(ErrorCode.UNREACHABLE, "the hub did not answer in " + timeoutMillis + " ms"));
            }
        });
    }

    /** Once a second or so: finds dead connections. */
    void tick() {
        if (isOpen && connection != null && heartbeat != null && !heartbeat.isAlive()) {
            connection.close(Handover.goodbye(GoodbyeReason.CLOSING, "no sign of life"));
            lost("the hub was silent for " + Heartbeat.DEAD_MILLIS / 1000 + " s", true);
        }
    }

    long rttMillis() {
        return heartbeat == null ? -1 : heartbeat.rttMillis();
    }

    private void dial() {
        if (isStopped) {
            return;
        }
        // Only a hub of the known roster may win the race; when none of these but a stranger answers, the next try lets
        // it in and looks at its proof: the roster may have changed while this peer was away.
        boolean admitsStrangers = strangerAnswered;
        strangerAnswered = false;
        if (status.phase() == Phase.CONNECTED) {
            change(Phase.CONNECTING, status.address(), "");
        }
        Trusted known = trusted;
        dialling = self.transport()
                .dial(
                        addresses(),
                        Protocol.HUB,
                        device -> admits(known, device, admitsStrangers),
                        DIAL_MILLIS,
                        new Outcome());
    }

    private boolean admits(Trusted known, DeviceId device, boolean admitsStrangers) {
        if (known.isHub(device)) {
            return true;
        }
        self.onLoop(() -> strangerAnswered = true);
        return admitsStrangers;
    }

    List<Address> addresses() {
        Set<Address> all = new LinkedHashSet<>();
        if (!status.address().isEmpty()) {
            all.add(Address.parse(status.address(), DEFAULT_PORT));
        }
        trusted.addresses().forEach(address -> all.add(Address.parse(address, DEFAULT_PORT)));
        all.addAll(self.settings().hubAddresses());
        return new ArrayList<>(all);
    }

    /** On an I/O thread; hands over to the loop. */
    private final class Outcome implements Transport.Dialled {
        @Override
        public void connected(Connection made) {
            made.receiver(new Handover(self.loop(), WAITING_BYTES_MAX, HubSession.this));
            self.onLoop(() -> HubSession.this.connected(made));
        }

        @Override
        public void failed(List<Transport.Attempt> attempts) {
            self.onLoop(() -> lost("no hub answers" + sentence(attempts), true));
        }
    }

    private void connected(Connection made) {
        if (isStopped) {
            made.close(Handover.goodbye(GoodbyeReason.CLOSING, "the peer is stopping"));
            return;
        }
        connection = made;
        heartbeat = new Heartbeat(self.env().clock(), made);
        isGreeted = false;
        isOpenSent = false;
        strangerAnswered = false;
        refusal = "";
        asked.clear();
        Hello hello = Hello.newBuilder()
                .setProtocolMin(Limits.PROTOCOL_VERSION_MIN)
                .setProtocolMax(Limits.PROTOCOL_VERSION)
                .setNetworkId(self.networkId())
                .setBootNonce(self.bootNonce())
                .setSoftware("covey " + self.settings().version())
                .build();
        request(made, FrameType.HELLO, hello, handshake(HelloReply.class, reply -> greeted(made, reply)));
        if (trusted.isHub(made.device())) {
            sendOpen(made); // one flight with HELLO: the TLS key is already known
        }
        timer.cancel();
        timer = self.loop().schedule(OPEN_MILLIS, () -> {
            made.close(Handover.goodbye(GoodbyeReason.CLOSING, "no session in time"));
            lost("the hub at " + made.remoteAddress() + " opened no session within " + OPEN_MILLIS / 1000 + " s", true);
        });
    }

    private void sendOpen(Connection to) {
        isOpenSent = true;
        request(to, FrameType.SESSION_OPEN, core.sessionOpen(), handshake(SessionOpenReply.class, reply -> {
            if (isGreeted) {
                opened(to, reply);
            }
        }));
    }

    private void request(Connection to, FrameType type, MessageLite message, Asked answer) {
        stream++;
        asked.put(stream, answer);
        to.send(Frame.of(type, stream, message));
    }

    /** One of the two first answers of a connection. A refusal here refuses the device. */
    private <T extends MessageLite> Asked handshake(Class<T> expected, Consumer<T> then) {
        return new Asked(
                frame -> {
                    then.accept(Messages.as(frame, expected));
                    return true;
                },
                problem -> {
                    boolean isRefusal =
                            problem.getCode() == ErrorCode.NOT_LOGGED_IN || problem.getCode() == ErrorCode.DENIED;
                    refusal = isRefusal && isProved() ? problem.getMessage() : "";
                    distrust(problem.getMessage());
                });
    }

    private void greeted(Connection from, HelloReply reply) {
        Trusted proved;
        try {
            proved = Rosters.verify(reply.getRoster(), self.networkId().toByteArray());
        } catch (UntrustedException e) {
            distrust("wrong network: " + e.getMessage());
            return;
        }
        if (!proved.isHub(from.device())) {
            distrust("the device at " + from.remoteAddress() + " is not a hub of this network");
            return;
        }
        boolean isNewest = proved.roster().getEpoch() >= trusted.roster().getEpoch();
        if (!isNewest && !trusted.isHub(from.device())) {
            distrust("the device at " + from.remoteAddress() + " was a hub of this network once, and is none any more");
            return;
        }
        trusted = isNewest ? proved : trusted;
        isGreeted = true;
        clock.told(reply.getHubTimeMillis());
        core.greeted(reply, trusted);
        if (!isOpenSent) {
            sendOpen(from);
        }
    }

    private void opened(Connection from, SessionOpenReply reply) {
        timer.cancel();
        isOpen = true;
        openings++;
        soonTries = 0;
        backoff.reset();
        log.info("session open hub={} account={}", from.remoteAddress(), reply.getAccount());
        change(Phase.CONNECTED, from.remoteAddress(), "");
        core.opened(reply);
    }

    /** Whether a hub of this network is at the other end: only its word may refuse this device. */
    private boolean isProved() {
        return isGreeted || (connection != null && trusted.isHub(connection.device()));
    }

    /** Ends the connection because the hub, or this side, does not want it. */
    private void distrust(String why) {
        if (connection != null) {
            connection.close(Handover.goodbye(GoodbyeReason.CLOSING, why));
        }
        lost(why, true);
    }

    @Override
    public void frame(Connection from, Frame frame) {
        if (!from.equals(connection) || heartbeat == null) {
            return;
        }
        heartbeat.heard();
        switch (frame.type()) {
            case PING -> heartbeat.answer(frame);
            case PONG -> heartbeat.pong(frame);
            case HELLO_REPLY, SESSION_OPEN_REPLY, COMMAND_REPLY, QUERY_REPLY, DIRECTORY_PAGE -> answer(frame);
            case ERROR -> problem(Messages.as(frame, Problem.class), frame.stream());
            case DIRECTORY_HEAD, PRESENCE, MAIL, ROOM_ITEMS, RELAY, RELAY_FAILED -> {
                if (isOpen) {
                    core.pushed(frame);
                }
            }
            case GOODBYE, AUTH_REPLY -> {} // the end is told by closed(); enrolment has a connection of its own
            case UNKNOWN, HELLO, JOIN, LOGIN, SESSION_OPEN, COMMAND, QUERY, DIRECTORY_SYNC -> unexpected(from, frame);
            case ADDRESSES, ROOM_ACK, LINK_HELLO, ENVELOPE, ENVELOPE_ACK, TRACK, BULK_HELLO -> unexpected(from, frame);
            case FETCH, FETCH_REPLY, HASHES, HASHES_REPLY, WANT, BLOCK, DECLINED, UNWANT -> unexpected(from, frame);
            case HAVE, CLOSE_FETCH, UNRECOGNIZED -> unexpected(from, frame);
        }
    }

    static void unexpected(Connection from, Frame frame) {
        if (frame.header().getMustUnderstand()) {
            from.send(Frame.of(
                    FrameType.ERROR,
                    frame.stream(),
                    problem(ErrorCode.UNSUPPORTED, "a peer does not take frames of type " + frame.type() + " here")));
        }
    }

    private void answer(Frame frame) {
        Asked answer = asked.get(frame.stream());
        if (answer == null) {
            return; // asked in an earlier session, or too late
        }
        answer.answeredMillis = self.env().clock().monotonicMillis();
        try {
            if (answer.answered.test(frame)) {
                asked.remove(frame.stream(), answer);
            }
        } catch (WireException e) {
            throw e; // the connection ends, and with it every request
        } catch (RuntimeException e) {
            log.error("answer of the hub could not be taken type={}", frame.type(), e);
            String why = "the hub's answer could not be taken: " + e.getMessage();
            problem(problem(ErrorCode.DAMAGED, why), frame.stream());
        }
    }

    private void problem(Problem problem, int stream) {
        Asked answer = asked.remove(stream);
        if (answer != null) {
            answer.failed.accept(problem);
        }
    }

    @Override
    public void closed(Connection from, Goodbye reason) {
        if (!from.equals(connection)) {
            return;
        }
        String why = reason.getMessage().isEmpty() ? "the connection ended" : reason.getMessage();
        if (reason.getReason() == GoodbyeReason.SHUTTING_DOWN) {
            // It may be a restart that is over already: look at once, then wait.
            backoff.reset();
            lost(reason.getMessage().isEmpty() ? "the hub is shutting down" : why, false);
            return;
        }
        if (isProved()) {
            refusal = HubStatus.refusal(reason.getReason(), why);
            soonTries = reason.getReason() == GoodbyeReason.REVOKED ? REVOKED_TRIES : soonTries;
        }
        lost(why, true);
    }

    private void lost(String why, boolean waits) {
        boolean wasOpen = isOpen;
        connection = null;
        isOpen = false;
        timer.cancel();
        if (isStopped) {
            return;
        }
        List<Asked> unanswered = new ArrayList<>(asked.values());
        asked.clear();
        boolean isRefused = !refusal.isEmpty();
        change(isRefused ? Phase.REFUSED : Phase.AWAY, status.address(), isRefused ? refusal : why);
        refusal = "";
        if (wasOpen) {
            Problem away = problem(ErrorCode.UNREACHABLE, "the hub went away before it answered: " + why);
            unanswered.forEach(answer -> answer.failed.accept(away));
        }
        long refusedMillis = soonTries-- > 0 ? REVOKED_MILLIS : REFUSED_MILLIS;
        long wait = !waits
                ? 0
                : isRefused ? refusedMillis / 2 + Backoff.jitter(self.env(), refusedMillis / 2) : backoff.nextMillis();
        timer = self.loop().schedule(wait, this::dial);
    }

    private void change(Phase phase, String address, String why) {
        HubStatus before = status;
        long since = before.phase() == phase ? before.sinceMillis() : self.wall();
        status = new HubStatus(phase, address, since, why);
        if (before.phase() != phase || !before.why().equals(why)) {
            core.changed(status);
        }
    }

    /** " (address: result; ...)", or nothing. */
    private static String sentence(List<Transport.Attempt> attempts) {
        String named = attempts.stream()
                .limit(ATTEMPTS_NAMED_MAX)
                .map(attempt -> attempt.address() + ": " + attempt.result())
                .collect(Collectors.joining("; "));
        return attempts.isEmpty() ? "" : " (" + named + (attempts.size() > ATTEMPTS_NAMED_MAX ? "; ..." : "") + ")";
    }

    static Problem problem(ErrorCode code, String sentence) {
        return Problem.newBuilder().setCode(code).setMessage(sentence).build();
    }
}

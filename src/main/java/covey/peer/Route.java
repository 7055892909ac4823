package covey.peer;

import covey.courier.PathKind;
import covey.env.Loop.Cancellable;
import covey.transport.Backoff;
import covey.wire.DeviceId;
import covey.wire.proto.RelayFailure;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How one other device is reached just now, and what is being tried. Owned by the loop. */
final class Route {
    /** A message does not wait longer for a direct link before it takes the relay. */
    static final long RELAY_AFTER_MILLIS = 250;

    /** A handful of addresses, three rounds. */
    static final int ATTEMPTS_MAX = 24;

    static final long REDIAL_FIRST_MILLIS = 1_000;
    static final long REDIAL_MAX_MILLIS = 60_000;

    /** After RELAY_FAILED the relay is not used for so long: the mailbox is. */
    static final long RELAY_PAUSE_MILLIS = 2_000;

    /** Chat asks again as soon as it hears that there is no way: the same answer is given once in so long. */
    static final long ANSWER_AGAIN_MILLIS = 1_000;

    final DeviceId device;
    private final Deque<RouteState.Attempt> attempts = new ArrayDeque<>();
    final Backoff redial;

    @Nullable
    Link link;
    /** What chat was told last. */
    PathKind told = PathKind.NONE;

    String why = "no link was wanted yet";
    long changedMillis;
    long usedMillis;
    /** Chat waits for a decision on its last wish. */
    boolean isUndecided;

    long answeredMillis;
    boolean isAnswerPlanned;

    boolean isDialling;
    Cancellable dialling = () -> {};
    Cancellable timer = () -> {};
    long dialledMillis;
    long relayFromMillis;
    long relayPausedUntilMillis;
    long nextDialMillis;

    Route(Self self, DeviceId device) {
        this.device = device;
        redial = new Backoff(self.env(), REDIAL_FIRST_MILLIS, REDIAL_MAX_MILLIS);
        usedMillis = self.now();
        answeredMillis = usedMillis - ANSWER_AGAIN_MILLIS;
        changedMillis = self.wall();
    }

    /** Calls off what is under way. */
    void end() {
        dialling.cancel();
        timer.cancel();
    }

    /** What of the world decides over a path. */
    record Facts(long nowMillis, boolean isHubUp, boolean isOnline, String hubWhy) {}

    /** A path and the reason for it. */
    record Choice(PathKind path, String why) {}

    /** True while a direct link may still come in time, and it is worth to wait for it. */
    boolean isWaiting(Facts facts) {
        boolean isHopeless = facts.isHubUp && !facts.isOnline;
        return link == null && isDialling && facts.nowMillis < relayFromMillis && !isHopeless;
    }

    Choice choose(Facts facts) {
        if (link != null) {
            String how = link.isDialledHere ? "direct link to " : "direct link from ";
            return new Choice(PathKind.DIRECT, how + link.connection.remoteAddress());
        }
        String direct = isDialling ? "no direct link within " + RELAY_AFTER_MILLIS + " ms, still trying" : directWhy();
        if (!facts.isHubUp) {
            return new Choice(PathKind.NONE, direct + "; no relay, the hub is not connected: " + facts.hubWhy);
        }
        if (!facts.isOnline) {
            return new Choice(PathKind.NONE, "the device is offline");
        }
        if (facts.nowMillis < relayPausedUntilMillis) {
            return new Choice(PathKind.NONE, direct + "; the relay failed just now");
        }
        return new Choice(PathKind.RELAY, direct);
    }

    private String directWhy() {
        RouteState.Attempt last = attempts.peekLast();
        if (last == null) {
            return "no direct link was tried yet";
        }
        return "no direct link: " + (last.address().isEmpty() ? "" : last.address() + ": ") + last.result();
    }

    void tried(String address, String result, long millis, long wallMillis) {
        if (attempts.size() >= ATTEMPTS_MAX) {
            attempts.removeFirst();
        }
        attempts.addLast(new RouteState.Attempt(address, result, millis, wallMillis));
    }

    RouteState state() {
        Link now = link;
        return new RouteState(
                device,
                told,
                why,
                now == null ? "" : now.connection.remoteAddress(),
                now == null ? -1 : now.heartbeat.rttMillis(),
                changedMillis,
                List.copyOf(attempts));
    }

    /** Why the hub could not relay, after "the hub could not relay: ". */
    static String reason(RelayFailure failure) {
        return switch (failure) {
            case OFFLINE -> "the device is offline";
            case NO_SUCH_DEVICE -> "it knows no such device";
            case BLOCKED -> "the receiver blocked this account";
            case CONGESTED -> "the device takes messages too slowly";
            case UNRECOGNIZED -> "for a reason this version does not know";
        };
    }
}

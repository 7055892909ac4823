package covey.peer;

import covey.wire.proto.ErrorCode;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Problem;

/**
 * Where a peer stands with its hub.
 *
 * @param address last hub connected
 * @param sinceMillis wall time of the last change of phase
 * @param why a sentence, empty when connected
 */
public record HubStatus(Phase phase, String address, long sinceMillis, String why) {
    public enum Phase {
        CONNECTING,
        CONNECTED,
        /** No hub answers; trying on. */
        AWAY,
        /** A hub of the network answers but does not take this device; trying on, rarely. */
        REFUSED
    }

    private static final String CLONED = "cloned: ";

    /** Why the hub does not take this device; empty when this end of a session is no refusal. */
    static String refusal(GoodbyeReason reason, String why) {
        return switch (reason) {
            case REVOKED -> "revoked: " + why;
            case CLONED -> CLONED + why;
            case LOGGED_OUT -> "logged out: " + why;
            case SHUTTING_DOWN, CLOSING, TOO_SLOW, PROTOCOL_ERROR, REPLACED, UNRECOGNIZED -> "";
        };
    }

    /** Another process has this device's key: the device itself is still enrolled. */
    public boolean isCloned() {
        return phase == Phase.REFUSED && why.startsWith(CLONED);
    }

    public boolean isConnected() {
        return phase == Phase.CONNECTED;
    }

    /** What to tell somebody who wants something of the hub while it is not connected. */
    public Problem problem() {
        return phase == Phase.REFUSED
                ? HubSession.problem(ErrorCode.NOT_LOGGED_IN, "the hub does not take this device: " + why)
                : HubSession.problem(ErrorCode.UNREACHABLE, "the hub is not connected: " + why);
    }
}

package covey.exchange;

import com.google.protobuf.ByteString;
import covey.content.ContentException.Reason;
import covey.wire.DeviceId;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Problem;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which ticket is shown to whom: the newest that names the device, since where many have a content each ticket names
 * others; else the newest. One owner.
 */
final class ShownTickets {
    /** A ticket is good for at least so long. */
    private static final long GOOD_MILLIS = 8 * 60_000;

    /** By then the hub may have given another one. */
    static final long AGAIN_MILLIS = 1_000;

    private record Named(ByteString ticket, long sinceMillis) {}

    private final Map<DeviceId, Named> named = new HashMap<>();
    private ByteString newest = ByteString.EMPTY;
    private boolean isGuess;

    void found(FetchPorts.Found found, long nowMillis) {
        isGuess = found.isGuess();
        if (isGuess) {
            return; // what the hub gave before may still be good
        }
        newest = found.ticket();
        named.values().removeIf(one -> nowMillis - one.sinceMillis > GOOD_MILLIS);
        found.named().forEach(device -> named.put(device, new Named(newest, nowMillis)));
    }

    ByteString of(DeviceId device) {
        return Optional.ofNullable(named.get(device)).map(Named::ticket).orElse(newest);
    }

    static Reason reason(Problem refusal) {
        return switch (refusal.getCode()) {
            case DENIED, NOT_LOGGED_IN -> Reason.DENIED;
            default -> Reason.NOT_FOUND;
        };
    }

    /** Whoever wanted another ticket has not refused for good: there is another one, or will be. */
    boolean isProvisional(DeviceId device, ByteString shown, Problem refusal) {
        return refusal.getCode() == ErrorCode.NOT_LOGGED_IN && (isGuess || !shown.equals(of(device)));
    }
}

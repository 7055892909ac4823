package covey.exchange;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;
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

    private record Named(ByteString ticket, long sinceMillis) {}

    private final Map<DeviceId, Named> named = new HashMap<>();
    private ByteString newest = ByteString.EMPTY;

    void found(FetchPorts.Found found, long nowMillis) {
        newest = found.ticket();
        named.values().removeIf(one -> nowMillis - one.sinceMillis > GOOD_MILLIS);
        found.named().forEach(device -> named.put(device, new Named(newest, nowMillis)));
    }

    ByteString of(DeviceId device) {
        return Optional.ofNullable(named.get(device)).map(Named::ticket).orElse(newest);
    }
}

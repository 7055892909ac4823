package covey.peer;

import covey.courier.PathKind;
import covey.wire.DeviceId;
import java.util.List;

/**
 * How another device is reached now, and what was tried.
 *
 * @param address of the direct link, else empty
 * @param rttMillis -1 = not measured
 * @param sinceMillis when the path last changed; 0 = there never was one
 */
public record RouteState(
        DeviceId device,
        PathKind path,
        String why,
        String address,
        long rttMillis,
        long sinceMillis,
        List<Attempt> attempts) {
    public RouteState {
        attempts = List.copyOf(attempts);
    }

    /** One try; {@code address} is empty for what concerns none. */
    public record Attempt(String address, String result, long millis, long atMillis) {}
}

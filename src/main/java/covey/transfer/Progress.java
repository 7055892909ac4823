package covey.transfer;

import covey.wire.DeviceId;
import java.util.List;

/**
 * How far a fetch is.
 *
 * @param millisLeft -1 when nobody can know
 */
public record Progress(
        long haveBytes, long totalBytes, long bytesPerSecond, long millisLeft, List<FromDevice> sources) {
    public Progress {
        sources = List.copyOf(sources);
    }

    /** One holder's share of it. */
    public record FromDevice(DeviceId device, long bytes, long bytesPerSecond) {}
}

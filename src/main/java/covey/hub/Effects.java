package covey.hub;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one log entry changed that sessions care for.
 *
 * @param mailFor devices whose mailbox grew
 * @param roomsGrown room -> its last index
 * @param roomsChanged rooms whose members changed (or that are new or gone)
 * @param directoryGrew there are new directory entries: see {@link HubState#view()}
 * @param revoked devices that may no longer have a session (revoked, or their account was disabled or removed)
 */
public record Effects(
        Set<DeviceId> mailFor,
        Map<ByteString, Long> roomsGrown,
        Set<ByteString> roomsChanged,
        boolean directoryGrew,
        List<DeviceId> revoked) {
    public boolean isEmpty() {
        return mailFor.isEmpty()
                && roomsGrown.isEmpty()
                && roomsChanged.isEmpty()
                && !directoryGrew
                && revoked.isEmpty();
    }

    /** Hears of effects on the thread that applies, after the entry is written: must only hand over. */
    public interface Listener {
        void applied(long index, Effects effects);
    }
}

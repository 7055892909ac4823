package covey.hub;

import com.google.protobuf.ByteString;
import covey.directory.Happening;
import covey.wire.DeviceId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Gathers the effects of one log entry, command by command. */
final class EffectsSoFar {
    private final Set<DeviceId> mailFor = new LinkedHashSet<>();
    private final Map<ByteString, Long> roomsGrown = new LinkedHashMap<>();
    private final Set<ByteString> roomsChanged = new LinkedHashSet<>();
    private final List<DeviceId> revoked = new ArrayList<>();

    /** The command was carried out. */
    void add(List<Happening> happenings) {
        for (Happening happening : happenings) {
            switch (happening) {
                case Happening.MailArrived(DeviceId device) -> mailFor.add(device);
                case Happening.RoomGrew(ByteString room, long lastIndex) -> roomsGrown.put(room, lastIndex);
                case Happening.Joined(ByteString room, String account) -> roomsChanged.add(room);
                case Happening.Left(ByteString room, String account) -> roomsChanged.add(room);
                case Happening.RoomEnded(ByteString room) -> roomsChanged.add(room);
                case Happening.Gone(DeviceId device, String account) -> revoked.add(device);
                case Happening.Suspended(DeviceId device) -> revoked.add(device);
                case Happening.Enrolled enrolled -> {}
                case Happening.AccountRemoved removed -> {}
            }
        }
    }

    Effects build(boolean directoryGrew) {
        return new Effects(mailFor, roomsGrown, roomsChanged, directoryGrew, revoked);
    }
}

package covey.directory;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;

/** What a command brought about that other features, or the sessions of devices, must follow. */
public sealed interface Happening {
    /** A device was added to its account. */
    record Enrolled(DeviceId device, String account) implements Happening {}

    /** A device was revoked, or its account removed: it never comes back. */
    record Gone(DeviceId device, String account) implements Happening {}

    /** A device may have no session for now: its account is disabled. */
    record Suspended(DeviceId device) implements Happening {}

    record Joined(ByteString room, String account) implements Happening {}

    record Left(ByteString room, String account) implements Happening {}

    /** The last member left. */
    record RoomEnded(ByteString room) implements Happening {}

    /** Something waits for the device. */
    record MailArrived(DeviceId device) implements Happening {}

    /** A room has a new item. */
    record RoomGrew(ByteString room, long lastIndex) implements Happening {}

    /** The name is nobody's any more; its devices are gone, too. */
    record AccountRemoved(String account) implements Happening {}
}

package covey.courier;

import covey.mailbox.RoomChain;
import covey.wire.DeviceId;
import java.util.List;
import java.util.Optional;

/**
 * What is asked of the directory and of presence about devices. Answers come from what this device knows at once, never
 * blocking, and change only between turns of the loop (see {@link Courier#directoryChanged}). Accounts are named
 * without '@'.
 */
public interface Devices extends RoomChain.Signers {
    /** Devices that may receive: not revoked, the account neither disabled nor removed. In order of enrolment. */
    List<PersonDevice> devices(String account);

    /** The account of a device that may act now. */
    Optional<String> accountOf(DeviceId device);

    boolean isOnline(DeviceId device);

    /** Entries of the directory log known here. */
    long directorySize();

    /** Monotonic time at which the directory known here was last all that a hub signs for. */
    long directoryCheckedMillis();

    /** Whether the own account blocked this one. */
    boolean isBlocked(String account);
}

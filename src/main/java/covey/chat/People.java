package covey.chat;

import covey.wire.DeviceId;
import java.util.List;
import java.util.Optional;

/**
 * What chat asks of the directory and of presence. Answers come from what this device knows at once, never blocking, and
 * change only between turns of the loop (see {@link ChatEngine#directoryChanged}). Accounts are named without '@'.
 */
public interface People {
    boolean exists(String account);

    /** All accounts, for suggesting the one that was meant. */
    List<String> accounts();

    /** Devices that may receive: not revoked, the account neither disabled nor removed. In order of enrolment. */
    List<PersonDevice> devices(String account);

    /** The account of a device that may act now. */
    Optional<String> accountOf(DeviceId device);

    /** The account for which a device was enrolled, revoked meanwhile or not: old statements name such devices. */
    Optional<String> enrolledFor(DeviceId device);

    /** SubjectPublicKeyInfo of any device that was ever enrolled. */
    Optional<byte[]> publicKey(DeviceId device);

    boolean isOnline(DeviceId device);

    /** Entries of the directory log known here. */
    long directorySize();

    /** Whether the own account blocked this one. */
    boolean isBlocked(String account);
}

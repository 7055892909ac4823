package covey.courier;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Who gives the courier what to carry, and gets what it brought. Called on the loop, within the turn in which things
 * happen. What a {@code kind} means is the recipient's own affair.
 */
public interface Recipient {
    /** Whether this came in before and is kept; everything else the courier remembers itself. */
    boolean isKnown(DeviceId from, ByteString id);

    /** Something new was opened: to be kept in this turn. False when it is not understood. */
    boolean opened(DeviceId from, String account, ByteString id, byte[] body);

    /** What is to be sealed, of what was posted without a body. */
    Optional<ByteString> body(ByteString id, int kind);

    /** A device could not open mail that was settled long ago: its kind, if that device may have it once more. */
    OptionalInt wantedAgain(DeviceId device, ByteString id);

    /** The device has stored it. */
    void arrived(DeviceId device, ByteString id, int kind);

    /** The device's mailbox has it. */
    void stored(DeviceId device, ByteString id, int kind);

    void failed(DeviceId device, ByteString id, int kind, String reason);

    /** The mailbox wants copies for devices that are not known here, or not sealed to. */
    void devicesMissed(String account);

    /** What the items for this device wait for; empty when they are on their way. */
    void waits(DeviceId device, String account, String reason);
}

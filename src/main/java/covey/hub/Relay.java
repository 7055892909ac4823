package covey.hub;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.RelayFailed;
import covey.wire.proto.RelayFailure;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Passes frames between two devices that have no direct link. Runs on the sender's I/O thread, without the loop: a
 * frame is looked at no further than its header. Nothing is stored; sender and receiver acknowledge end to end.
 */
final class Relay {
    private final ConcurrentHashMap<DeviceId, HubSession> open;
    private final HubState state;
    private final LongAdder relayed = new LongAdder();

    Relay(ConcurrentHashMap<DeviceId, HubSession> open, HubState state) {
        this.state = state;
        this.open = open;
    }

    long relayedFrames() {
        return relayed.sum();
    }

    void forward(HubSession from, Frame frame) {
        if (from.stage != HubSession.Stage.OPEN) {
            from.refuse(frame.stream(), ErrorCode.NOT_LOGGED_IN, "open a session before relaying");
            from.closeIfStranger("RELAY before a session");
            return;
        }
        FrameHeader header = frame.header();
        if (header.getDevice().size() != DeviceId.BYTES) {
            from.refuse(
                    frame.stream(),
                    ErrorCode.BAD_REQUEST,
                    "RELAY: destination of " + header.getDevice().size() + " bytes (expected: " + DeviceId.BYTES + ")");
            return;
        }
        HubSession to = open.get(DeviceId.of(header.getDevice()));
        if (to == null) {
            fail(from, header, RelayFailure.OFFLINE);
        } else if (state.isBlocked(to.account, from.account)) {
            fail(from, header, RelayFailure.BLOCKED);
        } else if (!to.connection.isWritable()) {
            // The receiver reads slowly: the sender keeps the message and tries later or uses the mailbox.
            fail(from, header, RelayFailure.CONGESTED);
        } else {
            FrameHeader onward =
                    header.toBuilder().setDevice(from.device().toByteString()).build();
            if (to.connection.send(new Frame(onward, frame.payload()))) {
                relayed.increment();
            } else {
                fail(from, header, RelayFailure.OFFLINE);
            }
        }
    }

    private static void fail(HubSession from, FrameHeader header, RelayFailure reason) {
        ByteString device = header.getDevice();
        from.connection.send(Frame.of(
                FrameType.RELAY_FAILED,
                header.getStream(),
                RelayFailed.newBuilder().setDevice(device).setReason(reason).build()));
    }
}

package covey.hub;

import covey.wire.DeviceId;
import covey.wire.proto.PresenceDelta;
import covey.wire.proto.PresenceSnapshot;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who is here: soft state of one hub. Devices are bits by their directory index, so that a snapshot for 2,000 devices
 * is 250 bytes and a login costs every other session a few bytes of a batched delta. Owned by the hub's loop.
 */
final class Presence {
    private final BitSet online = new BitSet();
    private final Map<DeviceId, Long> since = new HashMap<>();
    private final BitSet changed = new BitSet();
    private long version;

    /** The device came or went; the next delta tells it. */
    void set(DeviceId device, int index, boolean isOnline, long nowMillis) {
        if (online.get(index) == isOnline) {
            return;
        }
        online.set(index, isOnline);
        since.put(device, nowMillis);
        // Also told when it came and went within one batch: a session opened meanwhile saw the state between.
        changed.set(index);
    }

    boolean isOnline(int index) {
        return online.get(index);
    }

    /** When the device last came or went, as far as this hub saw. */
    Optional<Long> sinceMillis(DeviceId device) {
        return Optional.ofNullable(since.get(device));
    }

    PresenceSnapshot snapshot() {
        return PresenceSnapshot.newBuilder()
                .setVersion(version)
                .setOnline(com.google.protobuf.ByteString.copyFrom(online.toByteArray()))
                .build();
    }

    /** What changed since the last call; empty when nothing did. */
    Optional<PresenceDelta> takeDelta(long nowMillis) {
        if (changed.isEmpty()) {
            return Optional.empty();
        }
        version++;
        PresenceDelta.Builder delta =
                PresenceDelta.newBuilder().setVersion(version).setTimeMillis(nowMillis);
        for (int i = changed.nextSetBit(0); i >= 0; i = changed.nextSetBit(i + 1)) {
            if (online.get(i)) {
                delta.addOnline(i);
            } else {
                delta.addOffline(i);
            }
        }
        changed.clear();
        return Optional.of(delta.build());
    }
}

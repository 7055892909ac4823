package covey.hub;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;
import covey.wire.proto.PresenceDelta;
import covey.wire.proto.PresenceSnapshot;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
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

    /** Who is online, with the newcomer; empty when that does not fit: {@link #everyone} tells it then. */
    PresenceSnapshot snapshot(int newcomer) {
        PresenceSnapshot.Builder snapshot = PresenceSnapshot.newBuilder().setVersion(version);
        if (!isLarge()) {
            BitSet all = (BitSet) online.clone();
            all.set(newcomer);
            snapshot.setOnline(ByteString.copyFrom(all.toByteArray()));
        }
        return snapshot.build();
    }

    /** What the snapshot had no place for. */
    List<PresenceDelta> everyone() {
        return isLarge() ? deltas(online, 0) : List.of();
    }

    private boolean isLarge() {
        return online.length() / 8 >= HubLimits.PRESENCE_SNAPSHOT_BYTES_MAX;
    }

    /** What changed since the last call; empty when nothing did. */
    List<PresenceDelta> takeDeltas(long nowMillis) {
        if (!changed.isEmpty()) {
            version++;
        }
        List<PresenceDelta> deltas = deltas(changed, nowMillis);
        changed.clear();
        return deltas;
    }

    private List<PresenceDelta> deltas(BitSet indices, long timeMillis) {
        List<PresenceDelta> deltas = new ArrayList<>();
        PresenceDelta.Builder delta = PresenceDelta.newBuilder();
        for (int i = indices.nextSetBit(0); i >= 0; i = indices.nextSetBit(i + 1)) {
            if (online.get(i)) {
                delta.addOnline(i);
            } else {
                delta.addOffline(i);
            }
            boolean isLast = indices.nextSetBit(i + 1) < 0;
            if (isLast || delta.getOnlineCount() + delta.getOfflineCount() >= HubLimits.PRESENCE_CHANGES_MAX) {
                deltas.add(delta.setVersion(version).setTimeMillis(timeMillis).build());
                delta.clear();
            }
        }
        return deltas;
    }
}

package covey.peer;

import covey.wire.proto.PresenceDelta;
import covey.wire.proto.PresenceSnapshot;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Who the hub says is online, by directory index. Owned by the loop. */
final class Presence {
    /** Indices beyond this are not believed: a bit set of 2 MB. */
    static final int INDEX_MAX = 1 << 24;

    private BitSet online = new BitSet();
    private final Map<Integer, Long> since = new HashMap<>();

    /** Replaces everything; returns what differs. */
    BitSet snapshot(PresenceSnapshot snapshot) {
        BitSet next = BitSet.valueOf(snapshot.getOnline().toByteArray());
        BitSet changed = (BitSet) next.clone();
        changed.xor(online);
        online = next;
        changed.stream().forEach(since::remove); // the snapshot does not say since when
        return changed;
    }

    /** Applies a change; returns what differs. */
    BitSet delta(PresenceDelta delta) {
        BitSet changed = new BitSet();
        set(delta.getOnlineList(), true, delta.getTimeMillis(), changed);
        set(delta.getOfflineList(), false, delta.getTimeMillis(), changed);
        return changed;
    }

    private void set(List<Integer> indices, boolean isOnline, long timeMillis, BitSet changed) {
        for (int index : indices) {
            if (index >= 0 && index < INDEX_MAX && online.get(index) != isOnline) {
                online.set(index, isOnline);
                since.put(index, timeMillis);
                changed.set(index);
            }
        }
    }

    /** As the hub remembers it, unless something happened since it was asked. */
    void since(long index, boolean isOnline, long timeMillis) {
        if (timeMillis > 0 && index < INDEX_MAX && online.get((int) index) == isOnline) {
            since.put((int) index, timeMillis);
        }
    }

    boolean isOnline(long index) {
        return index < INDEX_MAX && online.get((int) index);
    }

    /** Since when this peer knows the present state; 0 = unknown. */
    long sinceMillis(long index) {
        return index < INDEX_MAX ? since.getOrDefault((int) index, 0L) : 0;
    }
}

package covey.courier;

import com.google.protobuf.ByteString;
import covey.wire.BodyRules;
import covey.wire.proto.RoomItem;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/** How far this device has stored what rooms said; the hub is told where that is enough to be worth a frame. */
public final class RoomCursors {
    /** Half of what a hub sends ahead ... */
    private static final int ACKNOWLEDGED_BYTES = 32 * 1024;

    /** ... and what is less waits so many seconds: a cursor that is late only has something sent twice. */
    private static final int ACKNOWLEDGE_TICKS = 5;

    /** Rooms in a tick, those first that wait longest: a device may be in many. */
    private static final int ACKNOWLEDGED_ROOMS_MAX = 16;

    private final Station station;
    private final Map<ByteString, Cursor> cursors = new HashMap<>();
    private int ticks;

    private static final class Cursor {
        long received;
        long acknowledged;
        int unacknowledgedBytes;
        int dueTick;

        boolean isAhead() {
            return received > acknowledged;
        }
    }

    public RoomCursors(Station station) {
        this.station = station;
    }

    /** A new session. */
    public void startOver() {
        cursors.clear();
    }

    /** It is stored with this turn. */
    public void received(RoomItem item) {
        if (BodyRules.isRoom(item.getRoom())) {
            Cursor cursor = cursors.computeIfAbsent(item.getRoom(), room -> new Cursor());
            if (!cursor.isAhead()) {
                cursor.dueTick = ticks + ACKNOWLEDGE_TICKS;
            }
            if (item.getIndex() <= cursor.acknowledged) { // the hub did not hear of it: said again
                cursor.acknowledged = item.getIndex() - 1;
            }
            cursor.received = Math.max(cursor.received, item.getIndex());
            cursor.unacknowledgedBytes += item.getSerializedSize();
        }
    }

    /** About once a second. */
    public void tick() {
        ticks++;
        cursors.entrySet().stream()
                .filter(entry -> entry.getValue().isAhead() && ticks >= entry.getValue().dueTick)
                .sorted(Comparator.comparingInt(entry -> entry.getValue().dueTick))
                .limit(ACKNOWLEDGED_ROOMS_MAX)
                .forEach(entry -> acknowledge(entry.getKey(), entry.getValue()));
    }

    public void acknowledge() {
        cursors.forEach((room, cursor) -> {
            if (cursor.isAhead() && cursor.unacknowledgedBytes >= ACKNOWLEDGED_BYTES) {
                acknowledge(room, cursor);
            }
        });
    }

    private void acknowledge(ByteString room, Cursor cursor) {
        long upTo = cursor.received;
        cursor.acknowledged = upTo;
        cursor.unacknowledgedBytes = 0;
        station.turn.after(() -> station.paths.roomStored(room, upTo));
    }

    /** So far the hub was told. */
    public long acknowledged(ByteString room) {
        Cursor cursor = cursors.get(room);
        return cursor == null ? 0 : cursor.acknowledged;
    }
}

package covey.hub;

import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/** What was pushed to one session and not yet acknowledged. Owned by the hub's loop. */
final class Pushes {
    final HubSession session;
    long mailSent;
    private final ArrayDeque<Sent> mailInFlight = new ArrayDeque<>();
    final Map<ByteString, RoomCursor> rooms = new HashMap<>();
    int bytesInFlight;
    long progressMillis;

    Pushes(HubSession session) {
        this.session = session;
    }

    boolean hasRoom() {
        return bytesInFlight < HubLimits.PUSH_WINDOW_BYTES;
    }

    boolean isIdle() {
        return bytesInFlight == 0;
    }

    void mailSent(long position, int bytes) {
        mailSent = position;
        mailInFlight.add(new Sent(position, bytes));
        bytesInFlight += bytes;
    }

    void mailAcknowledged(long upTo) {
        bytesInFlight -= settle(mailInFlight, upTo);
        mailSent = Math.max(mailSent, upTo);
    }

    void roomSent(ByteString room, long index, int bytes) {
        RoomCursor cursor = rooms.get(room);
        if (cursor != null) {
            cursor.sent = index;
            cursor.inFlight.add(new Sent(index, bytes));
            bytesInFlight += bytes;
        }
    }

    void roomAcknowledged(ByteString room, long upTo) {
        RoomCursor cursor = rooms.get(room);
        if (cursor != null) {
            bytesInFlight -= settle(cursor.inFlight, upTo);
            cursor.acknowledged = Math.max(cursor.acknowledged, upTo);
            cursor.sent = Math.max(cursor.sent, upTo);
        }
    }

    /** The session belongs to the room from this cursor on; keeps what is already in flight. */
    void join(ByteString room, long acknowledged) {
        rooms.computeIfAbsent(room, absent -> new RoomCursor(acknowledged));
    }

    void leave(ByteString room) {
        RoomCursor cursor = rooms.remove(room);
        if (cursor != null) {
            bytesInFlight -= settle(cursor.inFlight, Long.MAX_VALUE);
        }
    }

    /** Forgets what is in flight, so that it is sent again; receivers drop doubles. */
    void again() {
        mailInFlight.clear();
        mailSent = 0;
        for (RoomCursor cursor : rooms.values()) {
            cursor.inFlight.clear();
            cursor.sent = cursor.acknowledged;
        }
        bytesInFlight = 0;
    }

    private static int settle(ArrayDeque<Sent> inFlight, long upTo) {
        int bytes = 0;
        for (Sent first = inFlight.peek(); first != null && first.position <= upTo; first = inFlight.peek()) {
            bytes += first.bytes;
            inFlight.poll();
        }
        return bytes;
    }

    /** Position of one session in one room's log. */
    static final class RoomCursor {
        long sent;
        long acknowledged;
        private final ArrayDeque<Sent> inFlight = new ArrayDeque<>();

        RoomCursor(long acknowledged) {
            this.sent = acknowledged;
            this.acknowledged = acknowledged;
        }
    }

    private record Sent(long position, int bytes) {}
}

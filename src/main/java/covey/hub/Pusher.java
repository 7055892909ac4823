package covey.hub;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;
import covey.wire.EncodedFrame;
import covey.wire.Frame;
import covey.wire.proto.Command;
import covey.wire.proto.FrameType;
import covey.wire.proto.MailItem;
import covey.wire.proto.MailPush;
import covey.wire.proto.RoomCursor;
import covey.wire.proto.RoomCursors;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPush;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Brings mail and room items to the devices that are here, in order, with a bounded window of what is not yet
 * acknowledged. The state keeps everything until it is; losing this soft state only sends something twice. Owned by the
 * hub's loop.
 */
final class Pusher {
    private static final int SESSIONS_PER_MILLI = 50;

    /** Nobody waits longer than this for a post, however many are here. */
    private static final int ROOM_BATCH_MILLIS_MAX = 50;

    private final HubNode hub;
    private final HubState state;
    /** Last index by room, as it was told; the one that grew longest ago is forgotten first. */
    private final Map<ByteString, Long> roomLast = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteString, Long> eldest) {
            return size() > HubLimits.ROOMS_REMEMBERED_MAX;
        }
    };

    private final Map<ByteString, Long> grown = new HashMap<>();
    private final Map<DeviceId, Map<ByteString, Long>> moved = new HashMap<>();
    private boolean isRefreshPlanned;

    Pusher(HubNode hub) {
        this.hub = hub;
        this.state = hub.state;
    }

    void opened(HubSession session) {
        refreshRooms(session);
        session.pushes.progressMillis = hub.env.clock().monotonicMillis();
        push(session);
    }

    /** Sends as much as the window allows. */
    void push(HubSession session) {
        if (session.stage != HubSession.Stage.OPEN) {
            return;
        }
        Pushes pushes = session.pushes;
        if (pushes.isIdle()) {
            pushes.progressMillis = hub.env.clock().monotonicMillis();
        }
        while (pushes.hasRoom() && session.connection.isWritable() && pushMail(session)) {
            // Until the window is full or nothing waits.
        }
        for (ByteString room : List.copyOf(pushes.rooms.keySet())) {
            while (pushes.hasRoom() && session.connection.isWritable() && pushRoom(session, room)) {
                // As above.
            }
        }
    }

    private boolean pushMail(HubSession session) {
        List<MailItem> items = state.mail(session.device(), session.pushes.mailSent, HubLimits.PUSH_FRAME_BYTES);
        if (items.isEmpty()) {
            return false;
        }
        Frame frame = Frame.of(
                FrameType.MAIL, MailPush.newBuilder().addAllItems(items).build());
        session.pushes.mailSent(items.getLast().getPosition(), frame.payload().length);
        return session.connection.send(frame);
    }

    private boolean pushRoom(HubSession session, ByteString room) {
        Pushes.RoomCursor cursor = session.pushes.rooms.get(room);
        if (cursor == null || cursor.sent >= roomLast.getOrDefault(room, Long.MAX_VALUE)) {
            return false;
        }
        List<RoomItem> items = state.roomItems(room, cursor.sent, HubLimits.PUSH_FRAME_BYTES);
        if (items.isEmpty()) {
            return false;
        }
        Frame frame = roomFrame(items);
        session.pushes.roomSent(room, items.getLast().getIndex(), frame.payload().length);
        return session.connection.send(frame);
    }

    private static Frame roomFrame(List<RoomItem> items) {
        return Frame.of(
                FrameType.ROOM_ITEMS, RoomPush.newBuilder().addAllItems(items).build());
    }

    void mailGrown(Set<DeviceId> devices) {
        for (DeviceId device : devices) {
            HubSession session = hub.open.get(device);
            if (session != null) {
                push(session);
            }
        }
    }

    /**
     * New items of a room. What is posted while many listen goes out together: a write costs more than what is in it,
     * so with 2,000 sessions a post waits 40 ms for others, with 50 only one.
     */
    void roomGrown(ByteString room, long last) {
        roomLast.putIfAbsent(room, last - 1);
        if (grown.merge(room, last, Math::max) == last && grown.size() == 1) {
            long waitMillis = Math.min(hub.open.size() / SESSIONS_PER_MILLI, ROOM_BATCH_MILLIS_MAX);
            hub.loop.schedule(waitMillis, this::pushGrown);
        }
    }

    private void pushGrown() {
        Map<ByteString, Long> now = Map.copyOf(grown);
        grown.clear();
        now.forEach(this::pushGrown);
    }

    /** One frame, encoded once, for every session that is at the room's end; the others catch up. */
    private void pushGrown(ByteString room, long last) {
        long before = roomLast.getOrDefault(room, last - 1);
        roomLast.put(room, last);
        List<RoomItem> items = state.roomItems(room, before, HubLimits.PUSH_FRAME_BYTES);
        if (items.isEmpty()) {
            return;
        }
        Frame frame = roomFrame(items);
        EncodedFrame shared = EncodedFrame.of(frame);
        long end = items.getLast().getIndex();
        for (HubSession session : hub.open.values()) {
            Pushes.RoomCursor cursor = session.pushes.rooms.get(room);
            if (cursor == null || session.stage != HubSession.Stage.OPEN) {
                continue;
            }
            Pushes pushes = session.pushes;
            if (cursor.sent == before && end == last && pushes.hasRoom() && session.connection.isWritable()) {
                if (pushes.isIdle()) {
                    pushes.progressMillis = hub.env.clock().monotonicMillis();
                }
                pushes.roomSent(room, last, frame.payload().length);
                session.connection.send(shared);
            } else {
                push(session);
            }
        }
    }

    void mailAcknowledged(HubSession session, long upTo) {
        boolean wasFull = !session.pushes.hasRoom();
        session.pushes.mailAcknowledged(upTo);
        session.pushes.progressMillis = hub.env.clock().monotonicMillis();
        if (wasFull) { // else nothing waits for a place
            push(session);
        }
    }

    /** Acknowledgements that came together; whatever waits for a place is looked for once. */
    void roomsAcknowledged(HubSession session, Map<ByteString, Long> rooms) {
        boolean wasFull = !session.pushes.hasRoom();
        rooms.forEach((room, upTo) -> roomAcknowledged(session, room, upTo));
        if (wasFull) {
            push(session);
        }
    }

    /** Remembered, and written to the state with those of the next seconds: a lost one only sends something twice. */
    private void roomAcknowledged(HubSession session, ByteString room, long upTo) {
        Pushes.RoomCursor cursor = session.pushes.rooms.get(room);
        // What was sent does not bound it: that goes back when it is sent again. The state takes none beyond the end.
        if (cursor == null || upTo <= cursor.acknowledged) {
            return;
        }
        session.pushes.roomAcknowledged(room, upTo);
        session.pushes.progressMillis = hub.env.clock().monotonicMillis();
        if (moved.isEmpty()) {
            hub.loop.schedule(HubLimits.CURSORS_MILLIS, this::writeCursors);
        }
        moved.computeIfAbsent(session.device(), device -> new HashMap<>()).put(room, upTo);
    }

    private void writeCursors() {
        RoomCursors.Builder cursors = RoomCursors.newBuilder();
        moved.forEach((device, rooms) -> rooms.forEach((room, upTo) -> {
            cursors.addCursors(RoomCursor.newBuilder()
                    .setDevice(device.toByteString())
                    .setRoom(room)
                    .setUpTo(upTo));
            if (cursors.getCursorsCount() == HubLimits.CURSORS_PER_COMMAND) {
                write(cursors.build());
                cursors.clear();
            }
        }));
        moved.clear();
        if (cursors.getCursorsCount() > 0) {
            write(cursors.build());
        }
    }

    private void write(RoomCursors cursors) {
        hub.own(Command.newBuilder().setRoomCursors(cursors).build(), result -> {
            if (result.hasProblem()) {
                HubNode.log.warn("cursors refused why={}", result.getProblem().getMessage());
            }
        });
    }

    /** Somebody joined, left or was removed from a room: look again, for all changes of a moment together. */
    void membershipChanged() {
        if (!isRefreshPlanned) {
            isRefreshPlanned = true;
            hub.loop.schedule(HubLimits.PRESENCE_BATCH_MILLIS, () -> {
                isRefreshPlanned = false;
                for (HubSession session : List.copyOf(hub.open.values())) {
                    refreshRooms(session);
                    push(session);
                }
            });
        }
    }

    private void refreshRooms(HubSession session) {
        Map<ByteString, Long> cursors = new HashMap<>();
        for (HubState.RoomCursor cursor : state.roomsOf(session.device())) {
            long unwritten = moved.getOrDefault(session.device(), Map.of()).getOrDefault(cursor.room(), 0L);
            cursors.put(cursor.room(), Math.max(cursor.acknowledged(), unwritten));
        }
        for (ByteString room : List.copyOf(session.pushes.rooms.keySet())) {
            if (!cursors.containsKey(room)) {
                session.pushes.leave(room);
                RoomPush left = RoomPush.newBuilder().addLeft(room).build();
                session.connection.send(Frame.of(FrameType.ROOM_ITEMS, left));
            }
        }
        cursors.forEach(session.pushes::join);
    }

    /** Sends again what was never acknowledged: the device may have dropped it without closing the connection. */
    void sweep(Collection<HubSession> sessions, long nowMillis) {
        for (HubSession session : sessions) {
            Pushes pushes = session.pushes;
            if (!pushes.isIdle() && nowMillis - pushes.progressMillis > HubLimits.PUSH_AGAIN_MILLIS) {
                pushes.again();
                pushes.progressMillis = nowMillis;
                push(session);
            }
        }
    }
}

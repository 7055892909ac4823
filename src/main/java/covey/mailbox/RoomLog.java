package covey.mailbox;

import com.google.protobuf.ByteString;
import covey.directory.Happening;
import covey.directory.Refused;
import covey.directory.Step;
import covey.store.Keys;
import covey.store.MerkleLog;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.RoomCursor;
import covey.wire.proto.RoomCursors;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.StoredAt;
import covey.wire.proto.StoredRoom;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was said in rooms: each post once, numbered per room, with a cursor per member device. A post goes when every
 * device acknowledged it, or at the end of its lifetime, or when the room says more than it may keep. Keeps nothing
 * itself: all is in the store.
 */
public final class RoomLog {
    /** Posts of one room that may wait for its slowest device; then the oldest go. */
    public static final int ITEMS_PER_ROOM_MAX = 10_000;

    public static final long BYTES_PER_ROOM_MAX = 32L << 20;

    /** Posts that one command may remove, so that no command takes long; ticks and later commands do the rest. */
    static final int PRUNED_AT_ONCE_MAX = 500;

    /** Rooms that one tick looks at. */
    static final int ROOMS_PER_TICK_MAX = 10;

    /** A key id, a chain counter's signature: what a sealed post has beside its ciphertext. */
    private static final int SEAL_BYTES_MAX = 256;

    private RoomLog() {}

    /** Adds a post; the same post again gets the same answer. */
    public static StoredAt post(Step step, RoomPost command) {
        ByteString room = command.getRoom();
        DeviceId device = step.actor().device().orElseThrow();
        checkShape(command);
        checkMayPost(step, command);
        byte[] postKey = Tables.key(Tables.ROOM_POST, room, command.getPostId());
        Optional<byte[]> done = step.get(postKey);
        if (done.isPresent()) {
            RoomItem before = item(step.get(Tables.key(Tables.ROOM_ITEM, room, Records.number(done.get())))
                    .orElseThrow());
            if (!before.getFromDevice().equals(device.toByteString())) {
                throw Refused.conflict("Another device posted under this id: draw a new one.");
            }
            return StoredAt.newBuilder()
                    .setIndex(before.getIndex())
                    .setTimeMillis(before.getTimeMillis())
                    .build();
        }
        RoomFigures figures = figures(step::get, room);
        long index = figures.last() + 1;
        byte[] item = RoomItem.newBuilder()
                .setRoom(room)
                .setIndex(index)
                .setTimeMillis(step.nowMillis())
                .setFromAccount(step.actor().account())
                .setFromDevice(device.toByteString())
                .setPost(command)
                .build()
                .toByteArray();
        step.put(Tables.key(Tables.ROOM_ITEM, room, index), item);
        step.put(postKey, Tables.number(index));
        figures = figures.plus(item.length);
        if (figures.expiryMillis() == 0) {
            figures = figures.expiring(step.nowMillis() + MailboxState.LIFETIME_MILLIS);
            step.put(Tables.key(Tables.ROOM_EXPIRY, figures.expiryMillis(), room.toByteArray()), Tables.NOTHING);
        }
        save(step, room, prune(step, room, figures, Long.MIN_VALUE, PRUNED_AT_ONCE_MAX));
        step.happened(new Happening.RoomGrew(room, index));
        return StoredAt.newBuilder()
                .setIndex(index)
                .setTimeMillis(step.nowMillis())
                .build();
    }

    private static void checkShape(RoomPost command) {
        boolean fits = command.getPostId().size() == Limits.ID_BYTES
                && switch (command.getContentCase()) {
                    case TEXT -> {
                        int bytes = command.getTextBytes().size();
                        yield bytes > 0 && bytes <= Limits.TEXT_BYTES_MAX;
                    }
                    case SEALED -> {
                        int bytes = command.getSealed().getCiphertext().size();
                        yield bytes > 0
                                && bytes <= Limits.ENVELOPE_BYTES_MAX
                                && command.getSealed().getSerializedSize() <= bytes + SEAL_BYTES_MAX;
                    }
                    case CONTENT_NOT_SET -> false;
                };
        if (!fits) {
            throw Refused.bad("A post has an id of 16 bytes and a text of at most " + Limits.TEXT_BYTES_MAX
                    + " bytes (longer things are files).");
        }
    }

    private static void checkMayPost(Step step, RoomPost command) {
        if (command.getRoom().equals(Rooms.ANNOUNCEMENTS)) {
            if (!step.actor().isAdministrator()) {
                throw Refused.denied("Only administrators and the operator announce to everybody.");
            }
            if (!command.hasText()) {
                throw Refused.bad("Announcements are not sealed: everybody reads them.");
            }
            return;
        }
        StoredRoom room = Rooms.room(step::get, command.getRoom())
                .filter(found ->
                        Rooms.isMember(step::get, found.getRoom(), step.actor().account()))
                .orElseThrow(() -> Refused.notFound("There is no such room, or you are not in it: join it first."));
        if (room.getIsPrivate() != command.hasSealed()) {
            throw Refused.bad(room.getName()
                    + (room.getIsPrivate() ? " is private: seal the post." : " is public: post the text."));
        }
        if (room.getIsPrivate() && command.getEpoch() != room.getEpoch()) {
            throw Refused.conflict("The members of " + room.getName() + " changed (epoch " + room.getEpoch()
                    + "): look who is there and seal the post again.");
        }
    }

    /** Devices have stored everything of a room up to an index. What says nothing new, or too much, changes nothing. */
    public static void acknowledge(Step step, RoomCursors command) {
        Map<ByteString, List<RoomCursor>> byRoom = new LinkedHashMap<>();
        for (RoomCursor moved : command.getCursorsList()) {
            if (moved.getDevice().size() != DeviceId.BYTES) {
                throw Refused.bad("A device's id has " + DeviceId.BYTES + " bytes.");
            }
            byRoom.computeIfAbsent(moved.getRoom(), room -> new ArrayList<>()).add(moved);
        }
        byRoom.forEach((room, moved) -> acknowledge(step, room, moved));
    }

    private static void acknowledge(Step step, ByteString room, List<RoomCursor> moved) {
        RoomFigures figures = figures(step::get, room);
        boolean isLowLeft = false;
        for (RoomCursor cursor : moved) {
            byte[] cursorKey = cursorKey(DeviceId.of(cursor.getDevice()), room);
            long to = cursor.getUpTo();
            long from = step.get(cursorKey).map(Records::number).orElse(Long.MAX_VALUE);
            if (to > from && to <= figures.last()) {
                step.put(cursorKey, Tables.number(to));
                count(step, room, to, 1);
                isLowLeft |= count(step, room, from, -1) == 0 && from <= figures.low();
            }
        }
        if (isLowLeft) {
            RoomFigures risen = figures.low(lowest(step, room, figures));
            save(step, room, prune(step, room, risen, Long.MIN_VALUE, PRUNED_AT_ONCE_MAX));
        }
    }

    /** From now on the device gets what is said in the room. */
    public static void join(Step step, ByteString room, DeviceId device) {
        byte[] cursorKey = cursorKey(device, room);
        if (step.get(cursorKey).isPresent()) {
            return;
        }
        RoomFigures figures = figures(step::get, room);
        step.put(cursorKey, Tables.number(figures.last()));
        count(step, room, figures.last(), 1);
        RoomFigures joined = figures.devices(figures.devices() + 1);
        save(step, room, joined.devices() == 1 ? joined.low(joined.last()) : joined);
    }

    public static void leave(Step step, ByteString room, DeviceId device) {
        byte[] cursorKey = cursorKey(device, room);
        Optional<byte[]> cursor = step.get(cursorKey);
        if (cursor.isEmpty()) {
            return;
        }
        step.delete(cursorKey);
        RoomFigures figures = figures(step::get, room);
        figures = figures.devices(figures.devices() - 1);
        figures = leave(step, room, Records.number(cursor.get()), figures);
        save(step, room, prune(step, room, figures, Long.MIN_VALUE, PRUNED_AT_ONCE_MAX));
    }

    /** The device is revoked: it is in no room any more. */
    public static void deviceGone(Step step, DeviceId device) {
        for (ByteString room : roomsOf(step.transaction()::scan, device)) {
            leave(step, room, device);
        }
    }

    /** The room is no more; what was said goes now, or with later ticks. */
    public static void end(Step step, ByteString room) {
        RoomFigures figures = figures(step::get, room);
        if (figures.last() > 0) {
            step.put(Tables.key(Tables.DEAD_ROOM, room), Tables.NOTHING);
            bury(step, room);
        } else {
            forget(step, room, figures);
        }
    }

    private static void bury(Step step, ByteString room) {
        RoomFigures figures = prune(step, room, figures(step::get, room), Long.MAX_VALUE, PRUNED_AT_ONCE_MAX);
        if (figures.items() > 0) {
            save(step, room, figures);
        } else {
            forget(step, room, figures);
            step.delete(Tables.key(Tables.DEAD_ROOM, room));
        }
    }

    private static void forget(Step step, ByteString room, RoomFigures figures) {
        step.delete(Tables.key(Tables.ROOM_EXPIRY, figures.expiryMillis(), room.toByteArray()));
        step.delete(Tables.key(Tables.ROOM, room));
    }

    /** Posts of ended rooms and those older than their lifetime go, a bounded number per tick. */
    public static void tick(Step step) {
        for (byte[] key : first(step, new byte[] {Tables.DEAD_ROOM}, new byte[] {Tables.DEAD_ROOM + 1})) {
            bury(step, ByteString.copyFrom(key).substring(2));
        }
        byte[] until = Tables.key(Tables.ROOM_EXPIRY, step.nowMillis() + 1, Tables.NOTHING);
        for (byte[] key : first(step, new byte[] {Tables.ROOM_EXPIRY}, until)) {
            step.delete(key);
            expire(step, ByteString.copyFrom(key).substring(1 + Long.BYTES));
        }
    }

    private static void expire(Step step, ByteString room) {
        long before = step.nowMillis() - MailboxState.LIFETIME_MILLIS;
        RoomFigures figures = prune(step, room, figures(step::get, room), before, PRUNED_AT_ONCE_MAX);
        long dueMillis = 0;
        if (figures.items() > 0) {
            byte[] oldest = step.get(Tables.key(Tables.ROOM_ITEM, room, figures.first()))
                    .orElseThrow();
            dueMillis = item(oldest).getTimeMillis() + MailboxState.LIFETIME_MILLIS;
            step.put(Tables.key(Tables.ROOM_EXPIRY, dueMillis, room.toByteArray()), Tables.NOTHING);
        }
        save(step, room, figures.expiring(dueMillis));
    }

    /** Keys of a queue, as many as one tick works off. */
    private static List<byte[]> first(Step step, byte[] from, byte[] to) {
        List<byte[]> keys = new ArrayList<>();
        step.transaction().scan(from, to, false, (key, value) -> {
            keys.add(key);
            return keys.size() < ROOMS_PER_TICK_MAX;
        });
        return keys;
    }

    /** Removes the oldest posts: acknowledged by all, not younger than given, or more than may be kept. */
    private static RoomFigures prune(Step step, ByteString room, RoomFigures before, long untilMillis, int most) {
        RoomFigures figures = before;
        for (int pruned = 0; pruned < most && figures.items() > 0; pruned++) {
            boolean isOver = figures.items() > ITEMS_PER_ROOM_MAX || figures.bytes() > BYTES_PER_ROOM_MAX;
            boolean isTaken = figures.first() <= figures.low() || figures.devices() == 0;
            if (!isOver && !isTaken && untilMillis == Long.MIN_VALUE) {
                break;
            }
            byte[] key = Tables.key(Tables.ROOM_ITEM, room, figures.first());
            byte[] value = step.get(key).orElseThrow();
            RoomItem item = item(value);
            if (!isOver && !isTaken && item.getTimeMillis() > untilMillis) {
                break;
            }
            step.delete(key);
            step.delete(Tables.key(Tables.ROOM_POST, room, item.getPost().getPostId()));
            figures = figures.without(value.length);
        }
        return figures;
    }

    /** A cursor leaves this index; when it was the last one there and the lowest, the room's low mark rises. */
    private static RoomFigures leave(Step step, ByteString room, long index, RoomFigures figures) {
        int left = count(step, room, index, -1);
        if (figures.devices() == 0) {
            return figures.low(figures.last());
        }
        return left > 0 || index > figures.low() ? figures : figures.low(lowest(step, room, figures));
    }

    /** Where the slowest device is, never below where it was. */
    private static long lowest(Step step, ByteString room, RoomFigures figures) {
        long[] low = {figures.last()};
        byte[] from = Tables.key(Tables.CURSOR_COUNT, room, figures.low());
        byte[] to = Tables.key(Tables.CURSOR_COUNT, room, figures.last() + 1);
        step.transaction().scan(from, to, false, (key, value) -> {
            low[0] = Records.number(key);
            return false;
        });
        return low[0];
    }

    /** Counts the devices whose cursor is at this index; returns how many there are now. */
    private static int count(Step step, ByteString room, long index, int difference) {
        byte[] key = Tables.key(Tables.CURSOR_COUNT, room, index);
        int before = step.get(key).map(value -> ByteBuffer.wrap(value).getInt()).orElse(0);
        int after = before + difference;
        if (after > 0) {
            step.put(key, ByteBuffer.allocate(Integer.BYTES).putInt(after).array());
        } else {
            step.delete(key);
        }
        return after;
    }

    /** Index given last in this room; 0 = nothing was said yet. */
    public static long lastIndex(MerkleLog.Reads reads, ByteString room) {
        return figures(reads, room).last();
    }

    /** Where a device is in a room. */
    public record Cursor(ByteString room, long acknowledged, long lastIndex) {}

    /** The device's place in each of its rooms, announcements among them. */
    public static List<Cursor> cursors(OrderedStore store, DeviceId device) {
        List<Cursor> cursors = new ArrayList<>();
        for (ByteString room : roomsOf(store::scan, device)) {
            long lastIndex = lastIndex(store::get, room);
            store.get(cursorKey(device, room))
                    .ifPresent(value -> cursors.add(new Cursor(room, Records.number(value), lastIndex)));
        }
        return cursors;
    }

    /** Items with an index above {@code after}, in order, at most so many bytes but at least one. */
    public static List<RoomItem> read(OrderedStore store, ByteString room, long after, int maxBytes) {
        RoomFigures figures = figures(store::get, room);
        List<RoomItem> items = new ArrayList<>();
        long from = Math.max(after + 1, figures.first());
        if (from > figures.last()) {
            return items;
        }
        int[] bytes = new int[1];
        byte[] to = Tables.key(Tables.ROOM_ITEM, room, figures.last() + 1);
        store.scan(Tables.key(Tables.ROOM_ITEM, room, from), to, false, (key, value) -> {
            bytes[0] += value.length;
            if (!items.isEmpty() && bytes[0] > maxBytes) {
                return false;
            }
            items.add(item(value));
            return bytes[0] < maxBytes;
        });
        return items;
    }

    private interface Scans {
        void scan(byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor);
    }

    private static List<ByteString> roomsOf(Scans scans, DeviceId device) {
        List<ByteString> rooms = new ArrayList<>();
        byte[] from = Tables.key(Tables.CURSOR, device);
        scans.scan(from, Keys.end(from), false, (key, value) -> {
            rooms.add(ByteString.copyFrom(key, from.length, key.length - from.length));
            return true;
        });
        return rooms;
    }

    private static RoomFigures figures(MerkleLog.Reads reads, ByteString room) {
        return reads.get(Tables.key(Tables.ROOM, room)).map(RoomFigures::decode).orElse(RoomFigures.EMPTY);
    }

    private static void save(Step step, ByteString room, RoomFigures figures) {
        step.put(Tables.key(Tables.ROOM, room), figures.encode());
    }

    private static RoomItem item(byte[] value) {
        return Records.parse(RoomItem.parser(), value);
    }

    private static byte[] cursorKey(DeviceId device, ByteString room) {
        byte[] key = Arrays.copyOf(Tables.key(Tables.CURSOR, device), 1 + DeviceId.BYTES + room.size());
        room.copyTo(key, 1 + DeviceId.BYTES);
        return key;
    }
}

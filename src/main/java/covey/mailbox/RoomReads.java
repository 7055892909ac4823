package covey.mailbox;

import com.google.protobuf.ByteString;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.wire.proto.RoomInfo;
import covey.wire.proto.RoomStatement;
import covey.wire.proto.StoredRoom;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Questions about rooms, answered from the store; what a reply holds fits a control frame. */
public final class RoomReads {
    private static final int PAGE_BYTES_MAX = 12 * 1024;

    /** Ids and numbers of one room beside its name. */
    private static final int ROOM_BYTES = 64;

    private static final int PAGE_ROOMS_MAX = PAGE_BYTES_MAX / (ROOM_BYTES + 48);

    private RoomReads() {}

    public static Optional<StoredRoom> byName(OrderedStore store, String name) {
        return store.get(Rooms.nameKey(name)).flatMap(named -> Rooms.room(store::get, Rooms.id(named)));
    }

    /** Ids of the rooms that the account is in, announcements not among them. */
    public static List<ByteString> of(OrderedStore store, String account) {
        return Rooms.of(store::scan, account);
    }

    public static List<String> members(OrderedStore store, ByteString room) {
        return Rooms.members(store::scan, room);
    }

    /** Public rooms and those the account is in, by name after the given one; the flag says whether there are more. */
    public static boolean list(OrderedStore store, String account, String after, List<StoredRoom> rooms) {
        boolean[] more = new boolean[1];
        Set<ByteString> own = Set.copyOf(of(store, account));
        byte[] all = Keys.of(Tables.ROOM_NAME).build();
        byte[] from = after.isEmpty() ? all : Keys.end(Rooms.nameKey(after));
        store.scan(from, Keys.end(all), false, (key, named) -> {
            boolean isSeen = !Rooms.isPrivate(named) || own.contains(Rooms.id(named));
            more[0] = isSeen && rooms.size() >= PAGE_ROOMS_MAX;
            if (isSeen && !more[0]) {
                Rooms.room(store::get, Rooms.id(named)).ifPresent(rooms::add);
            }
            return !more[0];
        });
        return more[0];
    }

    /** Without members, statements and last index. */
    public static RoomInfo.Builder summary(StoredRoom room, boolean joined) {
        return RoomInfo.newBuilder()
                .setRoom(room.getRoom())
                .setName(room.getName())
                .setIsPrivate(room.getIsPrivate())
                .setEpoch(room.getEpoch())
                .setMemberCount(room.getMemberCount())
                .setJoined(joined);
    }

    /** With members and, for members of a private room, its statements; as many of both as fit. */
    public static RoomInfo.Builder details(OrderedStore store, StoredRoom room, boolean joined, long fromEpoch) {
        RoomInfo.Builder info = summary(room, joined);
        int half = PAGE_BYTES_MAX / 2;
        int[] bytes = new int[1];
        if (room.getIsPrivate() && joined) {
            byte[] to = Keys.end(Keys.of(Tables.ROOM_STATEMENT)
                    .bytes(room.getRoom().toByteArray())
                    .build());
            store.scan(Rooms.statementKey(room.getRoom(), fromEpoch), to, false, (key, value) -> {
                bytes[0] += value.length + 4;
                if (bytes[0] <= half) {
                    info.addStatements(Records.parse(RoomStatement.parser(), value));
                }
                return bytes[0] <= half;
            });
        }
        int names = 0;
        for (String member : members(store, room.getRoom())) {
            names += ByteString.copyFromUtf8(member).size() + 2;
            if (names > half) {
                break;
            }
            info.addMembers(member);
        }
        return info;
    }
}

package covey.mailbox;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView;
import covey.directory.DirectoryView.Account;
import covey.directory.Refused;
import covey.store.OrderedStore;
import covey.wire.DeviceId;
import covey.wire.proto.RoomInfo;
import covey.wire.proto.RoomWanted;
import covey.wire.proto.StoredRoom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Questions about rooms as devices and the hub ask them. */
public final class RoomQueries {
    private RoomQueries() {}

    public static covey.wire.proto.Rooms.Builder rooms(OrderedStore store, Account asker, String after) {
        List<StoredRoom> rooms = new ArrayList<>();
        boolean hasMore = RoomReads.list(store, asker.name(), after, rooms);
        covey.wire.proto.Rooms.Builder reply =
                covey.wire.proto.Rooms.newBuilder().setMore(hasMore);
        for (StoredRoom room : rooms) {
            reply.addRooms(RoomReads.summary(room, isMember(store, room, asker))
                    .setLastIndex(RoomLog.lastIndex(store::get, room.getRoom())));
        }
        return reply;
    }

    public static RoomInfo.Builder room(OrderedStore store, DirectoryView view, Account asker, RoomWanted wanted) {
        boolean isAnnouncements = wanted.getRoom().equals(Rooms.ANNOUNCEMENTS)
                || wanted.getName().equals(Rooms.ANNOUNCEMENTS.toStringUtf8());
        if (isAnnouncements) {
            return RoomInfo.newBuilder()
                    .setRoom(Rooms.ANNOUNCEMENTS)
                    .setName(Rooms.ANNOUNCEMENTS.toStringUtf8())
                    .setMemberCount(view.accountCount())
                    .setLastIndex(RoomLog.lastIndex(store::get, Rooms.ANNOUNCEMENTS))
                    .setJoined(true);
        }
        Optional<StoredRoom> found = wanted.getRoom().isEmpty()
                ? RoomReads.byName(store, wanted.getName())
                : Rooms.room(store::get, wanted.getRoom());
        StoredRoom room = found.filter(known -> !known.getIsPrivate() || isMember(store, known, asker))
                .orElseThrow(() -> Refused.notFound(
                        "There is no room " + wanted.getName() + " that you could see (covey room ls shows them)."));
        return RoomReads.details(store, room, isMember(store, room, asker), wanted.getFromEpoch())
                .setLastIndex(RoomLog.lastIndex(store::get, room.getRoom()));
    }

    private static boolean isMember(OrderedStore store, StoredRoom room, Account account) {
        return Rooms.isMember(store::get, room.getRoom(), account.name());
    }

    /** Active devices of all members; for announcements all there are. */
    public static List<DeviceId> devicesOf(OrderedStore store, DirectoryView view, ByteString room) {
        List<Account> members = room.equals(Rooms.ANNOUNCEMENTS)
                ? view.accounts()
                : RoomReads.members(store, room).stream()
                        .flatMap(name -> view.account(name).stream())
                        .toList();
        return members.stream()
                .filter(account -> !account.disabled())
                .flatMap(account -> account.devices().stream())
                .toList();
    }
}

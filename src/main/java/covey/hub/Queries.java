package covey.hub;

import com.google.protobuf.ByteString;
import covey.directory.Accounts;
import covey.directory.Blocks;
import covey.directory.DirectoryView;
import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.Device;
import covey.directory.Refused;
import covey.directory.RoomReads;
import covey.directory.Rooms;
import covey.directory.Tokens;
import covey.mailbox.MailboxState;
import covey.mailbox.RoomLog;
import covey.store.OrderedStore;
import covey.wire.DeviceId;
import covey.wire.proto.Audit;
import covey.wire.proto.Blocked;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.HubStatus;
import covey.wire.proto.PresenceDetails;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.Resolved;
import covey.wire.proto.ResolvedDevice;
import covey.wire.proto.RoomInfo;
import covey.wire.proto.RoomWanted;
import covey.wire.proto.StoredRoom;
import covey.wire.proto.TokenInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Answers queries from the store and the view; changes nothing. */
final class Queries {
    private final OrderedStore store;
    private final DirectoryView view;

    Queries(OrderedStore store, DirectoryView view) {
        this.store = store;
        this.view = view;
    }

    QueryReply answer(DeviceId asker, Query query) {
        Account account = view.accountOf(asker)
                .filter(present -> !present.disabled())
                .orElseThrow(() -> new Refused(
                        ErrorCode.NOT_LOGGED_IN,
                        "This device is not logged in (any more): log in again (covey login)."));
        QueryReply.Builder reply = QueryReply.newBuilder();
        QueryReply.Builder answered = switch (query.getKindCase()) {
            case RESOLVE -> reply.setResolved(resolve(query.getResolve().getAccount()));
            case ROOMS -> reply.setRooms(rooms(account, query.getRooms().getAfter()));
            case ROOM -> reply.setRoom(room(account, query.getRoom()));
            case TOKENS -> {
                checkAdministrator(account);
                yield reply.setTokens(tokens(query.getTokens().getAfter()));
            }
            case AUDIT -> {
                checkAdministrator(account);
                yield reply.setAudit(Audit.newBuilder()
                        .addAllRecords(covey.hub.Audit.read(
                                store,
                                query.getAudit().getFrom(),
                                query.getAudit().getLimit())));
            }
            case HUB_STATUS -> reply.setHubStatus(status());
            case PRESENCE -> reply.setPresence(PresenceDetails.getDefaultInstance());
            case BLOCKED -> reply.setBlocked(Blocked.newBuilder().addAllAccounts(Blocks.of(store, account.name())));
            case KIND_NOT_SET -> throw new Refused(ErrorCode.UNSUPPORTED, "This hub does not know this query.");
        };
        return answered.build();
    }

    private static void checkAdministrator(Account account) {
        if (!account.isAdministrator()) {
            throw new Refused(
                    ErrorCode.DENIED,
                    "Only administrators and the operator may see this; @" + account.name() + " is neither.");
        }
    }

    /** Presence and endpoints are filled in by the hub's sessions. */
    private Resolved.Builder resolve(String name) {
        if (view.account(name).isEmpty()) {
            throw new Refused(ErrorCode.NOT_FOUND, "There is no account @" + name + ".");
        }
        Resolved.Builder resolved = Resolved.newBuilder().setDirectorySize(view.size());
        for (Device device : view.activeDevices(name)) {
            ResolvedDevice.Builder found =
                    ResolvedDevice.newBuilder().setDevice(device.id().toByteString());
            Accounts.prekey(store, device.id()).ifPresent(found::setPrekey);
            resolved.addDevices(found);
        }
        return resolved;
    }

    private covey.wire.proto.Rooms.Builder rooms(Account account, String after) {
        List<StoredRoom> rooms = new ArrayList<>();
        boolean hasMore = RoomReads.list(store, account.name(), after, rooms);
        covey.wire.proto.Rooms.Builder reply =
                covey.wire.proto.Rooms.newBuilder().setMore(hasMore);
        for (StoredRoom room : rooms) {
            boolean isMember = Rooms.isMember(store::get, room.getRoom(), account.name());
            reply.addRooms(
                    RoomReads.summary(room, isMember).setLastIndex(RoomLog.lastIndex(store::get, room.getRoom())));
        }
        return reply;
    }

    private RoomInfo.Builder room(Account account, RoomWanted wanted) {
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
        StoredRoom room = found.filter(known -> !known.getIsPrivate() || isMember(known, account))
                .orElseThrow(() -> new Refused(
                        ErrorCode.NOT_FOUND,
                        "There is no room " + wanted.getName() + " that you could see (covey room ls shows them)."));
        return RoomReads.details(store, room, isMember(room, account), wanted.getFromEpoch())
                .setLastIndex(RoomLog.lastIndex(store::get, room.getRoom()));
    }

    private boolean isMember(StoredRoom room, Account account) {
        return Rooms.isMember(store::get, room.getRoom(), account.name());
    }

    private covey.wire.proto.Tokens.Builder tokens(String after) {
        List<TokenInfo> tokens = new ArrayList<>();
        boolean hasMore = Tokens.list(store, after, tokens);
        return covey.wire.proto.Tokens.newBuilder().addAllTokens(tokens).setMore(hasMore);
    }

    /** Sessions, leader and the like are filled in by the hub. */
    private HubStatus.Builder status() {
        return HubStatus.newBuilder()
                .setAccounts(view.accountCount())
                .setDevices(view.deviceCount())
                .setDirectorySize(view.size())
                .setMailWaiting(MailboxState.totalWaiting(store))
                .setLevel(HubState.LEVEL);
    }

    /** Active devices of all members; for announcements all there are. */
    List<DeviceId> devicesOf(ByteString room) {
        List<DeviceId> devices = new ArrayList<>();
        List<String> accounts = room.equals(Rooms.ANNOUNCEMENTS)
                ? view.accounts().stream().map(Account::name).toList()
                : RoomReads.members(store, room);
        for (String account : accounts) {
            view.account(account)
                    .filter(present -> !present.disabled())
                    .ifPresent(present -> devices.addAll(present.devices()));
        }
        return devices;
    }

    List<HubState.RoomCursor> roomsOf(DeviceId device) {
        List<HubState.RoomCursor> cursors = new ArrayList<>();
        for (ByteString room : RoomLog.roomsOf(store, device)) {
            long last = RoomLog.lastIndex(store::get, room);
            RoomLog.acknowledged(store, room, device)
                    .ifPresent(acknowledged -> cursors.add(new HubState.RoomCursor(room, acknowledged, last)));
        }
        return cursors;
    }
}

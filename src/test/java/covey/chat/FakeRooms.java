package covey.chat;

import com.google.protobuf.ByteString;
import covey.directory.Refused;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.RoomChange;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomInfo;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomStatement;
import covey.wire.proto.Rooms;
import covey.wire.proto.StoredAt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** Rooms at the fake hub. It can lie about statements and posts, as a bad hub could. */
final class FakeRooms {
    /** Statements per answer: small, so that asking again is exercised. */
    private static final int PAGE = 2;

    private final FakeHub hub;
    private final Map<ByteString, Room> rooms = new LinkedHashMap<>();
    private int made;

    /** What the hub makes of a statement before it shows it. */
    UnaryOperator<RoomStatement> statementLie = UnaryOperator.identity();

    /** What the hub makes of what it knows of a room. */
    UnaryOperator<RoomInfo> infoLie = UnaryOperator.identity();

    /** What the hub makes of a post before it passes it on. */
    UnaryOperator<RoomPost> postLie = UnaryOperator.identity();

    /** Accounts that a bad hub lets hear and know everything, from the beginning, whatever the members signed. */
    final Set<String> eavesdroppers = new HashSet<>();

    /** What devices say of how far they have stored it does not arrive. */
    boolean losesAcks;

    static final class Room {
        final ByteString id;
        final String name;
        final boolean isPrivate;
        final TreeSet<String> members = new TreeSet<>();
        final List<RoomStatement> statements = new ArrayList<>();
        final List<RoomItem> items = new ArrayList<>();
        final Map<DeviceId, Long> cursors = new HashMap<>();

        Room(ByteString id, String name, boolean isPrivate) {
            this.id = id;
            this.name = name;
            this.isPrivate = isPrivate;
        }
    }

    FakeRooms(FakeHub hub) {
        this.hub = hub;
        rooms.put(RoomBook.ANNOUNCEMENTS_ID, new Room(RoomBook.ANNOUNCEMENTS_ID, RoomBook.ANNOUNCEMENTS, false));
    }

    Room byName(String name) {
        return rooms.values().stream()
                .filter(room -> room.name.equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Room room(ByteString id) {
        return Objects.requireNonNull(rooms.get(id), "no such room");
    }

    CommandResult apply(Device by, Command command) {
        return switch (command.getKindCase()) {
            case ROOM_CREATE -> {
                ByteString id = ByteString.copyFromUtf8("room-" + ++made);
                Room room = new Room(
                        id,
                        command.getRoomCreate().getName(),
                        command.getRoomCreate().getIsPrivate());
                rooms.put(id, room);
                add(room, by.account);
                yield CommandResult.getDefaultInstance();
            }
            case ROOM_CHANGE -> change(by, command.getRoomChange());
            case ROOM_POST -> post(by, command.getRoomPost());
            default -> throw new AssertionError("command " + command.getKindCase());
        };
    }

    void stored(Device by, ByteString room, long upTo) {
        Room stored = rooms.get(room);
        if (stored != null && !losesAcks) {
            stored.cursors.computeIfPresent(by.id(), (device, before) -> Math.max(before, upTo));
        }
    }

    private void add(Room room, String account) {
        room.members.add(account);
        for (Device device : hub.village.devicesOf(account)) {
            room.cursors.put(device.id(), (long) room.items.size());
        }
    }

    private CommandResult change(Device by, RoomChange change) {
        Room room = room(change.getRoom());
        if (room.isPrivate && change.getEpoch() != room.statements.size() + 1) {
            return FakeHub.problem(ErrorCode.CONFLICT, "The members changed.");
        }
        if (change.getKind() == RoomChangeKind.KICK || change.getKind() == RoomChangeKind.LEAVE_ROOM) {
            room.members.remove(change.getAccount());
            room.cursors.keySet().removeIf(id -> hub.village.accountOf(id).equals(change.getAccount()));
        } else {
            add(room, change.getAccount());
        }
        if (room.members.isEmpty()) {
            rooms.remove(room.id);
        }
        if (room.isPrivate) {
            room.statements.add(RoomStatement.newBuilder()
                    .setChange(change)
                    .setByAccount(by.account)
                    .setByDevice(by.id().toByteString())
                    .build());
        }
        return CommandResult.getDefaultInstance();
    }

    private CommandResult post(Device by, RoomPost post) {
        Room room = room(post.getRoom());
        boolean isAnnouncement = room.id.equals(RoomBook.ANNOUNCEMENTS_ID);
        if (isAnnouncement ? !by.account.equals("hub") : !room.members.contains(by.account)) {
            return FakeHub.problem(ErrorCode.DENIED, "You may not post here.");
        }
        if (room.isPrivate && post.getEpoch() != room.statements.size()) {
            return FakeHub.problem(ErrorCode.CONFLICT, "The members changed.");
        }
        for (RoomItem item : room.items) {
            if (item.getPost().getPostId().equals(post.getPostId())) {
                return stored(item.getIndex());
            }
        }
        room.items.add(RoomItem.newBuilder()
                .setRoom(room.id)
                .setIndex(room.items.size() + 1)
                .setFromAccount(by.account)
                .setFromDevice(by.id().toByteString())
                .setPost(postLie.apply(post))
                .build());
        hub.village.everybody().forEach(device -> hub.village.mailFor(device.id()));
        return stored(room.items.size());
    }

    private static CommandResult stored(long index) {
        return CommandResult.newBuilder()
                .setStored(StoredAt.newBuilder().setIndex(index))
                .build();
    }

    /** What this device has not acknowledged, in all its rooms. */
    List<RoomItem> items(Device device) {
        List<RoomItem> items = new ArrayList<>();
        for (Room room : rooms.values()) {
            boolean isIn = room.id.equals(RoomBook.ANNOUNCEMENTS_ID) || isIn(room, device.account);
            if (isIn) {
                int from = Math.min(
                        room.items.size(),
                        room.cursors.getOrDefault(device.id(), 0L).intValue());
                items.addAll(room.items.subList(from, room.items.size()));
            }
        }
        return items;
    }

    private boolean isIn(Room room, String account) {
        return room.members.contains(account) || eavesdroppers.contains(account);
    }

    QueryReply answer(Device by, Query query) {
        if (query.hasRooms()) {
            Rooms.Builder all = Rooms.newBuilder();
            rooms.values().stream()
                    .filter(room -> room.name.startsWith("#"))
                    .filter(room -> !room.isPrivate || isIn(room, by.account))
                    .forEach(room -> all.addRooms(info(room, by, 0).clearStatements()));
            return QueryReply.newBuilder().setRooms(all).build();
        }
        return rooms.values().stream()
                .filter(room -> query.getRoom().getRoom().isEmpty()
                        ? room.name.equals(query.getRoom().getName())
                        : room.id.equals(query.getRoom().getRoom()))
                .filter(room -> !room.isPrivate || isIn(room, by.account))
                .findFirst()
                .map(room -> QueryReply.newBuilder()
                        .setRoom(infoLie.apply(
                                info(room, by, query.getRoom().getFromEpoch()).build()))
                        .build())
                .orElseThrow(() -> new Refused(ErrorCode.NOT_FOUND, "There is no such room."));
    }

    private RoomInfo.Builder info(Room room, Device by, long fromEpoch) {
        RoomInfo.Builder info = RoomInfo.newBuilder()
                .setRoom(room.id)
                .setName(room.name)
                .setIsPrivate(room.isPrivate)
                .setEpoch(room.statements.size())
                .addAllMembers(room.members)
                .setMemberCount(room.members.size())
                .setJoined(isIn(room, by.account));
        room.statements.stream()
                .filter(statement -> statement.getChange().getEpoch() >= fromEpoch)
                .limit(PAGE)
                .map(statementLie)
                .forEach(info::addStatements);
        return info;
    }
}

package covey.web;

import covey.chat.Answer;
import covey.chat.ChatException;
import covey.chat.RoomView;
import covey.peer.PeerNode;
import covey.wire.Names;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Problem;
import covey.wire.proto.RoomChangeKind;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** Rooms and who is in them. */
final class RoomMethods {
    private final PeerNode node;

    RoomMethods(PeerNode node) {
        this.node = node;
    }

    void addTo(LocalMethods methods) {
        methods.add(
                        "room.create",
                        "name private",
                        (params, answer) -> node.chat()
                                .createRoom(Names.room(params.text("name")), params.flag("private"), awaited(answer)))
                .add(
                        "room.invite",
                        "room account",
                        (params, answer) -> change(params, answer, RoomChangeKind.INVITE_MEMBER))
                .add("room.kick", "room account", (params, answer) -> change(params, answer, RoomChangeKind.KICK))
                .add("room.join", "room", (params, answer) -> change(params, answer, RoomChangeKind.JOIN_ROOM))
                .add("room.leave", "room", (params, answer) -> change(params, answer, RoomChangeKind.LEAVE_ROOM))
                .add("room.members", "room", this::members)
                .add("room.ls", "", this::list);
    }

    private void members(Params params, LocalAnswer answer) {
        String name = Names.room(params.text("room"));
        Supplier<RoomView> known = () -> node.chat().knownRoom(name);
        node.chat().room(name, Awaited.lookedUp(node.loop(), answer, RoomMethods::members, known));
    }

    private void list(Params params, LocalAnswer answer) {
        Function<List<RoomView>, Object> shape =
                rooms -> Map.of("rooms", rooms.stream().map(this::room).toList());
        node.chat().rooms(Awaited.lookedUp(node.loop(), answer, shape, node.chat()::knownRooms));
    }

    private void change(Params params, LocalAnswer answer, RoomChangeKind kind) {
        boolean namesAccount = kind == RoomChangeKind.INVITE_MEMBER || kind == RoomChangeKind.KICK;
        String account = namesAccount ? Names.account(params.text("account")) : "";
        node.chat().changeRoom(Names.room(params.text("room")), kind, account, awaited(answer));
    }

    private Shapes.Room room(RoomView room) {
        return new Shapes.Room(room.name(), room.isPrivate(), room.memberCount(), room.isJoined(), room.unread());
    }

    private static Shapes.Members members(RoomView room) {
        return new Shapes.Members(room.members(), room.epoch(), room.isPrivate());
    }

    /** A change is made now or not at all: the hub must be there, and whoever asked must still wait. */
    private Answer<RoomView> awaited(LocalAnswer answer) {
        if (!node.hub().isConnected()) {
            Problem problem = node.hub().problem();
            throw new ChatException(problem.getCode(), problem.getMessage());
        }
        return new Awaited<>(
                node.loop(),
                answer,
                PeerApi.CHANGE_MILLIS,
                done -> answer.result(room(done)),
                () -> answer.error(
                        ErrorCode.UNREACHABLE,
                        "the hub has not confirmed it in " + PeerApi.CHANGE_MILLIS / 1000
                                + " s; look whether it was done before you repeat it"));
    }
}

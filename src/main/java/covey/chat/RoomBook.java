package covey.chat;

import com.google.protobuf.ByteString;
import covey.mailbox.RoomChain;
import covey.mailbox.RoomChain.BrokenException;
import covey.store.Records;
import covey.store.Turn;
import covey.wire.BodyRules;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.KeptRoom;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.RoomChange;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomCreate;
import covey.wire.proto.RoomInfo;
import covey.wire.proto.RoomStatement;
import covey.wire.proto.RoomWanted;
import covey.wire.proto.Rooms;
import covey.wire.proto.RoomsWanted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * Rooms known here. What the hub says of a private one's members counts only as far as signed statements bear it out.
 */
final class RoomBook implements RoomKeys.Members {
    /** The room that everybody is in. */
    static final String ANNOUNCEMENTS = "!announce";

    static final ByteString ANNOUNCEMENTS_ID = ByteString.copyFromUtf8(ANNOUNCEMENTS);

    /** Two members may change a room at once: one of them looks again. */
    private static final int CHANGE_ATTEMPTS = 4;

    /** As many as a hub has. */
    private static final int ROOMS_LISTED_MAX = 20_000;

    private final Context context;
    private final Turn turn;
    private final ToIntFunction<String> unread;

    RoomBook(Context context, ToIntFunction<String> unread) {
        this.context = context;
        this.turn = context.turn();
        this.unread = unread;
    }

    Optional<KeptRoom> byName(String name) {
        return turn.get(Tables.roomName(name)).flatMap(id -> byId(ByteString.copyFrom(id)));
    }

    Optional<KeptRoom> byId(ByteString room) {
        return turn.get(Tables.room(room)).map(value -> Records.parse(KeptRoom.parser(), value));
    }

    static RoomChain chainOf(KeptRoom room) {
        return room.getEpoch() == 0
                ? RoomChain.start(room.getRoom())
                : new RoomChain(
                        room.getRoom(), room.getEpoch(), room.getChainHash(), new TreeSet<>(room.getMembersList()));
    }

    @Override
    public SortedSet<String> at(ByteString room, long epoch) {
        Optional<KeptRoom> known = byId(room);
        if (known.isEmpty() || epoch > known.get().getEpoch() || epoch <= 0) {
            return new TreeSet<>();
        }
        if (epoch == known.get().getEpoch()) {
            return new TreeSet<>(known.get().getMembersList());
        }
        TreeSet<String> members = new TreeSet<>();
        turn.scan(Tables.statement(room, 1), Tables.statement(room, epoch + 1), false, (key, value) -> {
            RoomChange change = Records.parse(RoomStatement.parser(), value).getChange();
            SortedSet<String> next = RoomChain.changed(members, change.getKind(), change.getAccount());
            members.clear();
            members.addAll(next);
            return true;
        });
        return members;
    }

    /** Asks the hub about a room, and checks what it says. */
    void refresh(RoomWanted wanted, Answer<KeptRoom> answer) {
        long from = known(wanted).map(KeptRoom::getEpoch).orElse(0L) + 1;
        Query query = Query.newBuilder()
                .setRoom(wanted.toBuilder().setFromEpoch(from))
                .build();
        turn.after(() -> context.station()
                .query(query, reply -> learned(wanted, reply.getRoom(), from, answer), problem -> {
                    if (problem.getCode() != ErrorCode.NOT_FOUND) {
                        answer.refused(refusal(problem));
                        return;
                    }
                    Optional<KeptRoom> known = known(wanted);
                    known.ifPresent(
                            room -> save(room.toBuilder().setJoined(false).build()));
                    answer.refused(new ChatException(
                            ErrorCode.NOT_FOUND,
                            "There is no room "
                                    + known.map(KeptRoom::getName).orElse(wanted.getName())
                                    + ", or you are not in it."));
                }));
    }

    private static ChatException refusal(Problem problem) {
        return new ChatException(problem.getCode(), problem.getMessage());
    }

    private Optional<KeptRoom> known(RoomWanted wanted) {
        return wanted.getRoom().isEmpty() ? byName(wanted.getName()) : byId(wanted.getRoom());
    }

    private void learned(RoomWanted wanted, RoomInfo info, long from, Answer<KeptRoom> answer) {
        boolean isAsked = wanted.getRoom().isEmpty()
                ? info.getName().equals(wanted.getName())
                : info.getRoom().equals(wanted.getRoom());
        if (!isAsked || !BodyRules.isRoom(info.getRoom()) || !info.getName().startsWith("#")) {
            answer.refused(new ChatException(ErrorCode.DAMAGED, "The hub's answer about a room makes no sense."));
            return;
        }
        Optional<KeptRoom> known = byId(info.getRoom());
        Optional<KeptRoom> named = byName(info.getName()).filter(KeptRoom::getIsPrivate);
        boolean isSwapped = named.filter(kept -> !kept.getRoom().equals(info.getRoom()))
                        .isPresent()
                || known.filter(kept -> !kept.getName().equals(info.getName())).isPresent()
                || known.filter(kept -> kept.getIsPrivate() && !info.getIsPrivate())
                        .isPresent();
        if (isSwapped) {
            // What was sealed yesterday must not leave in the clear today, or to others, because the hub says so.
            answer.refused(swapped(info.getName()));
            return;
        }
        KeptRoom.Builder room =
                known.orElse(KeptRoom.newBuilder().setRoom(info.getRoom()).build()).toBuilder();
        room.setName(info.getName()).setIsPrivate(info.getIsPrivate()).setJoined(info.getJoined());
        if (!info.getIsPrivate()) {
            save(room.clearMembers()
                    .addAllMembers(info.getMembersList())
                    .setMemberCount(info.getMemberCount())
                    .build());
            answer.done(room.build());
            return;
        }
        learnedPrivate(info, room.build(), from, answer);
    }

    private static ChatException swapped(String name) {
        return new ChatException(
                ErrorCode.DAMAGED,
                "The hub shows another room as " + name + " than before; nothing was sent to it. If you know that the"
                        + " one before has ended, or that you are out of it, forget it: covey room leave '" + name
                        + "'.");
    }

    private void learnedPrivate(RoomInfo info, KeptRoom before, long from, Answer<KeptRoom> answer) {
        RoomChain chain = chainOf(before);
        try {
            for (RoomStatement statement : info.getStatementsList()) {
                if (statement.getChange().getEpoch() <= chain.epoch()) {
                    continue;
                }
                if (isSignerUnknown(statement)) {
                    answer.refused(new ChatException(
                            ErrorCode.BUSY, "The directory is being brought up to date: try again in a moment."));
                    return;
                }
                chain = chain.with(statement, context.people());
                turn.put(Tables.statement(chain.room(), chain.epoch()), statement.toByteArray());
            }
        } catch (BrokenException e) {
            context.station()
                    .warn("What the hub says of the members of " + info.getName() + " is not what they signed: "
                            + e.getMessage() + ". Nothing is sent there until that is settled.");
            answer.refused(unverified(info, e.getMessage()));
            return;
        }
        KeptRoom now = before.toBuilder()
                .setEpoch(chain.epoch())
                .setChainHash(chain.hash())
                .clearMembers()
                .addAllMembers(chain.epoch() == 0 ? info.getMembersList() : chain.members())
                .build();
        save(now);
        boolean isProgress = chain.epoch() > before.getEpoch() || from != before.getEpoch() + 1;
        if (chain.epoch() >= info.getEpoch()) {
            answer.done(now);
        } else if (isProgress) {
            refresh(RoomWanted.newBuilder().setRoom(info.getRoom()).build(), answer);
        } else {
            answer.refused(unverified(info, "the hub keeps statements back"));
        }
    }

    private static ChatException unverified(RoomInfo info, String why) {
        return new ChatException(
                ErrorCode.DAMAGED, "The membership of " + info.getName() + " could not be verified: " + why + ".");
    }

    private void save(KeptRoom room) {
        turn.put(Tables.room(room.getRoom()), room.toByteArray());
        if (room.getJoined() || !room.getIsPrivate()) { // a name that was forgotten stays so
            turn.put(Tables.roomName(room.getName()), room.getRoom().toByteArray());
        }
    }

    RoomView view(KeptRoom room) {
        return new RoomView(
                room.getName(),
                room.getIsPrivate(),
                room.getJoined(),
                room.getEpoch(),
                room.getMembersList(),
                Math.max(room.getMembersCount(), room.getMemberCount()),
                unread.applyAsInt(room.getName()));
    }

    /** Whoever left by this device knows it already. */
    void left(ByteString room) {
        byId(room).filter(KeptRoom::getJoined).ifPresent(known -> {
            save(known.toBuilder().setJoined(false).build());
            context.station()
                    .warn("You are in " + known.getName()
                            + " no longer: a member removed you, or you left it elsewhere.");
        });
    }

    void create(String name, boolean isPrivate, Answer<RoomView> answer) {
        Command command = Command.newBuilder()
                .setRoomCreate(RoomCreate.newBuilder().setName(name).setIsPrivate(isPrivate))
                .build();
        ask(
                command,
                answer,
                result -> refreshed(name, answer, room -> {
                    if (room.getIsPrivate() == isPrivate) {
                        answer.done(view(room));
                    } else {
                        answer.refused(new ChatException(
                                ErrorCode.DAMAGED,
                                "The hub shows another room as " + name + " than the one just made."));
                    }
                }));
    }

    /** The room as it is now; one that was made, but not yet signed for, is signed for first. */
    private void refreshed(String name, Answer<?> answer, Consumer<KeptRoom> then) {
        refresh(
                RoomWanted.newBuilder().setName(name).build(),
                Answer.of(
                        room -> {
                            boolean isUnsigned = room.getIsPrivate()
                                    && room.getEpoch() == 0
                                    && room.getMembersList().equals(List.of(context.account()));
                            if (isUnsigned) {
                                RoomChange change = RoomChain.start(room.getRoom())
                                        .propose(context.station().keys, RoomChangeKind.CREATED, context.account());
                                ask(
                                        Command.newBuilder()
                                                .setRoomChange(change)
                                                .build(),
                                        answer,
                                        result -> refreshed(name, answer, then));
                            } else {
                                then.accept(room);
                            }
                        },
                        answer::refused));
    }

    private void ask(Command command, Answer<?> answer, Consumer<CommandResult> done) {
        command(command, answer, result -> {
            if (result.hasProblem()) {
                answer.refused(refusal(result.getProblem()));
            } else {
                done.accept(result);
            }
        });
    }

    /** Nothing is changed for somebody who went away, or was told that the hub is away. */
    private void command(Command command, Answer<?> answer, Consumer<CommandResult> done) {
        turn.after(() -> {
            if (answer.isAwaited()) {
                context.station().command(command, done);
            }
        });
    }

    void change(String name, RoomChangeKind kind, String account, Answer<RoomView> answer) {
        Optional<KeptRoom> pinned = byName(name).filter(KeptRoom::getIsPrivate);
        if (kind == RoomChangeKind.LEAVE_ROOM && pinned.isPresent()) {
            // The room that this device knows, even if the hub has another one of this name by now.
            RoomWanted byId =
                    RoomWanted.newBuilder().setRoom(pinned.get().getRoom()).build();
            refresh(byId, Answer.of(known -> change(name, kind, account, CHANGE_ATTEMPTS, answer), refused -> {
                if (refused.code() == ErrorCode.NOT_FOUND) {
                    forget(pinned.get(), answer);
                } else {
                    answer.refused(refused);
                }
            }));
        } else {
            change(name, kind, account, CHANGE_ATTEMPTS, answer);
        }
    }

    /** By this account's own wish; another room may have its name from now on. */
    private void forget(KeptRoom room, Answer<RoomView> answer) {
        KeptRoom left = room.toBuilder().setJoined(false).build();
        save(left);
        turn.delete(Tables.roomName(room.getName()));
        answer.done(view(left));
    }

    private void change(String name, RoomChangeKind kind, String account, int attempts, Answer<RoomView> answer) {
        String subject = account.isEmpty() ? context.account() : account;
        refreshed(name, answer, room -> {
            RoomChange change = room.getIsPrivate()
                    ? chainOf(room).propose(context.station().keys, kind, subject)
                    : RoomChange.newBuilder()
                            .setRoom(room.getRoom())
                            .setKind(kind)
                            .setAccount(subject)
                            .build();
            command(Command.newBuilder().setRoomChange(change).build(), answer, result -> {
                ErrorCode code = result.getProblem().getCode();
                if (!result.hasProblem()) {
                    changed(room, kind, subject, answer);
                } else if (code == ErrorCode.CONFLICT && room.getIsPrivate() && attempts > 1) {
                    change(name, kind, account, attempts - 1, answer);
                } else {
                    answer.refused(refusal(result.getProblem()));
                }
            });
        });
    }

    private void changed(KeptRoom room, RoomChangeKind kind, String subject, Answer<RoomView> answer) {
        if (kind == RoomChangeKind.LEAVE_ROOM && subject.equals(context.account())) {
            forget(room, answer);
        } else {
            refreshed(room.getName(), answer, now -> answer.done(view(now)));
        }
    }

    void room(String name, Answer<RoomView> answer) {
        if (context.isHubUp()) {
            refreshed(name, answer, room -> answer.done(view(room)));
        } else {
            answer.done(known(name));
        }
    }

    RoomView known(String name) {
        return view(byName(name)
                .orElseThrow(() -> new ChatException(
                        ErrorCode.UNREACHABLE, "The room " + name + " is not known here, and the hub is away.")));
    }

    void list(Answer<List<RoomView>> answer) {
        if (context.isHubUp()) {
            list("", new ArrayList<>(), answer);
        } else {
            answer.done(known());
        }
    }

    List<RoomView> known() {
        List<RoomView> known = new ArrayList<>();
        turn.scanSound(Tables.rooms(), (key, value) -> {
            KeptRoom room = Records.parse(KeptRoom.parser(), value);
            if (room.getJoined()) {
                known.add(view(room));
            }
            return true;
        });
        return known;
    }

    private void list(String after, List<RoomView> sofar, Answer<List<RoomView>> answer) {
        Query query = Query.newBuilder()
                .setRooms(RoomsWanted.newBuilder().setAfter(after))
                .build();
        turn.after(() -> context.station()
                .query(
                        query,
                        reply -> listed(reply.getRooms(), sofar, answer),
                        problem -> answer.refused(refusal(problem))));
    }

    private void listed(Rooms page, List<RoomView> sofar, Answer<List<RoomView>> answer) {
        for (RoomInfo info : page.getRoomsList()) {
            sofar.add(new RoomView(
                    info.getName(),
                    info.getIsPrivate(),
                    info.getJoined(),
                    info.getEpoch(),
                    List.of(),
                    info.getMemberCount(),
                    unread.applyAsInt(info.getName())));
        }
        if (page.getMore() && page.getRoomsCount() > 0 && sofar.size() < ROOMS_LISTED_MAX) {
            list(sofar.getLast().name(), sofar, answer);
        } else {
            answer.done(sofar);
        }
    }

    /** A signer that the directory does not name yet. */
    boolean isSignerUnknown(RoomStatement statement) {
        return statement.getByDevice().size() == DeviceId.BYTES
                && context.people()
                        .publicKey(DeviceId.of(statement.getByDevice()))
                        .isEmpty();
    }
}

package covey.mailbox;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView.Account;
import covey.directory.Happening;
import covey.directory.NameRules;
import covey.directory.Refused;
import covey.directory.Step;
import covey.store.Keys;
import covey.store.MerkleLog;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.store.Sha256;
import covey.wire.Limits;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Role;
import covey.wire.proto.RoomChange;
import covey.wire.proto.RoomCreate;
import covey.wire.proto.RoomStatement;
import covey.wire.proto.StoredRoom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Who is in which room. Public rooms are joined and left at will. The membership of a private one is a chain of
 * statements, one per epoch, each signed by the acting device: the hub checks that it may and that the epoch is the
 * next one, the members check the signatures. What is said in rooms is kept elsewhere (see {@code mailbox}).
 */
public final class Rooms {
    /** Id and name of the room that everybody is in and only administrators post to. It has no record. */
    public static final ByteString ANNOUNCEMENTS = ByteString.copyFromUtf8("!announce");

    /** Each room costs the hub a log of what is said in it. */
    private static final int ROOMS_MAX = 20_000;

    /** Rooms of one account: enrolling a device touches each of them. */
    private static final int ROOMS_PER_ACCOUNT_MAX = 500;

    private static final ByteString PUBLIC = ByteString.copyFrom(new byte[] {0});
    private static final ByteString PRIVATE = ByteString.copyFrom(new byte[] {1});
    private static final byte[] ROOM_COUNT = Keys.of(Tables.ROOM_RECORD).build();

    private Rooms() {}

    public static StoredRoom create(Step step, RoomCreate command) {
        String creator = step.actor().account();
        String name = command.getName();
        if (!NameRules.isRoom(name)) {
            throw Refused.bad("room name: '" + name + "' (expected: '#' and up to " + (Limits.ROOM_NAME_CHARS_MAX - 1)
                    + " lower case letters, digits, '.', '_' or '-').");
        }
        if (step.get(nameKey(name)).isPresent()) {
            throw Refused.conflict("There is a room " + name + " already: join it or choose another name.");
        }
        long count = count(step) + 1;
        if (count > ROOMS_MAX) {
            throw Refused.overLimit("This network has " + ROOMS_MAX + " rooms and takes no more.");
        }
        byte[] id = Arrays.copyOf(
                Sha256.of(
                        step.randomness().toByteArray(),
                        ByteString.copyFromUtf8(name).toByteArray()),
                Limits.ID_BYTES);
        StoredRoom room = StoredRoom.newBuilder()
                .setRoom(ByteString.copyFrom(id))
                .setName(name)
                .setIsPrivate(command.getIsPrivate())
                .setCreator(creator)
                .setCreatedMillis(step.nowMillis())
                .build();
        step.put(nameKey(name), named(room));
        step.put(ROOM_COUNT, Tables.number(count));
        return add(step, room, creator);
    }

    public static StoredRoom change(Step step, RoomChange command) {
        StoredRoom room = room(step::get, command.getRoom()).orElseThrow(Rooms::noRoom);
        if (command.getSignature().size() > Limits.SIGNATURE_BYTES_MAX) {
            throw Refused.bad("signature: " + command.getSignature().size() + " bytes.");
        }
        String actor = step.actor().account();
        boolean isMember = isMember(step::get, room.getRoom(), actor);
        if (room.getIsPrivate() && !isMember) {
            throw noRoom();
        }
        return room.getIsPrivate() ? changePrivate(step, room, command) : changePublic(step, room, command, isMember);
    }

    private static StoredRoom changePublic(Step step, StoredRoom room, RoomChange command, boolean isMember) {
        String actor = step.actor().account();
        String subject = command.getAccount().isEmpty() ? actor : command.getAccount();
        return switch (command.getKind()) {
            case JOIN_ROOM -> {
                checkSelf(actor, subject);
                yield isMember ? room : add(step, room, actor);
            }
            case LEAVE_ROOM -> {
                checkSelf(actor, subject);
                yield isMember ? remove(step, room, actor) : room;
            }
            case KICK -> {
                if (!step.actor().isAdministrator() && !actor.equals(room.getCreator())) {
                    throw Refused.denied("Only @" + room.getCreator() + ", who made " + room.getName()
                            + ", and administrators can remove others from it.");
                }
                checkIsMember(step, room, subject);
                yield remove(step, room, subject);
            }
            case INVITE_MEMBER ->
                throw Refused.bad(room.getName() + " is public: tell @" + subject + " to join it (covey room join '"
                        + room.getName() + "').");
            case CREATED, UNRECOGNIZED -> throw Refused.bad("Public rooms have no such change.");
        };
    }

    private static StoredRoom changePrivate(Step step, StoredRoom room, RoomChange command) {
        String actor = step.actor().account();
        String subject = command.getAccount();
        if (command.getEpoch() != room.getEpoch() + 1) {
            throw Refused.conflict("The members of " + room.getName() + " changed meanwhile (epoch " + room.getEpoch()
                    + "): look again and repeat.");
        }
        StoredRoom next = room.toBuilder().setEpoch(command.getEpoch()).build();
        StoredRoom changed = switch (command.getKind()) {
            case CREATED -> {
                if (room.getEpoch() != 0 || !actor.equals(room.getCreator()) || !subject.equals(actor)) {
                    throw Refused.bad("A room is created once, by who made it.");
                }
                yield save(step, next);
            }
            case INVITE_MEMBER -> invite(step, next, subject);
            case KICK -> {
                checkMayKick(step, room, subject);
                checkIsMember(step, room, subject);
                yield remove(step, next, subject);
            }
            case LEAVE_ROOM -> {
                checkSelf(actor, subject);
                yield remove(step, next, actor);
            }
            case JOIN_ROOM -> throw Refused.denied(room.getName() + " is private: a member has to invite you.");
            case UNRECOGNIZED ->
                throw new Refused(ErrorCode.UNSUPPORTED, "This hub does not know this change of a room.");
        };
        if (changed.getMemberCount() > 0) {
            RoomStatement statement = RoomStatement.newBuilder()
                    .setChange(command)
                    .setByAccount(actor)
                    .setByDevice(step.actor().device().orElseThrow().toByteString())
                    .setTimeMillis(step.nowMillis())
                    .build();
            step.put(statementKey(room.getRoom(), command.getEpoch()), statement.toByteArray());
        }
        return changed;
    }

    private static StoredRoom invite(Step step, StoredRoom room, String subject) {
        Account account = step.view()
                .account(subject)
                .orElseThrow(() -> Refused.notFound("There is no account @" + subject + "."));
        if (account.role() == Role.MACHINE) {
            throw Refused.bad("@" + subject + " is a machine: rooms are for people.");
        }
        if (isMember(step::get, room.getRoom(), subject)) {
            throw Refused.conflict("@" + subject + " is in " + room.getName() + " already.");
        }
        if (step.blocks().isBlocked(step.view(), subject, step.actor().account())) {
            throw Refused.denied("@" + subject + " does not accept invitations from you.");
        }
        return add(step, room, subject);
    }

    /** Who made the room; when it left, any member; and anybody may remove an account that is no more. */
    private static void checkMayKick(Step step, StoredRoom room, String subject) {
        boolean creatorIsThere = isMember(step::get, room.getRoom(), room.getCreator())
                && step.view().account(room.getCreator()).isPresent();
        boolean isPresent = step.view().account(subject).isPresent();
        if (creatorIsThere && isPresent && !step.actor().account().equals(room.getCreator())) {
            throw Refused.denied(
                    "Only @" + room.getCreator() + ", who made " + room.getName() + ", can remove others from it.");
        }
    }

    private static void checkSelf(String actor, String subject) {
        if (!actor.equals(subject)) {
            throw Refused.denied("Nobody can join or leave a room for another (@" + subject + ").");
        }
    }

    private static void checkIsMember(Step step, StoredRoom room, String subject) {
        if (!isMember(step::get, room.getRoom(), subject)) {
            throw Refused.notFound("@" + subject + " is not in " + room.getName() + ".");
        }
    }

    private static StoredRoom add(Step step, StoredRoom room, String account) {
        if (room.getMemberCount() >= Limits.ROOM_MEMBERS_MAX) {
            throw Refused.overLimit(
                    room.getName() + " has " + Limits.ROOM_MEMBERS_MAX + " members, the most there can be.");
        }
        if (of(step, account).size() >= ROOMS_PER_ACCOUNT_MAX) {
            throw Refused.overLimit(
                    "@" + account + " is in " + ROOMS_PER_ACCOUNT_MAX + " rooms, the most there can be: leave one.");
        }
        step.put(memberKey(room.getRoom(), account), Tables.NOTHING);
        step.put(memberRoomKey(account, room.getRoom()), Tables.NOTHING);
        step.happened(new Happening.Joined(room.getRoom(), account));
        return save(
                step, room.toBuilder().setMemberCount(room.getMemberCount() + 1).build());
    }

    private static StoredRoom remove(Step step, StoredRoom room, String account) {
        step.delete(memberKey(room.getRoom(), account));
        step.delete(memberRoomKey(account, room.getRoom()));
        step.happened(new Happening.Left(room.getRoom(), account));
        StoredRoom left =
                room.toBuilder().setMemberCount(room.getMemberCount() - 1).build();
        if (left.getMemberCount() > 0) {
            return save(step, left);
        }
        step.delete(key(room.getRoom()));
        step.delete(nameKey(room.getName()));
        step.put(ROOM_COUNT, Tables.number(count(step) - 1));
        byte[] statements = Keys.of(Tables.ROOM_STATEMENT)
                .bytes(room.getRoom().toByteArray())
                .build();
        step.transaction().scan(statements, Keys.end(statements), false, (key, value) -> {
            step.delete(key);
            return true;
        });
        step.happened(new Happening.RoomEnded(room.getRoom()));
        return left;
    }

    /**
     * Takes a removed account out of the public rooms. In private ones it stays listed, since only a member's signature
     * can take it out; nobody can take the name before that (see {@link #checkNameIsFree}). A private room where nobody
     * is left ends.
     */
    public static void accountRemoved(Step step, String account) {
        for (ByteString id : of(step, account)) {
            StoredRoom room = room(step::get, id).orElseThrow();
            List<String> members = members(step.transaction()::scan, id);
            if (!room.getIsPrivate()) {
                remove(step, room, account);
            } else if (members.stream()
                    .noneMatch(member -> step.view().account(member).isPresent())) {
                StoredRoom left = room;
                for (String member : members) {
                    left = remove(step, left, member);
                }
            }
        }
    }

    /** The room's record; announcements have none. */
    public static Optional<StoredRoom> room(MerkleLog.Reads reads, ByteString id) {
        return id.isEmpty() || id.size() > Limits.ROOM_ID_BYTES_MAX
                ? Optional.empty()
                : reads.get(key(id)).map(bytes -> Records.parse(StoredRoom.parser(), bytes));
    }

    /** Everybody is in the announcements. */
    public static boolean isMember(MerkleLog.Reads reads, ByteString room, String account) {
        return room.equals(ANNOUNCEMENTS) || reads.get(memberKey(room, account)).isPresent();
    }

    /** Refuses a name that is still listed in a private room though its account is no more. */
    public static void checkNameIsFree(Step step, String account) {
        if (step.view().account(account).isEmpty() && !of(step, account).isEmpty()) {
            throw Refused.conflict(
                    "The name @" + account + " belonged to a removed account that is still listed in a private room:"
                            + " choose another, or ask a member of that room to remove it (covey room kick).");
        }
    }

    /** Ids of the rooms that the account is in, announcements not among them. */
    public static List<ByteString> of(Step step, String account) {
        return of(step.transaction()::scan, account);
    }

    static List<ByteString> of(Scans scans, String account) {
        List<ByteString> rooms = new ArrayList<>();
        byte[] from = Keys.of(Tables.MEMBER_ROOM).string(account).build();
        scans.scan(from, Keys.end(from), false, (key, value) -> {
            rooms.add(ByteString.copyFrom(Keys.read(key).skip(from.length).bytes()));
            return true;
        });
        return rooms;
    }

    /** A range of keys to read in order: {@code store::scan} or {@code transaction::scan}. */
    interface Scans {
        void scan(byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor);
    }

    static List<String> members(Scans scans, ByteString room) {
        List<String> members = new ArrayList<>();
        byte[] from = Keys.of(Tables.ROOM_MEMBER).bytes(room.toByteArray()).build();
        scans.scan(from, Keys.end(from), false, (key, value) -> {
            members.add(Keys.read(key).skip(from.length).string());
            return true;
        });
        return members;
    }

    private static Refused noRoom() {
        return Refused.notFound("There is no such room, or you are not in it.");
    }

    private static StoredRoom save(Step step, StoredRoom room) {
        step.put(key(room.getRoom()), room.toByteArray());
        return room;
    }

    private static long count(Step step) {
        return step.get(ROOM_COUNT).map(Records::number).orElse(0L);
    }

    static byte[] key(ByteString room) {
        return Keys.of(Tables.ROOM_RECORD).bytes(room.toByteArray()).build();
    }

    static byte[] nameKey(String name) {
        return Keys.of(Tables.ROOM_NAME).string(name).build();
    }

    /** What stands under a room's name: whether it is private, so that lists need not look further, and its id. */
    static byte[] named(StoredRoom room) {
        ByteString flag = room.getIsPrivate() ? PRIVATE : PUBLIC;
        return flag.concat(room.getRoom()).toByteArray();
    }

    static boolean isPrivate(byte[] named) {
        return named[0] == PRIVATE.byteAt(0);
    }

    static ByteString id(byte[] named) {
        return ByteString.copyFrom(named, 1, named.length - 1);
    }

    static byte[] memberKey(ByteString room, String account) {
        return Keys.of(Tables.ROOM_MEMBER)
                .bytes(room.toByteArray())
                .string(account)
                .build();
    }

    static byte[] memberRoomKey(String account, ByteString room) {
        return Keys.of(Tables.MEMBER_ROOM)
                .string(account)
                .bytes(room.toByteArray())
                .build();
    }

    static byte[] statementKey(ByteString room, long epoch) {
        return Keys.of(Tables.ROOM_STATEMENT)
                .bytes(room.toByteArray())
                .u64(epoch)
                .build();
    }
}

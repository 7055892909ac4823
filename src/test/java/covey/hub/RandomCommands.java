package covey.hub;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView.Account;
import covey.wire.DeviceId;
import covey.wire.proto.AccountChange;
import covey.wire.proto.BlockAccount;
import covey.wire.proto.Command;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.EnrolDevice;
import covey.wire.proto.Enrolment;
import covey.wire.proto.LogBatch;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.Query;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomCreate;
import covey.wire.proto.RoomInfo;
import covey.wire.proto.RoomWanted;
import covey.wire.proto.RoomsWanted;
import covey.wire.proto.Share;
import covey.wire.proto.ShareKind;
import covey.wire.proto.Tick;
import covey.wire.proto.TokenCreate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Seeded log entries of a small, quarrelsome network: most commands make sense, some repeat, some are refused, and a
 * few are nonsense. Looks at a state (which applies the entries, too) for what would make sense next.
 */
final class RandomCommands {
    private static final String[] ACCOUNTS = {"amy", "bob", "carol", "dave"};
    private static final int DEVICES_MAX = 1_000;
    private static final String[] ROOMS = {"#lab", "#den", "#hall"};
    private static final RoomChangeKind[] KINDS = {
        RoomChangeKind.INVITE_MEMBER,
        RoomChangeKind.INVITE_MEMBER,
        RoomChangeKind.KICK,
        RoomChangeKind.JOIN_ROOM,
        RoomChangeKind.JOIN_ROOM,
        RoomChangeKind.JOIN_ROOM,
        RoomChangeKind.LEAVE_ROOM,
        RoomChangeKind.CREATED
    };
    private static final int COMMANDS_PER_ENTRY_MAX = 20;

    private final Random random;
    private final HubState state;
    private final List<LoggedCommand> sent = new ArrayList<>();
    private final List<ByteString> rooms = new ArrayList<>();
    private final List<DeviceId> active = new ArrayList<>();
    private final Map<DeviceId, Long> sequences = new HashMap<>();
    private int devices;
    private long nowMillis = 1_000_000;
    private int messages;

    RandomCommands(long seed, HubState state) {
        this.random = new Random(seed);
        this.state = state;
    }

    /** The first entry: a network, and everybody may join. */
    static byte[] boot() {
        return LogBatch.newBuilder()
                .setLevel(HubState.LEVEL)
                .addCommands(LoggedCommand.newBuilder()
                        .setTimeMillis(1_000_000)
                        .setCommand(World.boot(RegistrationPolicy.OPEN)))
                .build()
                .toByteArray();
    }

    byte[] entry() {
        look();
        LogBatch.Builder batch = LogBatch.newBuilder().setLevel(HubState.LEVEL);
        int commands = 1 + random.nextInt(COMMANDS_PER_ENTRY_MAX);
        for (int i = 0; i < commands; i++) {
            LoggedCommand command = command();
            sent.add(command);
            batch.addCommands(command);
        }
        return batch.build().toByteArray();
    }

    private void look() {
        active.clear();
        rooms.clear();
        rooms.add(HubState.ANNOUNCEMENTS);
        active.add(World.id(World.OPERATOR));
        for (Account account : state.view().accounts()) {
            account.devices().forEach(active::add);
        }
        Query query =
                Query.newBuilder().setRooms(RoomsWanted.getDefaultInstance()).build();
        for (DeviceId device : active) {
            if (state.view().isActive(device)) {
                state.query(device, query).getRooms().getRoomsList().stream()
                        .map(RoomInfo::getRoom)
                        .filter(room -> !rooms.contains(room))
                        .forEach(rooms::add);
            }
        }
    }

    private LoggedCommand command() {
        nowMillis += random.nextInt(100) == 0 ? 5L * 24 * 60 * 60 * 1000 : random.nextInt(1_000) - 10;
        if (!sent.isEmpty() && random.nextInt(10) == 0) {
            return sent.get(sent.size() - 1 - random.nextInt(Math.min(sent.size(), 200)));
        }
        byte[] randomness = new byte[16];
        random.nextBytes(randomness);
        LoggedCommand.Builder logged =
                LoggedCommand.newBuilder().setTimeMillis(nowMillis).setRandomness(ByteString.copyFrom(randomness));
        if (random.nextInt(5) == 0) {
            return logged.setCommand(byHub()).build();
        }
        DeviceId device = random.nextInt(30) == 0 ? World.id("stranger") : active.get(random.nextInt(active.size()));
        long next = sequences.merge(device, 1L, Long::sum);
        long sequence = random.nextInt(40) == 0 ? random.nextInt(100) : next;
        return logged.setDevice(device.toByteString())
                .setIncarnation(1 + sequence / 50)
                .setSequence(sequence)
                .setFirstUnanswered(Math.max(1, sequence - random.nextInt(20)))
                .setCommand(byDevice(device))
                .build();
    }

    private Command byHub() {
        Command.Builder command = Command.newBuilder();
        return switch (random.nextInt(11)) {
            case 0, 1 -> World.joining(account(), newKey(), random.nextBoolean() ? "" : secret());
            case 2, 3 ->
                command.setEnrolDevice(EnrolDevice.newBuilder()
                                .setAccount(account())
                                .setPublicKey(World.bytes(newKey()))
                                .setEnrolment(Enrolment.BY_PASSWORD))
                        .build();
            case 4 ->
                command.setTokenCreate(TokenCreate.newBuilder()
                                .setKindValue(random.nextInt(6))
                                .setAccount(account())
                                .setUses(random.nextInt(3))
                                .putLabels("b", "2")
                                .putLabels("a", "1")
                                .setExpiresMillis(nowMillis + 100_000)
                                .setSecretHash(World.hash(secret())))
                        .build();
            case 5 ->
                World.change(AccountChange.newBuilder().setAccount(account()).setRoleValue(random.nextInt(4)));
            case 6 ->
                random.nextInt(8) == 0 ? World.removing(account()) : World.disabling(account(), random.nextInt(4) == 0);
            case 7, 8 -> World.acknowledge(active.get(random.nextInt(active.size())), room(), random.nextInt(12));
            case 9 -> command.setTick(Tick.getDefaultInstance()).build();
            default -> Command.getDefaultInstance();
        };
    }

    private Command byDevice(DeviceId self) {
        Command.Builder command = Command.newBuilder();
        return switch (random.nextInt(16)) {
            case 13, 14 -> register();
            case 15 -> CatalogTest.withdraw("f" + random.nextInt(20), "g" + random.nextInt(20));
            case 0, 1, 2, 3 -> deposit();
            case 4, 5 -> World.acknowledge(random.nextInt(1 + Math.max(1, state.mailWaiting(self) * 2)));
            case 6 ->
                command.setRoomCreate(RoomCreate.newBuilder()
                                .setName(ROOMS[random.nextInt(ROOMS.length)])
                                .setIsPrivate(random.nextBoolean()))
                        .build();
            case 7, 8 -> change(self);
            case 9, 10 ->
                random.nextInt(3) == 0
                        ? World.sealedPost(room(), random.nextInt(3), "post " + messages++)
                        : World.post(room(), "post " + messages++);
            case 11 ->
                random.nextInt(3) == 0
                        ? World.revoking(active.get(random.nextInt(active.size())))
                        : command.setBlockAccount(BlockAccount.newBuilder()
                                        .setAccount(account())
                                        .setBlocked(random.nextBoolean()))
                                .build();
            default ->
                command.setPublishPrekey(PublishPrekey.newBuilder()
                                .setPrekeyId(1 + random.nextInt(5))
                                .setX25519(World.bytes("x"))
                                .setMlKem(World.bytes("m")))
                        .build();
        };
    }

    private Command change(DeviceId self) {
        String own = state.view().accountOf(self).map(Account::name).orElse("amy");
        RoomChangeKind kind = KINDS[random.nextInt(KINDS.length)];
        String subject = kind == RoomChangeKind.INVITE_MEMBER || kind == RoomChangeKind.KICK ? account() : own;
        ByteString room = room();
        boolean sees = !room.equals(HubState.ANNOUNCEMENTS)
                && state.isMember(room, own)
                && state.view().isActive(self);
        Query query = Query.newBuilder()
                .setRoom(RoomWanted.newBuilder().setRoom(room))
                .build();
        long epoch = sees ? state.query(self, query).getRoom().getEpoch() + 1 : random.nextInt(3);
        return World.room(room, kind, epoch, subject);
    }

    private Command register() {
        Share[] shares = new Share[1 + random.nextInt(5)];
        for (int i = 0; i < shares.length; i++) {
            Share.Builder share = CatalogTest.file("f" + i * 4 + random.nextInt(4), random.nextInt(30)).toBuilder();
            switch (random.nextInt(6)) {
                case 0 -> share.setRoom(room());
                case 1 -> share.setAccount(account());
                case 2 -> share.setKind(ShareKind.SHARED_FOLDER).clearPlain();
                default -> {
                    // For all.
                }
            }
            shares[i] = share.build();
        }
        Arrays.sort(shares, Comparator.comparing(share -> share.getPath().toStringUtf8()));
        return CatalogTest.register(shares);
    }

    private Command deposit() {
        String to = account();
        Deposit.Builder deposit = Deposit.newBuilder()
                .setMessageId(World.messageId("m" + random.nextInt(60)))
                .setToAccount(to);
        for (DeviceId device : state.view().account(to).map(Account::devices).orElse(List.of())) {
            if (random.nextInt(20) > 0) {
                deposit.addMails(DeviceMail.newBuilder()
                        .setDevice(device.toByteString())
                        .setEnvelope(World.bytes("envelope " + random.nextInt(3))));
            }
        }
        return Command.newBuilder().setDeposit(deposit).build();
    }

    private ByteString room() {
        return rooms.get(random.nextInt(rooms.size()));
    }

    private String account() {
        return ACCOUNTS[random.nextInt(ACCOUNTS.length)];
    }

    private String secret() {
        return "secret " + random.nextInt(5);
    }

    /** Mostly one that nobody has. */
    private String newKey() {
        if (random.nextInt(5) > 0) {
            devices = Math.min(devices + 1, DEVICES_MAX);
        }
        return "d" + devices;
    }
}

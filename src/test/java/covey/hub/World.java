package covey.hub;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.store.MemoryStore;
import covey.store.Sha256;
import covey.store.StoreFactory;
import covey.wire.DeviceId;
import covey.wire.proto.AccountChange;
import covey.wire.proto.BootNetwork;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.EnrolAccount;
import covey.wire.proto.EnrolDevice;
import covey.wire.proto.Enrolment;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.LogBatch;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.MailAck;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.ResultBatch;
import covey.wire.proto.RevokeDevice;
import covey.wire.proto.RoomChange;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomCreate;
import covey.wire.proto.RoomCursor;
import covey.wire.proto.RoomCursors;
import covey.wire.proto.RoomPost;
import covey.wire.proto.Roster;
import covey.wire.proto.RosterProof;
import covey.wire.proto.SealedPost;
import covey.wire.proto.SetPolicy;
import covey.wire.proto.SignedRoster;
import covey.wire.proto.Tick;
import covey.wire.proto.TokenCreate;
import covey.wire.proto.TokenKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A hub's state as tests talk to it: a network is booted, commands come one per log entry, in the name of devices. */
final class World implements AutoCloseable {
    static final String PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";
    static final String OPERATOR = "operator";

    final HubState state;
    final List<Effects> effects = new ArrayList<>();
    long nowMillis = 1_000_000;
    private long index;
    private final Map<DeviceId, Long> sequences = new HashMap<>();

    World() {
        this(MemoryStore.factory(), Path.of("unused"));
    }

    World(StoreFactory stores, Path folder) {
        state = new HubState(folder, stores);
        state.listener((at, effect) -> effects.add(effect));
    }

    /** A network whose registration is open, so that tests need no tokens. */
    static World open() {
        World world = new World();
        world.ok(world.asHub(boot(RegistrationPolicy.OPEN)));
        return world;
    }

    static Command boot(RegistrationPolicy policy) {
        SignedRoster roster = SignedRoster.newBuilder()
                .setRoster(Roster.newBuilder().setEpoch(1).build().toByteString())
                .build();
        return Command.newBuilder()
                .setBootNetwork(BootNetwork.newBuilder()
                        .setRoster(RosterProof.newBuilder()
                                .setRootPublicKey(bytes("root"))
                                .addChain(roster))
                        .setName("office")
                        .setRegistration(policy)
                        .setOperatorPublicKey(bytes(OPERATOR)))
                .build();
    }

    // Who acts

    CommandResult asHub(Command command) {
        return apply(logged(command).build());
    }

    /** The next command of the device's only incarnation. */
    CommandResult as(DeviceId device, Command command) {
        return apply(next(device, command));
    }

    /** The same for many in one log entry; all succeed. */
    void asMany(DeviceId device, List<Command> commands) {
        applyAll(commands.stream().map(command -> next(device, command)).toList())
                .forEach(this::ok);
    }

    LoggedCommand next(DeviceId device, Command command) {
        long sequence = sequences.merge(device, 1L, Long::sum);
        return logged(command)
                .setDevice(device.toByteString())
                .setIncarnation(1)
                .setSequence(sequence)
                .setFirstUnanswered(sequence)
                .build();
    }

    CommandResult as(DeviceId device, long incarnation, long sequence, long firstUnanswered, Command command) {
        return apply(logged(command)
                .setDevice(device.toByteString())
                .setIncarnation(incarnation)
                .setSequence(sequence)
                .setFirstUnanswered(firstUnanswered)
                .build());
    }

    CommandResult apply(LoggedCommand command) {
        return applyAll(List.of(command)).getFirst();
    }

    List<CommandResult> applyAll(List<LoggedCommand> commands) {
        effects.clear();
        byte[] entry = LogBatch.newBuilder()
                .setLevel(HubState.LEVEL)
                .addAllCommands(commands)
                .build()
                .toByteArray();
        try {
            return ResultBatch.parseFrom(state.apply(1, ++index, entry)).getResultsList();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    LoggedCommand.Builder logged(Command command) {
        return LoggedCommand.newBuilder()
                .setTimeMillis(nowMillis)
                .setRandomness(
                        ByteString.copyFrom(Sha256.of(bytes("random " + index).toByteArray())))
                .setCommand(command);
    }

    Effects lastEffects() {
        return effects.getLast();
    }

    // Expectations

    CommandResult ok(CommandResult result) {
        if (result.hasProblem()) {
            throw new AssertionError("expected success, got " + result);
        }
        return result;
    }

    static ErrorCode code(CommandResult result) {
        if (!result.hasProblem()) {
            throw new AssertionError("expected a refusal, got success " + result);
        }
        if (result.getProblem().getMessage().isBlank()) {
            throw new AssertionError("a refusal needs a sentence: " + result);
        }
        return result.getProblem().getCode();
    }

    // Accounts and devices; a device is called by its key's text

    static DeviceId id(String key) {
        return DeviceId.of(Sha256.of(key.getBytes(StandardCharsets.UTF_8)));
    }

    /** Joins openly; the first device has the account's name. */
    DeviceId join(String account) {
        ok(asHub(joining(account, account, "")));
        return id(account);
    }

    DeviceId login(String account, String key) {
        ok(asHub(Command.newBuilder()
                .setEnrolDevice(EnrolDevice.newBuilder()
                        .setAccount(account)
                        .setPublicKey(bytes(key))
                        .setDeviceName(key)
                        .setEnrolment(Enrolment.BY_PASSWORD))
                .build()));
        return id(key);
    }

    /** An administrator, by token. */
    DeviceId administrator(String account) {
        ok(asHub(token("secret of " + account, TokenKind.TOKEN_ADMINISTRATOR, 1)));
        ok(asHub(joining(account, account, "secret of " + account)));
        return id(account);
    }

    static Command joining(String account, String key, String tokenSecret) {
        return Command.newBuilder()
                .setEnrolAccount(EnrolAccount.newBuilder()
                        .setAccount(account)
                        .setPasswordHash(PASSWORD_HASH)
                        .setPublicKey(bytes(key))
                        .setDeviceName(key)
                        .setTokenHash(tokenSecret.isEmpty() ? ByteString.EMPTY : hash(tokenSecret)))
                .build();
    }

    Command token(String secret, TokenKind kind, int uses) {
        return Command.newBuilder()
                .setTokenCreate(TokenCreate.newBuilder()
                        .setKind(kind)
                        .setUses(uses)
                        .setExpiresMillis(nowMillis + 60_000)
                        .setSecretHash(hash(secret)))
                .build();
    }

    static ByteString hash(String secret) {
        return ByteString.copyFrom(Sha256.of(secret.getBytes(StandardCharsets.UTF_8)));
    }

    static Command policy(RegistrationPolicy policy) {
        return Command.newBuilder()
                .setSetPolicy(SetPolicy.newBuilder().setRegistration(policy))
                .build();
    }

    static Command change(AccountChange.Builder change) {
        return Command.newBuilder().setAccountChange(change).build();
    }

    static Command removing(String account) {
        return change(AccountChange.newBuilder().setAccount(account).setRemoved(true));
    }

    static Command disabling(String account, boolean disabled) {
        return change(AccountChange.newBuilder().setAccount(account).setDisabled(disabled));
    }

    static Command revoking(DeviceId device) {
        return Command.newBuilder()
                .setRevokeDevice(RevokeDevice.newBuilder()
                        .setDevice(device.toByteString())
                        .setReason("lost"))
                .build();
    }

    // Messages

    static ByteString messageId(String text) {
        return ByteString.copyFrom(Sha256.of(text.getBytes(StandardCharsets.UTF_8)), 0, 16);
    }

    static Command deposit(String message, String account, DeviceId... devices) {
        return Command.newBuilder()
                .setDeposit(depositBuilder(message, account, devices))
                .build();
    }

    static Deposit.Builder depositBuilder(String message, String account, DeviceId... devices) {
        Deposit.Builder deposit =
                Deposit.newBuilder().setMessageId(messageId(message)).setToAccount(account);
        for (DeviceId device : devices) {
            deposit.addMails(
                    DeviceMail.newBuilder().setDevice(device.toByteString()).setEnvelope(bytes("sealed " + message)));
        }
        return deposit;
    }

    static Command acknowledge(long upTo) {
        return Command.newBuilder()
                .setMailAck(MailAck.newBuilder().setUpTo(upTo))
                .build();
    }

    CommandResult tick() {
        return ok(asHub(Command.newBuilder().setTick(Tick.getDefaultInstance()).build()));
    }

    // Rooms

    ByteString room(DeviceId device, String name, boolean isPrivate) {
        return ok(as(
                        device,
                        Command.newBuilder()
                                .setRoomCreate(
                                        RoomCreate.newBuilder().setName(name).setIsPrivate(isPrivate))
                                .build()))
                .getRoom()
                .getRoom();
    }

    static Command room(ByteString room, RoomChangeKind kind, long epoch, String account) {
        return Command.newBuilder()
                .setRoomChange(RoomChange.newBuilder()
                        .setRoom(room)
                        .setKind(kind)
                        .setEpoch(epoch)
                        .setAccount(account)
                        .setSignature(bytes("signature")))
                .build();
    }

    static Command post(ByteString room, String text) {
        return Command.newBuilder()
                .setRoomPost(RoomPost.newBuilder()
                        .setRoom(room)
                        .setPostId(messageId(text))
                        .setText(text))
                .build();
    }

    static Command sealedPost(ByteString room, long epoch, String text) {
        return Command.newBuilder()
                .setRoomPost(RoomPost.newBuilder()
                        .setRoom(room)
                        .setPostId(messageId(text))
                        .setEpoch(epoch)
                        .setSealed(SealedPost.newBuilder().setCiphertext(bytes(text))))
                .build();
    }

    static Command acknowledge(DeviceId device, ByteString room, long upTo) {
        return Command.newBuilder()
                .setRoomCursors(RoomCursors.newBuilder()
                        .addCursors(RoomCursor.newBuilder()
                                .setDevice(device.toByteString())
                                .setRoom(room)
                                .setUpTo(upTo)))
                .build();
    }

    static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    @Override
    public void close() {
        state.close();
    }
}

package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.Damaged;
import covey.directory.DirectoryView;
import covey.directory.DirectoryView.InvalidEntryException;
import covey.directory.HeadVerifier;
import covey.directory.Refused;
import covey.store.Batch;
import covey.store.MemoryStore;
import covey.store.MerkleLog;
import covey.store.StoreException;
import covey.store.Transaction;
import covey.wire.DeviceId;
import covey.wire.proto.AuditWanted;
import covey.wire.proto.BlockedWanted;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.DirectoryHead;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.HubStatusWanted;
import covey.wire.proto.LogBatch;
import covey.wire.proto.PresenceWanted;
import covey.wire.proto.Query;
import covey.wire.proto.ResolveAccount;
import covey.wire.proto.ResultBatch;
import covey.wire.proto.RoomWanted;
import covey.wire.proto.RoomsWanted;
import covey.wire.proto.SignedHead;
import covey.wire.proto.TokensWanted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever bytes come, they halt the hub as an entry of another build would, or every command gets its result. */
final class HubStateFuzzTest {
    private static final int ENTRIES = 150;
    private static final int DAMAGED_PER_ENTRY = 6;

    /** What a quarrelsome network writes and keeps. */
    private static final List<byte[]> LOG = new ArrayList<>();

    private static final List<byte[]> DIRECTORY = new ArrayList<>();

    static {
        try (HubState state = new HubState(Path.of("unused"), MemoryStore.factory())) {
            RandomCommands commands = new RandomCommands(1, state);
            state.apply(1, 1, RandomCommands.boot());
            for (int i = 0; i < ENTRIES; i++) {
                LOG.add(commands.entry());
                state.apply(1, state.appliedIndex() + 1, LOG.getLast());
            }
            DIRECTORY.addAll(state.directoryEntries(0, 1 << 20));
        }
    }

    static Stream<byte[]> log() {
        return Damaged.copies(5, LOG.subList(0, 20).toArray(byte[][]::new));
    }

    @MethodSource("log")
    @FuzzTest(maxDuration = "5s")
    void logEntries(byte[] entry) {
        try (World hub = World.open()) {
            hub.join("amy");
            apply(hub.state, entry);
        }
    }

    /** A few of each kind. */
    static Stream<byte[]> commands() throws InvalidProtocolBufferException {
        Map<Command.KindCase, List<byte[]>> kinds = new TreeMap<>();
        for (byte[] entry : LOG) {
            LogBatch.parseFrom(entry)
                    .getCommandsList()
                    .forEach(logged -> kinds.computeIfAbsent(
                                    logged.getCommand().getKindCase(), kind -> new ArrayList<>())
                            .add(logged.getCommand().toByteArray()));
        }
        assertThat(kinds).hasSizeGreaterThan(10);
        return Damaged.copies(
                15,
                kinds.values().stream().flatMap(list -> list.stream().limit(2)).toArray(byte[][]::new));
    }

    @MethodSource("commands")
    @FuzzTest(maxDuration = "5s")
    void commandsOfADevice(byte[] bytes) {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            Command command = Command.parseFrom(bytes);
            check(hub.as(amy, command));
            check(hub.as(World.id(World.OPERATOR), command));
            check(hub.asHub(command));
        } catch (InvalidProtocolBufferException e) {
            // refused at the edge
        }
    }

    static Stream<byte[]> questions() {
        List<Query.Builder> all = List.of(
                Query.newBuilder().setResolve(ResolveAccount.newBuilder().setAccount("amy")),
                Query.newBuilder().setRooms(RoomsWanted.newBuilder().setAfter("#a")),
                Query.newBuilder()
                        .setRoom(RoomWanted.newBuilder().setName("#lab").setFromEpoch(1)),
                Query.newBuilder().setTokens(TokensWanted.newBuilder()),
                Query.newBuilder().setAudit(AuditWanted.newBuilder()),
                Query.newBuilder().setHubStatus(HubStatusWanted.newBuilder()),
                Query.newBuilder().setPresence(PresenceWanted.newBuilder()),
                Query.newBuilder().setBlocked(BlockedWanted.newBuilder()));
        return Damaged.copies(
                40, all.stream().map(query -> query.build().toByteArray()).toArray(byte[][]::new));
    }

    @MethodSource("questions")
    @FuzzTest(maxDuration = "5s")
    void queries(byte[] bytes) {
        try (World hub = World.open()) {
            hub.state.query(World.id(World.OPERATOR), Query.parseFrom(bytes));
        } catch (InvalidProtocolBufferException | Refused e) {
            // refused
        }
    }

    static Stream<byte[]> entries() {
        return Damaged.copies(30, DIRECTORY.stream().limit(30).toArray(byte[][]::new));
    }

    @MethodSource("entries")
    @FuzzTest(maxDuration = "5s")
    void directoryEntries(byte[] entry) {
        try {
            DirectoryView view = DirectoryView.empty();
            for (byte[] before : DIRECTORY) {
                view = view.with(before);
            }
            view.with(entry);
        } catch (InvalidEntryException e) {
            // refused
        }
        try {
            DirectoryView.empty().with(entry);
        } catch (InvalidEntryException e) {
            // refused
        }
    }

    /**
     * Which record of the stored state is damaged below its checksum, and how: the hub halts and says so, or the
     * command that meets it fails alone.
     */
    @MethodSource("choices")
    @FuzzTest(maxDuration = "10s")
    void recordsOfTheState(byte[] data) throws InvalidProtocolBufferException {
        Random random = new Random(Arrays.hashCode(data));
        MemoryStore store = new MemoryStore();
        NavigableMap<byte[], byte[]> records = new TreeMap<>(Arrays::compareUnsigned);
        RandomCommands commands;
        try (HubState state = new HubState(Path.of("unused"), MemoryStore.factory())) {
            commands = new RandomCommands(random.nextInt(4), state);
            state.apply(1, 1, RandomCommands.boot());
            for (int i = 0; i < ENTRIES; i++) {
                state.apply(1, state.appliedIndex() + 1, commands.entry());
            }
            state.scanAll(records::put);
        }
        Map.Entry<byte[], byte[]> which = List.copyOf(records.entrySet()).get(random.nextInt(records.size()));
        records.put(which.getKey(), Damaged.damaged(which.getValue(), random));
        Batch all = new Batch();
        records.forEach(all::put);
        store.write(all, true);
        try (HubState state = new HubState(Path.of("unused"), FormatTest.always(store))) {
            RandomCommands more = new RandomCommands(5, state);
            for (int i = 0; i < ENTRIES; i++) {
                byte[] entry = more.entry();
                assertThat(ResultBatch.parseFrom(state.apply(1, state.appliedIndex() + 1, entry))
                                .getResultsCount())
                        .isEqualTo(LogBatch.parseFrom(entry).getCommandsCount());
            }
        } catch (HaltException | StoreException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    static Stream<byte[]> choices() {
        return IntStream.range(0, 30).mapToObj(i -> new byte[] {(byte) i});
    }

    /** A head that a hub signed, whatever it says, and entries that are none. */
    @MethodSource("heads")
    @FuzzTest(maxDuration = "5s")
    void signedHeads(byte[] data) {
        MerkleLog log = new MerkleLog((byte) 1);
        MemoryStore store = new MemoryStore();
        HeadVerifier verifier = new HeadVerifier(new byte[32], log, (hub, signed, signature) -> true);
        SignedHead head = SignedHead.newBuilder()
                .setHead(ByteString.copyFrom(data))
                .setSigner(ByteString.copyFrom(new byte[DeviceId.BYTES]))
                .build();
        HeadVerifier.Own nothing = new HeadVerifier.Own(1, 0, Optional.empty());
        assertThat(verifier.check(store::get, nothing, head, 1)).isNotNull();
        assertThat(verifier.extend(new Transaction(store), nothing, List.of(data), head, 1))
                .isNotNull();
    }

    static Stream<byte[]> heads() {
        byte[] head = DirectoryHead.newBuilder()
                .setNetworkId(ByteString.copyFrom(new byte[32]))
                .setLogEpoch(1)
                .setSize(1)
                .setRoot(ByteString.copyFrom(new byte[32]))
                .build()
                .toByteArray();
        return Damaged.copies(100, head);
    }

    /** Not by Jazzer, so that every build tries: entries that made sense until some of their bytes changed. */
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void damagedEntriesHaltOrGiveResults(long seed) {
        Random random = new Random(seed);
        try (HubState state = new HubState(Path.of("unused"), MemoryStore.factory())) {
            RandomCommands commands = new RandomCommands(seed, state);
            state.apply(1, 1, RandomCommands.boot());
            for (int i = 0; i < ENTRIES; i++) {
                byte[] entry = commands.entry();
                for (int damaged = 0; damaged < DAMAGED_PER_ENTRY; damaged++) {
                    apply(state, damaged(entry, random));
                }
                apply(state, entry);
            }
            assertThat(state.isAuditIntact()).isTrue();
        }
    }

    private static void apply(HubState state, byte[] entry) {
        try {
            byte[] results = state.apply(1, state.appliedIndex() + 1, entry);
            assertThat(ResultBatch.parseFrom(results).getResultsCount())
                    .isEqualTo(LogBatch.parseFrom(entry).getCommandsCount());
            ResultBatch.parseFrom(results).getResultsList().forEach(HubStateFuzzTest::check);
        } catch (HaltException e) {
            // as it should
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("what was applied can be read", e);
        }
    }

    /** An unexpected exception of our own would be isolated and show up as INTERNAL. */
    private static void check(CommandResult result) {
        if (result.hasProblem()) {
            assertThat(result.getProblem().getCode()).as(result.toString()).isNotEqualTo(ErrorCode.INTERNAL);
            assertThat(result.getProblem().getMessage()).isNotBlank();
        }
    }

    private static byte[] damaged(byte[] entry, Random random) {
        byte[] damaged = entry.clone();
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(damaged.length);
            damaged[at] =
                    random.nextBoolean() ? (byte) random.nextInt(256) : (byte) (damaged[at] ^ 1 << random.nextInt(8));
        }
        return damaged;
    }
}

package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;

import covey.store.MemoryStore;
import covey.store.RocksStore;
import covey.store.StoreFactory;
import covey.wire.DeviceId;
import covey.wire.proto.CommandResult;
import covey.wire.proto.MailItem;
import covey.wire.proto.ResultBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same log gives the same state, whatever the store, and from whichever checkpoint it is replayed. */
final class DeterminismTest {
    private static final int ENTRIES = 250;
    private static final int ENTRIES_PER_CHECKPOINT = 50;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void heapAndRocksDbGiveEqualStatesAndResultsFromAnyCheckpoint(long seed) throws Exception {
        try (HubState heap = new HubState(folder.resolve("unused"), MemoryStore.factory());
                HubState rocks = new HubState(folder.resolve("live"), rocks())) {
            RandomCommands commands = new RandomCommands(seed, heap);
            List<byte[]> log = new ArrayList<>();
            List<byte[]> results = new ArrayList<>();
            List<String> hashes = new ArrayList<>();
            for (int index = 1; index <= ENTRIES; index++) {
                byte[] entry = index == 1 ? RandomCommands.boot() : commands.entry();
                log.add(entry);
                results.add(heap.apply(1, index, entry));
                hashes.add(hash(heap));
                assertThat(rocks.apply(1, index, entry)).isEqualTo(results.getLast());
                if (index % ENTRIES_PER_CHECKPOINT == 0) {
                    assertThat(hash(rocks)).as("entry %d", index).isEqualTo(hashes.getLast());
                    rocks.checkpoint(folder.resolve("rocks-" + index));
                    heap.checkpoint(folder.resolve("heap-" + index));
                }
            }
            assertThat(kindsOfOutcome(results))
                    .as("both successes and refusals")
                    .hasSize(2);
            for (int from = ENTRIES_PER_CHECKPOINT; from < ENTRIES; from += ENTRIES_PER_CHECKPOINT) {
                replay(heap, folder.resolve("heap-" + from), from, log, results, hashes);
                replay(rocks, folder.resolve("rocks-" + from), from, log, results, hashes);
            }
        }
    }

    private static void replay(
            HubState state, Path checkpoint, int from, List<byte[]> log, List<byte[]> results, List<String> hashes) {
        state.restore(checkpoint);
        assertThat(state.appliedIndex()).isEqualTo(from);
        assertThat(hash(state)).isEqualTo(hashes.get(from - 1));
        for (int index = from + 1; index <= log.size(); index++) {
            assertThat(state.apply(1, index, log.get(index - 1))).isEqualTo(results.get(index - 1));
        }
        assertThat(hash(state)).isEqualTo(hashes.getLast());
        assertThat(state.isAuditIntact()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void figuresFitWhatIsThere(long seed) {
        try (HubState state = new HubState(folder, MemoryStore.factory())) {
            RandomCommands commands = new RandomCommands(seed, state);
            state.apply(1, 1, RandomCommands.boot());
            for (int index = 2; index <= 400; index++) {
                state.apply(1, index, commands.entry());
                if (index % 40 == 0) {
                    Invariants.check(state);
                }
            }
        }
    }

    @Test
    void aRestoredStateKeepsMailAndDirectory() {
        World hub = World.open();
        DeviceId amy = hub.join("amy");
        DeviceId bob = hub.join("bob");
        hub.ok(hub.as(amy, World.deposit("one", "bob", bob)));
        List<MailItem> mail = hub.state.mail(bob, 0, 1_000);
        hub.state.checkpoint(folder.resolve("checkpoint"));
        try (HubState other = new HubState(folder, MemoryStore.factory())) {
            other.restore(folder.resolve("checkpoint"));
            assertThat(other.mail(bob, 0, 1_000)).isEqualTo(mail);
            assertThat(other.view().accounts()).isEqualTo(hub.state.view().accounts());
            assertThat(other.directoryRoot(other.view().size()))
                    .isEqualTo(hub.state.directoryRoot(hub.state.view().size()));
            assertThat(other.network()).isEqualTo(hub.state.network());
            assertThat(other.stateTimeMillis()).isEqualTo(hub.state.stateTimeMillis());
        }
    }

    private static List<Boolean> kindsOfOutcome(List<byte[]> results) throws Exception {
        List<Boolean> outcomes = new ArrayList<>();
        for (byte[] batch : results) {
            for (CommandResult result : ResultBatch.parseFrom(batch).getResultsList()) {
                outcomes.add(result.hasProblem());
                assertThat(result.getProblem().getMessage()).doesNotContain("fault of its own");
            }
        }
        return outcomes.stream().distinct().toList();
    }

    private static StoreFactory rocks() {
        return RocksStore.factory(new RocksStore.Options(false, 4 << 20, 1 << 20));
    }

    private static String hash(HubState state) {
        return HexFormat.of().formatHex(state.stateHash());
    }
}

package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.store.Batch;
import covey.store.MemoryStore;
import covey.store.OrderedStore;
import covey.store.StoreFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Level 1 of commands and format 2 of the stored state, as they were written down once: a later build must apply the
 * same log to the same state, and read a state that an earlier build left. When a test here fails, either the change is
 * a mistake, or level or format must rise. To write the files anew: run {@link #main}.
 */
final class FormatTest {
    private static final String LOG = "/hub/level-1.log.hex";
    private static final String STATE = "/hub/format-2.state.hex";
    private static final int ENTRIES = 40;
    private static final long SEED = 7;
    private static final HexFormat HEX = HexFormat.of();

    @Test
    void theLogOfLevel1StillGivesTheSameState() {
        try (HubState state = new HubState(Path.of("unused"), MemoryStore.factory())) {
            replay(state, lines(LOG));
            assertThat(dump(state)).isEqualTo(lines(STATE));
        }
    }

    @Test
    void aStateOfFormat2CanBeReadAndGoesOn() {
        MemoryStore store = new MemoryStore();
        Batch batch = new Batch();
        for (String line : lines(STATE)) {
            String[] pair = line.split(" ", -1);
            batch.put(HEX.parseHex(pair[0]), HEX.parseHex(pair[1]));
        }
        store.write(batch, true);
        try (HubState read = new HubState(Path.of("unused"), always(store));
                HubState replayed = new HubState(Path.of("unused"), MemoryStore.factory())) {
            replay(replayed, lines(LOG));
            assertThat(read.appliedIndex()).isEqualTo(replayed.appliedIndex());
            assertThat(read.view().accounts()).isEqualTo(replayed.view().accounts());
            assertThat(read.network()).isEqualTo(replayed.network());
            Invariants.check(read);
            RandomCommands commands = new RandomCommands(SEED + 1, replayed);
            for (int i = 0; i < ENTRIES; i++) {
                byte[] entry = commands.entry();
                long index = read.appliedIndex() + 1;
                assertThat(read.apply(1, index, entry)).isEqualTo(replayed.apply(1, index, entry));
            }
            assertThat(read.stateHash()).isEqualTo(replayed.stateHash());
        }
    }

    @Test
    void aStateOfAnotherFormatHalts() {
        MemoryStore store = new MemoryStore();
        byte[] meta = ByteBuffer.allocate(28).putInt(HubState.FORMAT + 1).array();
        store.write(new Batch().put(new byte[] {1}, meta), true);
        assertThatThrownBy(() -> new HubState(Path.of("unused"), always(store)))
                .isInstanceOf(HaltException.class)
                .hasMessageContaining("format 3");
    }

    private static void replay(HubState state, List<String> log) {
        for (String entry : log) {
            state.apply(1, state.appliedIndex() + 1, HEX.parseHex(entry));
        }
    }

    private static List<String> dump(HubState state) {
        List<String> lines = new ArrayList<>();
        state.scanAll((key, value) -> lines.add(HEX.formatHex(key) + " " + HEX.formatHex(value)));
        return lines;
    }

    static StoreFactory always(MemoryStore store) {
        return new StoreFactory() {
            @Override
            public OrderedStore empty(Path folder) {
                return store;
            }

            @Override
            public OrderedStore copyOf(Path checkpoint, Path folder) {
                throw new UnsupportedOperationException();
            }
        };
    }

    private static List<String> lines(String resource) {
        try (InputStream in = FormatTest.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new AssertionError("missing " + resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes both files into the folder given. Only before a release, or together with a new level or format. */
    public static void main(String[] args) throws IOException {
        try (HubState state = new HubState(Path.of("unused"), MemoryStore.factory())) {
            RandomCommands commands = new RandomCommands(SEED, state);
            List<String> log = new ArrayList<>();
            for (int index = 1; index <= ENTRIES; index++) {
                byte[] entry = index == 1 ? RandomCommands.boot() : commands.entry();
                state.apply(1, index, entry);
                log.add(HEX.formatHex(entry));
            }
            Path folder = Files.createDirectories(Path.of(args[0], "hub"));
            Files.write(Path.of(args[0], LOG), log);
            Files.write(Path.of(args[0], STATE), dump(state));
            System.out.println("written to " + folder);
        }
    }
}

package covey.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every store does; one subclass per store. */
abstract class OrderedStoreContract {
    @TempDir
    Path scratch;

    private OrderedStore store;

    abstract OrderedStore open(Path folder);

    abstract StoreFactory factory();

    @BeforeEach
    void openStore() {
        store = open(scratch.resolve("store"));
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void aWrittenKeyIsReadAndADeletedOneIsAbsent() {
        store.write(new Batch().put(key("a"), key("1")).put(key("b"), key("2")), true);
        store.write(new Batch().delete(key("a")).delete(key("never there")), false);

        assertThat(store.get(key("a"))).isEmpty();
        assertThat(store.get(key("b"))).contains(key("2"));
    }

    @Test
    void emptyValuesAreKept() {
        store.write(new Batch().put(key("a"), new byte[0]), true);

        assertThat(store.get(key("a"))).contains(new byte[0]);
    }

    @Test
    void laterChangesOfABatchWin() {
        store.write(new Batch().put(key("a"), key("1")).delete(key("a")).put(key("a"), key("2")), true);

        assertThat(store.get(key("a"))).contains(key("2"));
    }

    @Test
    void keysAreOrderedAsUnsignedBytes() {
        store.write(
                new Batch()
                        .put(new byte[] {(byte) 0x80}, key("high"))
                        .put(new byte[] {0x7F, 1}, key("longer"))
                        .put(new byte[] {0x7F}, key("low")),
                true);

        assertThat(scan(new byte[] {0}, new byte[] {(byte) 0xFF}, false)).containsExactly("low", "longer", "high");
        assertThat(scan(new byte[] {0}, new byte[] {(byte) 0xFF}, true)).containsExactly("high", "longer", "low");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aScanHoldsItsBoundsAndStopsWhenTold(boolean reverse) {
        Batch batch = new Batch();
        for (String name : List.of("a", "b", "c", "d")) {
            batch.put(key(name), key(name));
        }
        store.write(batch, true);

        assertThat(scan(key("b"), key("d"), reverse))
                .containsExactlyElementsOf(reverse ? List.of("c", "b") : List.of("b", "c"));
        assertThat(scan(key("d"), key("b"), reverse)).isEmpty();
        assertThat(scan(key("b"), key("b"), reverse)).isEmpty();
        List<String> first = new ArrayList<>();
        store.scan(key("a"), key("z"), reverse, (key, value) -> {
            first.add(text(value));
            return first.size() < 2;
        });
        assertThat(first).containsExactlyElementsOf(reverse ? List.of("d", "c") : List.of("a", "b"));
    }

    @Test
    void aScanDoesNotSeeWritesMadeMeanwhile() {
        store.write(new Batch().put(key("a"), key("a")).put(key("c"), key("c")), true);

        List<String> seen = new ArrayList<>();
        store.scan(key("a"), key("z"), false, (key, value) -> {
            store.write(new Batch().put(key("b"), key("b")).delete(key("c")), false);
            return seen.add(text(value));
        });

        assertThat(seen).containsExactly("a", "c");
        assertThat(scan(key("a"), key("z"), false)).containsExactly("a", "b");
    }

    @Test
    void theCallersArraysAreNotShared() {
        byte[] key = key("a");
        byte[] value = key("1");
        store.write(new Batch().put(key, value), true);
        key[0] = 'x';
        value[0] = 'x';
        byte[] read = store.get(key("a")).orElseThrow();
        assertThat(read).isEqualTo(key("1"));
        read[0] = 'y';

        assertThat(store.get(key("a"))).contains(key("1"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void randomOperationsAgreeWithASortedMap(long seed) {
        Random random = new Random(seed);
        NavigableMap<byte[], byte[]> model = new TreeMap<>(Transaction.ORDER);
        for (int round = 0; round < 200; round++) {
            Batch batch = new Batch();
            for (int i = random.nextInt(8); i >= 0; i--) {
                byte[] key = RandomKeys.next(random);
                if (random.nextInt(3) == 0) {
                    batch.delete(key);
                    model.remove(key);
                } else {
                    byte[] value = key("v" + round + "." + i);
                    batch.put(key, value);
                    model.put(key, value);
                }
            }
            store.write(batch, random.nextInt(20) == 0);
            RandomKeys.assertSameRange(random, model, store::scan);
            byte[] probe = RandomKeys.next(random);
            assertThat(store.get(probe).orElse(null)).isEqualTo(model.get(probe));
        }
    }

    @Test
    void aCheckpointHasTheContentOfItsMoment() {
        store.write(new Batch().put(key("a"), key("1")), false);
        store.checkpoint(scratch.resolve("checkpoint"));
        store.write(new Batch().put(key("a"), key("2")).put(key("b"), key("3")), true);

        OrderedStore copy = factory().copyOf(scratch.resolve("checkpoint"), scratch.resolve("copy"));
        copy.write(new Batch().put(key("c"), key("4")), true);
        assertThat(copy.get(key("a"))).contains(key("1"));
        assertThat(copy.get(key("b"))).isEmpty();
        copy.close();

        OrderedStore again = factory().copyOf(scratch.resolve("checkpoint"), scratch.resolve("copy"));
        assertThat(again.get(key("a"))).contains(key("1"));
        assertThat(again.get(key("c"))).as("the checkpoint stays as it was").isEmpty();
        again.close();
        assertThat(store.get(key("a"))).contains(key("2"));
    }

    @Test
    void anEmptyStoreForgetsWhatWasThere() {
        OrderedStore first = factory().empty(scratch.resolve("live"));
        first.write(new Batch().put(key("a"), key("1")), true);
        first.close();

        OrderedStore second = factory().empty(scratch.resolve("live"));
        assertThat(second.get(key("a"))).isEmpty();
        second.close();
    }

    @Test
    void aClosedStoreRefusesAndClosingTwiceIsFine() {
        store.close();
        store.close();

        assertThatThrownBy(() -> store.get(key("a")))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> store.write(new Batch().put(key("a"), key("1")), true))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("closed");
    }

    private List<String> scan(byte[] from, byte[] to, boolean reverse) {
        List<String> values = new ArrayList<>();
        store.scan(from, to, reverse, (key, value) -> values.add(text(value)));
        return values;
    }

    static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

package covey.store;

import static covey.store.OrderedStoreContract.key;
import static covey.store.OrderedStoreContract.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TransactionTest {
    private final MemoryStore base = new MemoryStore();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomOperationsAgreeWithASortedMap(long seed) {
        Random random = new Random(seed);
        NavigableMap<byte[], byte[]> model = new TreeMap<>(Transaction.ORDER);
        for (int entry = 0; entry < 60; entry++) {
            Transaction transaction = new Transaction(base);
            for (int step = random.nextInt(25); step >= 0; step--) {
                change(random, transaction, model, entry + "." + step);
                RandomKeys.assertSameRange(random, model, transaction::scan);
                byte[] probe = RandomKeys.next(random);
                assertThat(transaction.get(probe).orElse(null)).isEqualTo(model.get(probe));
            }
            base.write(transaction.toBatch(), true);
            RandomKeys.assertSameRange(random, model, base::scan);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aScanSeesTheMomentItBeganWhateverItsVisitorChanges(long seed) {
        Random random = new Random(seed);
        NavigableMap<byte[], byte[]> model = new TreeMap<>(Transaction.ORDER);
        Transaction transaction = new Transaction(base);
        for (int round = 0; round < 300; round++) {
            if (round % 20 == 0) {
                base.write(transaction.toBatch(), true);
                transaction = new Transaction(base);
            }
            NavigableMap<byte[], byte[]> before = new TreeMap<>(model);
            Transaction current = transaction;
            int number = round;
            RandomKeys.assertSameRange(
                    random,
                    before,
                    (from, to, reverse, visitor) -> current.scan(from, to, reverse, (key, value) -> {
                        change(random, current, model, "r" + number);
                        if (random.nextBoolean()) {
                            current.delete(key);
                            model.remove(key);
                        }
                        return visitor.visit(key, value);
                    }));
            change(random, transaction, model, "after" + round);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ownWritesInterleaveWithTheBase(boolean reverse) {
        base.write(
                new Batch()
                        .put(key("b"), key("base"))
                        .put(key("d"), key("base"))
                        .put(key("f"), key("base")),
                true);
        Transaction transaction = new Transaction(base);
        transaction.put(key("a"), key("own"));
        transaction.delete(key("b"));
        transaction.put(key("c"), key("own"));
        transaction.put(key("d"), key("own"));
        transaction.put(key("g"), key("own"));
        transaction.delete(key("h"));

        List<String> seen = new ArrayList<>();
        transaction.scan(key("a"), key("z"), reverse, (key, value) -> seen.add(text(key) + text(value)));

        List<String> forward = List.of("aown", "cown", "down", "fbase", "gown");
        assertThat(seen).isEqualTo(reverse ? forward.reversed() : forward);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aScanStoppedInTheOverlayDoesNotGoOnInTheBase(boolean reverse) {
        base.write(new Batch().put(key("b"), key("base")).put(key("d"), key("base")), true);
        Transaction transaction = new Transaction(base);
        transaction.put(key("a"), key("own"));
        transaction.put(key("c"), key("own"));
        transaction.put(key("e"), key("own"));

        for (int limit = 1; limit <= 5; limit++) {
            int wanted = limit;
            List<String> seen = new ArrayList<>();
            transaction.scan(key("a"), key("z"), reverse, (key, value) -> {
                seen.add(text(key));
                return seen.size() < wanted;
            });
            assertThat(seen).hasSize(wanted);
        }
    }

    @Test
    void anEmptyOrInvertedRangeHasNothing() {
        Transaction transaction = new Transaction(base);
        transaction.put(key("a"), key("1"));

        List<String> seen = new ArrayList<>();
        transaction.scan(key("b"), key("a"), false, (key, value) -> seen.add(text(key)));
        transaction.scan(key("a"), key("a"), true, (key, value) -> seen.add(text(key)));

        assertThat(seen).isEmpty();
    }

    @Test
    void nothingReachesTheBaseBeforeTheBatchIsWritten() {
        Transaction transaction = new Transaction(base);
        transaction.put(key("a"), key("1"));

        assertThat(base.get(key("a"))).isEmpty();
        base.write(transaction.toBatch(), true);
        assertThat(base.get(key("a"))).contains(key("1"));
    }

    private static void change(
            Random random, Transaction transaction, NavigableMap<byte[], byte[]> model, String label) {
        byte[] key = RandomKeys.next(random);
        if (random.nextInt(3) == 0) {
            transaction.delete(key);
            model.remove(key);
        } else {
            transaction.put(key, key(label));
            model.put(key, key(label));
        }
    }

    @Test
    void rollbackReturnsToTheSavepointAndKeepsWhatWasBeforeIt() {
        MemoryStore store = new MemoryStore();
        store.write(new Batch().put(new byte[] {1}, new byte[] {10}), false);
        Transaction transaction = new Transaction(store);
        transaction.put(new byte[] {2}, new byte[] {20});
        transaction.savepoint();
        transaction.put(new byte[] {1}, new byte[] {11});
        transaction.put(new byte[] {2}, new byte[] {21});
        transaction.put(new byte[] {2}, new byte[] {22});
        transaction.delete(new byte[] {1});
        transaction.put(new byte[] {3}, new byte[] {30});
        transaction.rollback();
        assertThat(transaction.get(new byte[] {1})).contains(new byte[] {10});
        assertThat(transaction.get(new byte[] {2})).contains(new byte[] {20});
        assertThat(transaction.get(new byte[] {3})).isEmpty();
        assertThat(transaction.toBatch().changes()).hasSize(1);
    }

    @Test
    void aSavepointIsUsedOnceAndReplacedByTheNext() {
        Transaction transaction = new Transaction(new MemoryStore());
        transaction.savepoint();
        transaction.put(new byte[] {1}, new byte[] {1});
        transaction.savepoint();
        transaction.rollback();
        assertThat(transaction.get(new byte[] {1})).isPresent();
        assertThatThrownBy(transaction::rollback).isInstanceOf(IllegalStateException.class);
    }
}

package covey.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HotReadsTest {
    @Test
    void whatIsReadIsWhatTheStoreHolds() {
        Random random = new Random(1);
        MemoryStore store = new MemoryStore();
        HotReads hot = new HotReads(store);
        for (int round = 0; round < 5_000; round++) {
            byte[] key = {(byte) random.nextInt(40)};
            Batch batch = new Batch();
            switch (random.nextInt(4)) {
                case 0 -> batch.put(key, new byte[random.nextInt(600)]);
                case 1 -> batch.put(key, new byte[] {1}).delete(key);
                case 2 -> batch.delete(key).put(key, new byte[] {(byte) round});
                default -> assertThat(hot.get(key)).usingRecursiveComparison().isEqualTo(store.get(key));
            }
            hot.write(batch, false);
            byte[] other = {(byte) random.nextInt(40)};
            assertThat(hot.get(other)).usingRecursiveComparison().isEqualTo(store.get(other));
        }
    }

    @Test
    void aFailedWriteChangesNothingThatIsRead() {
        MemoryStore store = new MemoryStore();
        HotReads hot = new HotReads(store);
        byte[] key = {1};
        hot.write(new Batch().put(key, new byte[] {1}), false);
        assertThat(hot.get(key).orElseThrow()).containsExactly(1);
        store.failNextWrite("a test");
        assertThatThrownBy(() -> hot.write(new Batch().put(key, new byte[] {2}), false))
                .isInstanceOf(StoreException.class);
        assertThat(hot.get(key).orElseThrow()).containsExactly(1);
    }
}

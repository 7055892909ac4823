package covey.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class MemoryStoreTest extends OrderedStoreContract {
    @Override
    OrderedStore open(Path folder) {
        return new MemoryStore();
    }

    @Override
    StoreFactory factory() {
        return MemoryStore.factory();
    }

    @Test
    void aCrashKeepsWhatWasDurableAndWhatCameBeforeIt() {
        MemoryStore store = new MemoryStore();
        store.write(new Batch().put(key("a"), key("1")), false);
        store.write(new Batch().put(key("b"), key("1")), true);
        store.write(new Batch().put(key("c"), key("1")).delete(key("a")), false);

        store.crash();

        assertThat(store.get(key("a"))).isPresent();
        assertThat(store.get(key("b"))).isPresent();
        assertThat(store.get(key("c"))).isEmpty();
    }

    @Test
    void afterARestartTheDeadProcessCannotWrite() {
        MemoryStore before = new MemoryStore();
        before.write(new Batch().put(key("a"), key("1")), true);

        MemoryStore after = before.restart();

        assertThat(after.get(key("a"))).isPresent();
        assertThatThrownBy(() -> before.write(new Batch().put(key("b"), key("1")), true))
                .isInstanceOf(StoreException.class);
        assertThat(after.get(key("b"))).isEmpty();
    }

    @Test
    void aFailedWriteChangesNothing() {
        MemoryStore store = new MemoryStore();
        store.failNextWrite("the device does not answer");

        assertThatThrownBy(() -> store.write(new Batch().put(key("a"), key("1")), true))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("the device does not answer");
        assertThat(store.get(key("a"))).isEmpty();
        store.write(new Batch().put(key("a"), key("1")), true);
        assertThat(store.get(key("a"))).isPresent();
    }

    @Test
    void aFullDiskRefusesGrowthButAllowsDeleting() {
        MemoryStore store = new MemoryStore();
        store.write(new Batch().put(key("a"), new byte[100]), true);
        store.limitBytes(100);

        assertThatThrownBy(() -> store.write(new Batch().put(key("b"), new byte[100]), true))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.isDiskFull()).isTrue())
                .hasMessageContaining("disk is full");
        store.write(new Batch().delete(key("a")), true);
        store.write(new Batch().put(key("b"), new byte[50]), true);
        assertThat(store.get(key("b"))).isPresent();
    }

    @Test
    void aDamagedRecordIsToldUntilItIsWrittenAgain() {
        MemoryStore store = new MemoryStore();
        store.write(new Batch().put(key("a"), key("1")).put(key("b"), key("2")), true);
        store.damage(key("a"));

        assertThatThrownBy(() -> store.get(key("a")))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.isDamaged()).isTrue());
        assertThatThrownBy(() -> store.scan(key("a"), key("z"), false, (key, value) -> true))
                .isInstanceOf(StoreException.class);
        assertThat(store.get(key("b"))).contains(key("2"));
        store.write(new Batch().put(key("a"), key("3")), true);
        assertThat(store.get(key("a"))).contains(key("3"));
    }

    @Test
    void aDamagedCheckpointIsRefused() throws IOException {
        MemoryStore store = new MemoryStore();
        store.write(new Batch().put(key("a"), key("1")), true);
        store.checkpoint(scratch.resolve("checkpoint"));
        Path file = scratch.resolve("checkpoint").resolve("memory.store");
        byte[] bytes = Files.readAllBytes(file);
        bytes[13] ^= 1;
        Files.write(file, bytes);

        assertThatThrownBy(() -> factory().copyOf(scratch.resolve("checkpoint"), scratch.resolve("copy")))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.isDamaged()).isTrue())
                .hasMessageContaining(file.toString());
    }
}

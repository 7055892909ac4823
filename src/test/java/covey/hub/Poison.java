package covey.hub;

import covey.store.Batch;
import covey.store.MemoryStore;
import covey.store.OrderedStore;
import covey.store.StoreFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** A store in which reading any key that holds "poison" fails as a fault of our own code would. */
final class Poison implements StoreFactory, OrderedStore {
    private final MemoryStore store;
    boolean armed;

    Poison(MemoryStore store) {
        this.store = store;
    }

    @Override
    public OrderedStore empty(Path folder) {
        return this;
    }

    @Override
    public OrderedStore copyOf(Path checkpoint, Path folder) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        check(key);
        return store.get(key);
    }

    private void check(byte[] key) {
        if (armed && new String(key, StandardCharsets.ISO_8859_1).contains("poison")) {
            throw new ArithmeticException("poison");
        }
    }

    @Override
    public void scan(byte[] from, byte[] to, boolean reverse, Visitor visitor) {
        check(from);
        store.scan(from, to, reverse, visitor);
    }

    @Override
    public void write(Batch batch, boolean durable) {
        store.write(batch, durable);
    }

    @Override
    public void checkpoint(Path folder) {
        store.checkpoint(folder);
    }

    @Override
    public void close() {
        store.close();
    }
}

package covey.store;

import java.nio.file.Path;

final class RocksStoreTest extends OrderedStoreContract {
    @Override
    OrderedStore open(Path folder) {
        return RocksStore.open(folder, RocksStore.Options.local());
    }

    @Override
    StoreFactory factory() {
        return RocksStore.factory(RocksStore.Options.replicated());
    }
}

package covey.search;

import covey.directory.DirectoryView;
import covey.store.OrderedStore;
import java.util.function.Function;

/** The hub's state as the search sees it. Any thread. */
public interface CatalogSource {
    /** Asks the store, which is not replaced or closed meanwhile: must be short. */
    <T> T reading(Function<OrderedStore, T> question);

    DirectoryView view();
}

/**
 * The catalog: which device shares which names, and the content behind them. Register, search, look up.
 *
 * <p>Start at {@code CatalogState} (what the hub keeps), then {@code CatalogQueries} (who may see what of it) and
 * {@code CatalogIndex} (the search, derived from the state and local to each hub).
 *
 * <p><b>Thread</b>: State and queries decide without threads, clock, network or randomness: whoever owns the state
 * calls them, and reads come from any thread. The index has a thread of its own, searches have a few.
 *
 * <p><b>Must not know</b>: Where a device keeps its files, who moves the bytes, and how commands are replicated.
 */
@NullMarked
package covey.catalog;

import org.jspecify.annotations.NullMarked;

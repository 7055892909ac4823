/**
 * The catalog: which device shares which names, and the content behind them. Register and look up.
 *
 * <p>Start at {@code CatalogState} (what the hub keeps), then {@code CatalogQueries} (who may see what of it) and
 * {@code Shares} (the peer's half). {@code covey.search} finds names in it.
 *
 * <p><b>Thread</b>: All of it decides without threads, clock, network or randomness: whoever owns the state calls it,
 * and reads come from any thread.
 *
 * <p><b>Must not know</b>: Where a device keeps its files, who moves the bytes, and how commands are replicated.
 */
@NullMarked
package covey.catalog;

import org.jspecify.annotations.NullMarked;

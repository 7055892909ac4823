/**
 * The catalog's names, searched: the query language, what Lucene keeps of a name, and who is told what of it.
 *
 * <p>Start at {@code Catalog} (what the hub asks), then {@code Searches} (one search) and {@code CatalogIndex} (derived
 * from the state and local to each hub).
 *
 * <p><b>Thread</b>: The index has a thread of its own, searches have a few; any thread may ask.
 *
 * <p><b>Must not know</b>: How names come into the catalog. Lucene is seen nowhere else.
 */
@NullMarked
package covey.search;

import org.jspecify.annotations.NullMarked;

/**
 * An ordered map of bytes as a port, for replicated state and for local data: in RocksDB and in memory.
 *
 * <p>Start at {@code OrderedStore}.
 *
 * <p><b>Thread</b>: Called from any thread; a store has one writer, its owner.
 *
 * <p><b>Must not know</b>: What its keys and values mean, and who replicates them.
 */
@NullMarked
package covey.store;

import org.jspecify.annotations.NullMarked;

/**
 * The protocol between devices: schemas, ids as types, frames, codec and limits, readable in one sitting.
 *
 * <p>Start at {@code src/main/proto}, then {@code Frame} and {@code Limits}.
 *
 * <p><b>Thread</b>: Plain values and pure functions: any thread.
 *
 * <p><b>Must not know</b>: Sockets, threads, and what a feature does with a message.
 */
@NullMarked
package covey.wire;

import org.jspecify.annotations.NullMarked;

/**
 * Composes hub and peer into processes: up, hub, peer, candidate, rank 0.
 *
 * <p>Start at the class of the process you want.
 *
 * <p><b>Thread</b>: Plain wiring on the main thread: it starts the threads of others and ends them in reverse
 * order.
 *
 * <p><b>Must not know</b>: Decisions of any feature: nothing here is worth a unit test.
 */
@NullMarked
package covey.node;

import org.jspecify.annotations.NullMarked;

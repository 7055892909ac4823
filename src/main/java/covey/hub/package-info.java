/**
 * The side that knows: sessions of devices, the features' states side by side, work sharing between hubs.
 *
 * <p>Start at {@code HubState}, then at the session.
 *
 * <p><b>Thread</b>: A session runs on virtual threads of its own; state is changed only through the replicated
 * log.
 *
 * <p><b>Must not know</b>: The peer, and the inside of any feature.
 */
@NullMarked
package covey.hub;

import org.jspecify.annotations.NullMarked;

/**
 * What waits for a device that is away: order, quota, lifetime and acknowledgement.
 *
 * <p>Start at the state class and its {@code apply}.
 *
 * <p><b>Thread</b>: Decides without threads, clock, network or randomness: whoever owns the state calls it.
 *
 * <p><b>Must not know</b>: What the waiting bytes say (they are sealed), and how its commands are replicated.
 */
@NullMarked
package covey.mailbox;

import org.jspecify.annotations.NullMarked;

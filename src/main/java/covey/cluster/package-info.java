/**
 * Replication of the hub's state: the {@code ReplicatedLog} port, its Ratis and in-memory forms, snapshots,
 * membership and promotion.
 *
 * <p>Start at {@code ReplicatedLog}.
 *
 * <p><b>Thread</b>: Commands are applied one at a time by one thread; submitting may be done from any thread and
 * blocks.
 *
 * <p><b>Must not know</b>: What the commands mean. Ratis is seen nowhere else.
 */
@NullMarked
package covey.cluster;

import org.jspecify.annotations.NullMarked;

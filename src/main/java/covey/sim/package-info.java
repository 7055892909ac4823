/**
 * A simulated network, clock and disk under the real code, reproducible from a seed.
 *
 * <p>Start at the simulated world.
 *
 * <p><b>Thread</b>: Everything runs on one thread, in an order that the seed decides.
 *
 * <p><b>Must not know</b>: Real time, real sockets and real disks.
 */
@NullMarked
package covey.sim;

import org.jspecify.annotations.NullMarked;

/**
 * Content goes from device to device over bulk connections: the thin shell around what {@code swarm} decides.
 *
 * <p>Start at {@code Fetch} (one who wants) and {@code Server} (one who gives); {@code SourceLink} and {@code Serving}
 * are the two ends of a connection.
 *
 * <p><b>Thread</b>: A fetch has its loop; each connection served has a virtual thread. Blocks are filled on I/O threads
 * and verified on hash workers.
 *
 * <p><b>Must not know</b>: Accounts and shares: who may have what is asked of a port.
 */
@NullMarked
package covey.exchange;

import org.jspecify.annotations.NullMarked;

/**
 * What a process offers to commands and pages: the local API of a peer, metrics and health; later pages over HTTP.
 *
 * <p>Start at {@code PeerApi}, then {@code Shapes}, which is what its JSON looks like. {@code LocalServer} brings
 * requests of commands from the UNIX socket, {@code LocalClient} is the command's side.
 *
 * <p><b>Thread</b>: A request comes on a virtual thread of its client; methods run on the loop of the node they touch.
 *
 * <p><b>Must not know</b>: How the node is put together, and the inside of hub and peer.
 */
@NullMarked
package covey.web;

import org.jspecify.annotations.NullMarked;

/**
 * The side that carries: the peer's node, its session with the hub, direct links, local store and local API.
 *
 * <p>Start at {@code PeerNode}.
 *
 * <p><b>Thread</b>: Sessions and links run on virtual threads; the node's state has one owner.
 *
 * <p><b>Must not know</b>: The hub's inside: it knows hubs only by the protocol.
 */
@NullMarked
package covey.peer;

import org.jspecify.annotations.NullMarked;

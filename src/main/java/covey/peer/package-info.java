/**
 * The side that carries: the peer's node, its session with the hub, direct links, the copy of the directory, local
 * store.
 *
 * <p>Start at {@code PeerNode}, then {@code Core}, which joins {@code HubSession}, {@code DirectoryReplica} and
 * {@code Links} with {@code chat}.
 *
 * <p><b>Thread</b>: One loop owns all of it. Connections hand over to that loop, within bounds.
 *
 * <p><b>Must not know</b>: The hub's inside: it knows hubs only by the protocol. And who asks: the local API and its
 * JSON are {@code web}'s.
 */
@NullMarked
package covey.peer;

import org.jspecify.annotations.NullMarked;

/**
 * HTTP API and pages: for a person at a peer and for an administrator at a hub.
 *
 * <p>Start at the server and its routes.
 *
 * <p><b>Thread</b>: Requests run on virtual threads.
 *
 * <p><b>Must not know</b>: How the node is put together, and anything that the API of hub and peer does not offer.
 */
@NullMarked
package covey.web;

import org.jspecify.annotations.NullMarked;

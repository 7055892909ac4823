/**
 * Connections between devices: TLS over TCP, QUIC over UDP, backpressure, happy-eyeballs dialling, relay pipe, NAT
 * punching and the LAN beacon.
 *
 * <p>Start at {@code Transport} and {@code Connection}.
 *
 * <p><b>Thread</b>: Netty's event loops inside; callers block on virtual threads, and no feature code ever runs on
 * an event loop.
 *
 * <p><b>Must not know</b>: What the frames carry. Netty is seen nowhere else.
 */
@NullMarked
package covey.transport;

import org.jspecify.annotations.NullMarked;

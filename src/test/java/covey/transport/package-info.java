/** Tests of connections, with real sockets on loopback, and of the local socket. */
@NullMarked
package covey.transport;

import org.jspecify.annotations.NullMarked;

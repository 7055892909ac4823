/** Tests of the protocol: bytes that must never change, limits, and what strangers may send. */
@NullMarked
package covey.wire;

import org.jspecify.annotations.NullMarked;

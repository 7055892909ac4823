/**
 * Who a device is and what it may read: device keys, certificates, sealed envelopes and sessions, passwords,
 * tokens, signatures.
 *
 * <p>Start at the device key, then at sealing.
 *
 * <p><b>Thread</b>: Plain values and pure functions: any thread. Password hashing costs memory and waits for its
 * turn.
 *
 * <p><b>Must not know</b>: Connections, the directory, and how a feature uses what it sealed.
 */
@NullMarked
package covey.identity;

import org.jspecify.annotations.NullMarked;

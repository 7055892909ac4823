/**
 * Who is who and where: accounts, devices, presence, addresses, labels and rooms' membership, with the signed
 * directory log.
 *
 * <p>Start at the state class and its {@code apply}.
 *
 * <p><b>Thread</b>: Decides without threads, clock, network or randomness: whoever owns the state calls it.
 *
 * <p><b>Must not know</b>: How its commands are replicated and how its answers travel.
 */
@NullMarked
package covey.directory;

import org.jspecify.annotations.NullMarked;

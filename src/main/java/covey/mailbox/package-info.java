/**
 * What waits for a device that is away: sealed mail, what was said in its rooms, answers to its commands; with order,
 * quota, lifetime and acknowledgement.
 *
 * <p>Start at {@code MailboxState}; then {@code Rooms} (who is in them), {@code RoomLog} (what was said) and
 * {@code DedupWindow} (exactly once).
 *
 * <p><b>Thread</b>: Decides without threads, clock, network or randomness: whoever owns the state calls it. Reads come
 * from any thread.
 *
 * <p><b>Must not know</b>: What sealed bytes say, and how its commands are replicated.
 */
@NullMarked
package covey.mailbox;

import org.jspecify.annotations.NullMarked;

/**
 * Carries what is sealed from device to device: in order, once, over a link, the relay or the mailbox, whichever there
 * is, through crashes and restored backups. The device's half of {@code mailbox}.
 *
 * <p>Start at {@code Courier}; what decides is pure: {@code Outbox} (one per receiving device) and {@code Inbox} (one
 * per sending device).
 *
 * <p><b>Thread</b>: One loop owns it all.
 *
 * <p><b>Must not know</b>: What it carries, and how links are made: it is told what way there is, and told again.
 */
@NullMarked
package covey.courier;

import org.jspecify.annotations.NullMarked;

/**
 * Conversations: rooms and people, delivery states and receipts.
 *
 * <p>Start at {@code ChatEngine}, the shell that does; what decides is pure: {@code Outbox} (one per receiving device),
 * {@code Inbox} (one per sending device), {@code RoomChat} and {@code History}.
 *
 * <p><b>Thread</b>: One loop owns it all; reading history may be done from any thread.
 *
 * <p><b>Must not know</b>: Other features, and how links are made: it is told what way there is, and told again.
 */
@NullMarked
package covey.chat;

import org.jspecify.annotations.NullMarked;

/**
 * Conversations: rooms and people, delivery states and receipts.
 *
 * <p>Start at {@code ChatEngine}, the shell that does; what carries is {@code courier}. Then {@code Deliveries} (one to
 * one), {@code RoomBook}, {@code RoomPosts} and {@code RoomItems} (rooms), {@code History} (what was said).
 *
 * <p><b>Thread</b>: One loop owns it all; reading history may be done from any thread.
 *
 * <p><b>Must not know</b>: Other features, and on which way a message went.
 */
@NullMarked
package covey.chat;

import org.jspecify.annotations.NullMarked;

/**
 * Conversations: rooms and people, delivery states and receipts.
 *
 * <p>Start at the conversation, then at the delivery states.
 *
 * <p><b>Thread</b>: Decides in pure functions; the shell around them runs on virtual threads.
 *
 * <p><b>Must not know</b>: Other features, and whether a message went by a direct link or by the relay.
 */
@NullMarked
package covey.chat;

import org.jspecify.annotations.NullMarked;

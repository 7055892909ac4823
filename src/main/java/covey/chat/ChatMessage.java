package covey.chat;

import com.google.protobuf.ByteString;
import covey.wire.Limits;
import java.util.Objects;
import java.util.Optional;

/**
 * A message as it is shown.
 *
 * @param id 16 bytes, this device's own for what came in
 * @param sentId 16 bytes, the sender's, the same on every device; nobody but the sender is bound to draw a new one
 * @param conversation {@code @bob}, {@code #lab} or {@code !announce}
 * @param from account that said it, without '@'
 * @param text may be empty beside an attachment
 * @param attachment what is offered with it; it stays where it is until somebody fetches it
 * @param receivedMillis when it was stored here; for rooms when the hub stored it
 * @param outgoing said by the own account, perhaps on another of its devices
 * @param reason why it waits or failed: a sentence, or empty
 * @param unread incoming, and not marked as read
 * @param sealed readable by the receiver's devices only, as opposed to readable by the hub
 */
public record ChatMessage(
        ByteString id,
        ByteString sentId,
        String conversation,
        String from,
        String text,
        Optional<Attachment> attachment,
        long sentMillis,
        long receivedMillis,
        boolean outgoing,
        MessageState state,
        String reason,
        boolean unread,
        boolean sealed) {
    public ChatMessage {
        if (id.size() != Limits.ID_BYTES) {
            throw new IllegalArgumentException(
                    "message id: " + id.size() + " bytes (expected: " + Limits.ID_BYTES + ")");
        }
        Objects.requireNonNull(conversation);
        Objects.requireNonNull(text);
    }
}

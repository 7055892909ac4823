package covey.chat;

import com.google.protobuf.ByteString;
import covey.wire.BodyRules;
import covey.wire.Limits;
import covey.wire.proto.Body;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.KeptMessage;
import covey.wire.proto.Leaving;
import covey.wire.proto.OwnCopy;
import covey.wire.proto.Receipt;
import covey.wire.proto.SenderKey;
import covey.wire.proto.SenderKeyWanted;
import covey.wire.proto.Text;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What is said inside envelopes and posts: made here, and checked here when it comes in. */
final class Bodies {
    private Bodies() {}

    static Body text(History.Found found) {
        KeptMessage message = found.message();
        return Body.newBuilder()
                .setSentMillis(message.getSentMillis())
                .setText(said(message))
                .build();
    }

    /** For the own account's other devices. */
    static Body ownCopy(History.Found found) {
        KeptMessage message = found.message();
        return Body.newBuilder()
                .setSentMillis(message.getSentMillis())
                .setOwnCopy(OwnCopy.newBuilder()
                        .setToAccount(found.conversation().substring(1))
                        .setMessageId(message.getId())
                        .setText(said(message)))
                .build();
    }

    /** What a kept message says. */
    static Text said(KeptMessage message) {
        Text.Builder said = Text.newBuilder().setText(message.getText());
        return message.hasAttachment()
                ? said.setAttachment(message.getAttachment()).build()
                : said.build();
    }

    static Text said(String text) {
        return Text.newBuilder().setText(text).build();
    }

    static Body readReceipt(List<ByteString> ids, long nowMillis) {
        return Body.newBuilder()
                .setSentMillis(nowMillis)
                .setReceipt(Receipt.newBuilder().addAllMessageIds(ids).setRead(true))
                .build();
    }

    static Body leaving(long nowMillis) {
        return Body.newBuilder()
                .setSentMillis(nowMillis)
                .setLeaving(Leaving.getDefaultInstance())
                .build();
    }

    static Body senderKey(SenderKey key, long nowMillis) {
        return Body.newBuilder().setSentMillis(nowMillis).setSenderKey(key).build();
    }

    static Body senderKeyWanted(ByteString room, ByteString keyId, long nowMillis) {
        return Body.newBuilder()
                .setSentMillis(nowMillis)
                .setSenderKeyWanted(SenderKeyWanted.newBuilder().setRoom(room).setKeyId(keyId))
                .build();
    }

    /** True when every part of it is within limits; its meaning is checked by who uses it. */
    static boolean isSound(Body body) {
        return BodyRules.isSound(body)
                && Attachment.isSound(body.getText())
                && Attachment.isSound(body.getOwnCopy().getText());
    }

    /** A text as a person typed it; throws {@link ChatException} when it cannot be sent. */
    static String checkedText(String typed) {
        if (typed.isBlank()) {
            throw new ChatException(ErrorCode.BAD_REQUEST, "The message is empty: there is nothing to send.");
        }
        int bytes = typed.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > Limits.TEXT_BYTES_MAX) {
            throw new ChatException(
                    ErrorCode.OVER_LIMIT,
                    "The message has " + bytes + " bytes (expected: <= " + Limits.TEXT_BYTES_MAX
                            + "). Send it in parts, or as a file.");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(typed)) {
            throw new ChatException(ErrorCode.BAD_REQUEST, "The message holds half of a character (a lone surrogate).");
        }
        return typed;
    }
}

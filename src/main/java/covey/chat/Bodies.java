package covey.chat;

import com.google.protobuf.ByteString;
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
    /** Receipts are small, but an envelope is bounded. */
    static final int RECEIPT_IDS_MAX = 200;

    private static final int ROOM_ID_BYTES_MAX = 64;
    private static final int KEY_ID_BYTES_MAX = 64;
    private static final int CHAIN_KEY_BYTES_MAX = 128;

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
        return switch (body.getContentCase()) {
            case TEXT -> isSound(body.getText());
            case RECEIPT ->
                body.getReceipt().getMessageIdsCount() <= RECEIPT_IDS_MAX
                        && body.getReceipt().getMessageIdsList().stream().allMatch(Bodies::isSoundId);
            case LEAVING -> true;
            case SENDER_KEY ->
                isRoom(body.getSenderKey().getRoom())
                        && isKeyId(body.getSenderKey().getKeyId())
                        && body.getSenderKey().getChainKey().size() <= CHAIN_KEY_BYTES_MAX
                        && body.getSenderKey().getCounter() >= 0;
            case SENDER_KEY_WANTED ->
                isRoom(body.getSenderKeyWanted().getRoom())
                        && isKeyId(body.getSenderKeyWanted().getKeyId());
            case OWN_COPY ->
                isSound(body.getOwnCopy().getText())
                        && isSoundId(body.getOwnCopy().getMessageId())
                        && isAccountName(body.getOwnCopy().getToAccount());
            case CONTENT_NOT_SET -> false;
        };
    }

    private static boolean isSound(Text said) {
        boolean isWordless = said.hasAttachment() && said.getText().isEmpty();
        return (isWordless || isSoundText(said.getText())) && Attachment.isSound(said);
    }

    static boolean isSoundText(String text) {
        return !text.isEmpty() && text.getBytes(StandardCharsets.UTF_8).length <= Limits.TEXT_BYTES_MAX;
    }

    static boolean isSoundId(ByteString id) {
        return id.size() == ChatMessage.ID_BYTES;
    }

    static boolean isRoom(ByteString room) {
        return !room.isEmpty() && room.size() <= ROOM_ID_BYTES_MAX;
    }

    static boolean isKeyId(ByteString id) {
        return !id.isEmpty() && id.size() <= KEY_ID_BYTES_MAX;
    }

    /** As far as it matters for being kept and shown; whether there is such an account is another question. */
    static boolean isAccountName(String name) {
        return !name.isEmpty()
                && name.length() <= Limits.ACCOUNT_NAME_CHARS_MAX
                && name.codePoints().noneMatch(c -> Character.isISOControl(c) || Character.isWhitespace(c));
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

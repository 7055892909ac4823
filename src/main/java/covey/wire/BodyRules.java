package covey.wire;

import com.google.protobuf.ByteString;
import covey.wire.proto.Body;
import covey.wire.proto.Text;
import java.nio.charset.StandardCharsets;

/** What talk.proto does not say about what is sealed: for whoever opened it. */
public final class BodyRules {
    private static final int CHAIN_KEY_BYTES_MAX = 128;

    private BodyRules() {}

    /** True when every part of it is within limits; its meaning is checked by who uses it. */
    public static boolean isSound(Body body) {
        return switch (body.getContentCase()) {
            case TEXT -> isSound(body.getText());
            case RECEIPT ->
                body.getReceipt().getMessageIdsCount() <= Limits.RECEIPT_IDS_MAX
                        && body.getReceipt().getMessageIdsList().stream().allMatch(BodyRules::isId);
            case LEAVING -> true;
            case SENDER_KEY ->
                isRoom(body.getSenderKey().getRoom())
                        && isId(body.getSenderKey().getKeyId())
                        && body.getSenderKey().getChainKey().size() <= CHAIN_KEY_BYTES_MAX
                        && body.getSenderKey().getCounter() >= 0;
            case SENDER_KEY_WANTED ->
                isRoom(body.getSenderKeyWanted().getRoom())
                        && isId(body.getSenderKeyWanted().getKeyId());
            case OWN_COPY ->
                isSound(body.getOwnCopy().getText())
                        && isId(body.getOwnCopy().getMessageId())
                        && isAccountName(body.getOwnCopy().getToAccount());
            case CONTENT_NOT_SET -> false;
        };
    }

    private static boolean isSound(Text said) {
        boolean isWordless = said.hasAttachment() && said.getText().isEmpty();
        return isWordless || isText(said.getText());
    }

    public static boolean isText(String text) {
        return !text.isEmpty() && text.getBytes(StandardCharsets.UTF_8).length <= Limits.TEXT_BYTES_MAX;
    }

    public static boolean isRoom(ByteString room) {
        return !room.isEmpty() && room.size() <= Limits.ROOM_ID_BYTES_MAX;
    }

    /** As far as it matters for being kept and shown; whether there is such an account is another question. */
    public static boolean isAccountName(String name) {
        return !name.isEmpty()
                && name.length() <= Limits.ACCOUNT_NAME_CHARS_MAX
                && name.codePoints().noneMatch(c -> Character.isISOControl(c) || Character.isWhitespace(c));
    }

    public static boolean isId(ByteString id) {
        return id.size() == Limits.ID_BYTES;
    }
}

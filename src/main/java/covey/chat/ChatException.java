package covey.chat;

import covey.wire.proto.ErrorCode;

/** What was asked for is refused; the message is a sentence for a person. */
public final class ChatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String sentence;

    public ChatException(ErrorCode code, String sentence) {
        super(sentence);
        this.code = code;
        this.sentence = sentence;
    }

    @Override
    public String getMessage() {
        return sentence;
    }

    public ErrorCode code() {
        return code;
    }
}

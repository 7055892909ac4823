package covey.wire;

import covey.wire.proto.ErrorCode;

/** What the other side sent is refused; the message is a sentence that may be told to it. */
public final class WireException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String sentence;

    public WireException(ErrorCode code, String sentence) {
        // No stack trace: a stranger must not be able to make us spend time on one.
        super(sentence, null, false, false);
        this.code = code;
        this.sentence = sentence;
    }

    public ErrorCode code() {
        return code;
    }

    @Override
    public String getMessage() {
        return sentence;
    }
}

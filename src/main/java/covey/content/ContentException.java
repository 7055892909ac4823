package covey.content;

import java.io.IOException;
import java.util.Locale;

/** Content cannot be read, kept or exported. The message is a sentence for the user: what, why, and what to do. */
public final class ContentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of trouble it is; decides what the caller does, and a command's exit code. */
    public enum Reason {
        /** Bytes do not match their hash, or are not what the format says. Another holder may have better ones. */
        DAMAGED,
        /** No space left on the device, or less than the floor. */
        NO_SPACE,
        /** The user's file is not any more what it was when it was hashed. */
        CHANGED,
        /** A name, kind or place that is refused whatever it holds. */
        REFUSED,
        /** Something is there already. */
        EXISTS,
        /** Held by somebody who does not give it. */
        DENIED,
        /** Not held, or no such file. */
        NOT_FOUND,
        /** Above a limit of {@link ContentLimits}. */
        LIMIT,
        /** The device or the file system refuses. */
        FAILED,
        /** Somebody does not want it any more. */
        STOPPED
    }

    private final Reason reason;

    public ContentException(Reason reason, String sentence) {
        super(sentence);
        this.reason = reason;
    }

    public ContentException(Reason reason, String sentence, Throwable cause) {
        super(sentence, cause);
        this.reason = reason;
    }

    static ContentException damaged(String sentence) {
        return new ContentException(Reason.DAMAGED, sentence);
    }

    static ContentException noSpace(String sentence) {
        return new ContentException(Reason.NO_SPACE, sentence);
    }

    static ContentException changed(String sentence) {
        return new ContentException(Reason.CHANGED, sentence);
    }

    static ContentException refused(String sentence) {
        return new ContentException(Reason.REFUSED, sentence);
    }

    static ContentException exists(String sentence) {
        return new ContentException(Reason.EXISTS, sentence);
    }

    static ContentException notFound(String sentence) {
        return new ContentException(Reason.NOT_FOUND, sentence);
    }

    static ContentException limit(String sentence) {
        return new ContentException(Reason.LIMIT, sentence);
    }

    static ContentException damaged(String sentence, Throwable cause) {
        return new ContentException(Reason.DAMAGED, sentence, cause);
    }

    /** What the file system said, as a sentence that begins with {@code what}. */
    static ContentException of(String what, IOException cause) {
        String said = String.valueOf(cause.getMessage());
        String lower = said.toLowerCase(Locale.ROOT);
        if (lower.contains("no space left") || lower.contains("disk quota") || lower.contains("not enough space")) {
            return new ContentException(Reason.NO_SPACE, what + ": the disk is full. Free some space.", cause);
        }
        Reason reason = cause instanceof java.nio.file.NoSuchFileException ? Reason.NOT_FOUND : Reason.FAILED;
        return new ContentException(reason, what + ": " + cause.getClass().getSimpleName() + " " + said, cause);
    }

    public Reason reason() {
        return reason;
    }
}

package covey.hub;

/**
 * This hub must not go on: what it was given was written for another build, or is damaged. Never skipped, never
 * retried.
 */
public final class HaltException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public HaltException(String message) {
        super(message);
    }

    public HaltException(String message, Throwable cause) {
        super(message, cause);
    }
}

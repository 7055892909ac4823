package covey.identity;

/** A proof of identity does not hold. The message says which, for a person. */
public final class UntrustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UntrustedException(String message) {
        super(message);
    }
}

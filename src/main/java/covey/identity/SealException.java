package covey.identity;

/** Something sealed cannot be opened here: wrong key, altered, replayed, or of an unknown session. */
public final class SealException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SealException(String message) {
        super(message);
    }
}

package covey.store;

/** The store could not read or write, or a record failed its checksum. The process that owns it should halt. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean damaged;

    public StoreException(String message, Throwable cause, boolean damaged) {
        super(message, cause);
        this.damaged = damaged;
    }

    /** True when stored bytes failed their checksum, as opposed to a failing device or a full disk. */
    public boolean isDamaged() {
        return damaged;
    }
}

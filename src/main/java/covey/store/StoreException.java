package covey.store;

/** The store could not read or write, or a record failed its checksum. The process that owns it should halt. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of trouble it is; decides the exit code of a command. */
    public enum Reason {
        /** Stored bytes failed their checksum or are missing. */
        DAMAGED,
        /** No space left on the device. */
        DISK_FULL,
        /** The device or the file system refuses, or the store is closed. */
        FAILED
    }

    private final Reason reason;

    public StoreException(String message, Throwable cause, Reason reason) {
        super(message, cause);
        this.reason = reason;
    }

    public StoreException(String message, Reason reason) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** True when stored bytes failed their checksum, as opposed to a failing device or a full disk. */
    public boolean isDamaged() {
        return reason == Reason.DAMAGED;
    }

    public boolean isDiskFull() {
        return reason == Reason.DISK_FULL;
    }
}

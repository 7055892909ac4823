package covey.store;

import covey.store.StoreException.Reason;
import java.nio.file.Path;
import java.util.Locale;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Makes a sentence of RocksDB's failures. */
final class RocksFailure {
    private RocksFailure() {}

    static StoreException of(Path folder, String doing, RocksDBException failure) {
        if (detail(failure).startsWith("lock hold by") || detail(failure).startsWith("While lock file")) {
            return new StoreException(
                    "The store in " + folder + " is used by another process or part of this one; stop that one first.",
                    failure,
                    Reason.FAILED);
        }
        Reason reason = reason(failure);
        String message = switch (reason) {
            case DISK_FULL ->
                "The disk is full: the store in " + folder + " could not " + doing
                        + ". Free some space, then start again.";
            case DAMAGED ->
                "The store in " + folder + " is damaged (found while trying to " + doing + "): "
                        + detail(failure) + ". Nothing damaged is used; restore this folder from a backup or"
                        + " remove it and start anew.";
            case FAILED -> "The store in " + folder + " could not " + doing + ": " + detail(failure) + ".";
        };
        return new StoreException(message, failure, reason);
    }

    private static Reason reason(RocksDBException failure) {
        String text = detail(failure).toLowerCase(Locale.ROOT);
        Status status = failure.getStatus();
        // While recovering from a full disk RocksDB answers with the first error's text but another code.
        if ((status != null && status.getSubCode() == Status.SubCode.NoSpace) || text.contains("no space left")) {
            return Reason.DISK_FULL;
        }
        // A file that RocksDB's own list names and that is not there (or too short) is damage as well.
        boolean isDamage = (status != null && status.getCode() == Status.Code.Corruption)
                || text.contains("corruption")
                || text.contains("checksum")
                || text.contains("no such file");
        return isDamage ? Reason.DAMAGED : Reason.FAILED;
    }

    private static String detail(RocksDBException failure) {
        Status status = failure.getStatus();
        String state = status == null ? null : status.getState();
        return state == null || state.isBlank() ? String.valueOf(failure.getMessage()) : state;
    }
}

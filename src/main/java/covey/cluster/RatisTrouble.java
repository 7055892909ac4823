package covey.cluster;

import covey.store.StoreException;
import covey.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Path;

/** Makes a sentence, with its kind, of what stops a log. */
final class RatisTrouble {
    private final Path folder;

    RatisTrouble(Path folder) {
        this.folder = folder;
    }

    StoreException atStart(Throwable failure) {
        return sentence(failure, "The log in " + folder + " could not be opened: " + innermost(failure) + ".");
    }

    /** While running: of the machine or of the disk. */
    StoreException whileRunning(Throwable failure) {
        return sentence(
                failure,
                failure instanceof IOException
                        ? "The log in " + folder + " could not be written: " + innermost(failure)
                                + ". The hub stops, because nobody knows what reached the disk; look at the disk, then"
                                + " start it again: what was acknowledged is safe."
                        : "An entry of the log in " + folder + " could not be applied: " + failure
                                + ". The hub stops rather than go on with a state of its own.");
    }

    private StoreException sentence(Throwable failure, String otherwise) {
        for (Throwable next = failure; next != null; next = next.getCause()) {
            if (next instanceof StoreException known) {
                return known;
            }
            String message = String.valueOf(next.getMessage());
            if (message.contains("No space left")) {
                return new StoreException(
                        "The disk is full: the log in " + folder + " could not be written. Free some space, then start"
                                + " the hub again: what was acknowledged is safe.",
                        failure,
                        Reason.DISK_FULL);
            }
            if (message.contains("corrupted") || message.contains("Corrupted")) {
                return new StoreException(otherwise, failure, Reason.DAMAGED);
            }
        }
        return new StoreException(otherwise, failure, Reason.FAILED);
    }

    private static Throwable innermost(Throwable failure) {
        Throwable innermost = failure;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        return innermost;
    }
}

package covey.store;

import covey.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Whole folders: deleted, or given a second name by hard links. */
public final class Folders {
    private static final String SIDE_FILE = ".md5";

    private Folders() {}

    /** Deletes the folder with all that is in it; absent is fine. */
    public static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new StoreException("The folder " + folder + " could not be deleted: " + e, e, Reason.FAILED);
        }
    }

    /**
     * A new folder that shares its files with {@code from}. Files that RocksDB goes on writing to (all but tables) are
     * copied: a link would change the original. Digests that a transfer left beside them are not part of the store.
     */
    static void share(Path from, Path to) {
        try {
            Files.createDirectories(to);
            try (Stream<Path> files = Files.list(from)) {
                for (Path file : files.toList()) {
                    if (file.toString().endsWith(SIDE_FILE)) {
                        continue;
                    }
                    Path target = to.resolve(file.getFileName());
                    if (file.toString().endsWith(".sst")) {
                        Files.createLink(target, file);
                    } else {
                        Files.copy(file, target);
                    }
                }
            }
        } catch (IOException e) {
            throw new StoreException(
                    "The checkpoint " + from + " could not be taken over into " + to + ": " + e, e, Reason.FAILED);
        }
    }
}

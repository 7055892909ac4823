package covey.store;

import covey.store.StoreException.Reason;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/**
 * Loads RocksDB's native half. A packaged Covey has it on {@code java.library.path}: nothing to unpack, and all
 * processes share its pages. Otherwise it is unpacked into a temporary folder that goes again as soon as it is loaded;
 * RocksDB's own way leaves 17 MB behind with every process that is killed.
 */
final class RocksLibrary {
    private static boolean isLoaded;

    private RocksLibrary() {}

    static synchronized void load() {
        if (isLoaded) {
            return;
        }
        String name = Environment.getJniLibraryFileName("rocksdb");
        try (InputStream library = RocksDB.class.getClassLoader().getResourceAsStream(name)) {
            if (library == null || isInstalled(name)) {
                RocksDB.loadLibrary();
            } else {
                unpackAndLoad(library);
            }
            isLoaded = true;
        } catch (IOException | UnsatisfiedLinkError e) {
            throw new StoreException(
                    "RocksDB's native library " + name + " could not be loaded: " + e, e, Reason.FAILED);
        }
    }

    private static boolean isInstalled(String name) {
        for (String folder : System.getProperty("java.library.path", "").split(File.pathSeparator, -1)) {
            if (!folder.isEmpty() && Files.exists(Path.of(folder, name))) {
                return true;
            }
        }
        return false;
    }

    private static void unpackAndLoad(InputStream library) throws IOException {
        Path folder = Files.createTempDirectory("covey-rocksdb");
        // RocksDB looks for another name in a folder than in its jar.
        Path file = folder.resolve(Environment.getJniLibraryFileName("rocksdbjni"));
        try {
            Files.copy(library, file);
            RocksDB.loadLibrary(List.of(folder.toString()));
        } finally {
            // Where a loaded library cannot be deleted (Windows) the temporary folder's own tidying must do.
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        }
    }
}

package covey.store;

import java.nio.file.Path;

/**
 * An ordered map of byte strings (unsigned lexicographic order): replicated state and local data stand on it.
 *
 * <p>Any thread may read; writes are atomic batches and are serialized by the store. I/O errors and damaged records are
 * thrown as {@link StoreException}: what fails its checksum is never returned.
 */
public interface OrderedStore extends SoundReads.Entries, AutoCloseable {
    /** Applies the batch as a whole. With {@code durable} it survives power loss before this returns. */
    void write(Batch batch, boolean durable);

    /** A consistent copy that shares files with the live store (hard links); the folder must not exist yet. */
    void checkpoint(Path folder);

    @Override
    void close();

    /** Sees one entry; false ends the scan. */
    interface Visitor {
        boolean visit(byte[] key, byte[] value);
    }
}

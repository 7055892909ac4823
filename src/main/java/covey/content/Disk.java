package covey.content;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The file system under a block store; tests and the simulator have their own, which loses what was not synced. Any
 * thread. What concerns a file's bytes throws {@link IOException}, the rest {@link ContentException}.
 */
public interface Disk {
    /**
     * Opens a file. One that is to be written is made when absent, with folders above it, and has {@code bytes} at
     * most; it grows by what is written, and what was left out before takes no space. Opening writes nothing: others
     * may be writing. Never follows a link at the path's end.
     */
    BlockFile open(Path file, long bytes, boolean isWritable) throws IOException;

    /** Empty when there is no such file; of the file itself, never of what a link points to. */
    Optional<Fingerprint> fingerprint(Path file);

    /** What a folder's device has left for us; the folder need not exist yet. */
    long freeBytes(Path folder);

    /** What lies in the folder; nothing when it is absent. */
    List<Path> list(Path folder);

    /** Deletes the folder with all that is in it; absent is fine. */
    void deleteFolder(Path folder);

    /** The machine's. */
    static Disk system() {
        return SystemDisk.INSTANCE;
    }

    /** An open file. Any thread, also at once. */
    interface BlockFile extends Closeable {
        /** Fills the buffer from there on; throws {@link java.io.EOFException} when the file ends before. */
        void read(ByteBuffer into, long position) throws IOException;

        /** Writes all that remains. */
        void write(ByteBuffer bytes, long position) throws IOException;

        /** What was written before survives power loss when this returns. */
        void sync() throws IOException;
    }
}

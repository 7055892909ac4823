package covey.cluster;

import covey.store.StoreException;
import covey.store.StoreException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * How far the log was applied, and so acknowledged, in a file of its own. It is written after each entry and never
 * fsynced: after a crash it may lag behind the log, but it never runs ahead of it. So an unreadable end of the log
 * behind the mark is what a crash leaves, and before the mark it is damage. One thread writes.
 */
final class AppliedMark implements AutoCloseable {
    static final String FILE = "applied.mark";

    private static final int BYTES = 16;

    private final Path file;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES);

    private AppliedMark(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Makes the folder, and keeps other processes out of it: nobody may repair a log that somebody writes. */
    static AppliedMark open(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            Files.createDirectories(folder);
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (!isLocked(channel)) {
                channel.close();
                throw new StoreException(
                        "The log in " + folder + " is used by another process; stop that one first.", Reason.FAILED);
            }
            return new AppliedMark(file, channel);
        } catch (IOException e) {
            throw new StoreException("The file " + file + " could not be opened: " + e, e, Reason.FAILED);
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** Index of the last entry known to be applied; -1 when nothing is known. */
    long read() {
        try {
            buffer.clear();
            int count = channel.read(buffer, 0);
            long index = count == BYTES ? buffer.getLong(0) : -1;
            // A torn or damaged mark only means that less is known.
            return count == BYTES && buffer.getLong(8) == checksum(index) ? index : -1;
        } catch (IOException e) {
            throw new StoreException("The file " + file + " could not be read: " + e, e, Reason.FAILED);
        }
    }

    void write(long index) throws IOException {
        buffer.clear();
        buffer.putLong(index).putLong(checksum(index)).flip();
        channel.write(buffer, 0);
    }

    private static long checksum(long index) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(8).putLong(index).flip());
        return crc.getValue();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new StoreException("The file " + file + " could not be closed: " + e, e, Reason.FAILED);
        }
    }
}

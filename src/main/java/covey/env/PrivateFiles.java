package covey.env;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Small files that only their owner may read: keys, tokens. Any thread. */
public final class PrivateFiles {
    /** Keys and tokens are a few hundred bytes; anything larger is not one. */
    public static final int BYTES_MAX = 64 * 1024;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private PrivateFiles() {}

    /** Writes a new file with mode 0600 and puts it into place at once, durable before this returns. */
    public static void write(Path file, byte[] bytes) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Path scratch = Files.createTempFile(
                folder, "." + file.getFileName(), ".new", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try {
            try (FileChannel channel = FileChannel.open(scratch, StandardOpenOption.WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(scratch, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel channel = FileChannel.open(folder)) {
                channel.force(true);
            }
        } finally {
            Files.deleteIfExists(scratch);
        }
    }

    /** Reads a file, at most {@link #BYTES_MAX} bytes; refuses one that others may read. */
    public static byte[] read(Path file) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS);
        if (!OWNER_ONLY.containsAll(permissions) && !permissions.equals(Set.of(PosixFilePermission.OWNER_READ))) {
            throw new IOException(file + " may be read by others (mode " + PosixFilePermissions.toString(permissions)
                    + "); run: chmod 600 " + file);
        }
        if (Files.size(file) > BYTES_MAX) {
            throw new IOException(file + ": " + Files.size(file) + " bytes (expected: at most " + BYTES_MAX + ")");
        }
        return Files.readAllBytes(file);
    }
}

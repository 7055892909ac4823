package covey.transport;

import covey.wire.Base32;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Set;

/**
 * Where the socket of a wanted path really lies. The system takes only short paths for sockets, so a home folder deep
 * down gets its socket in the runtime folder, and at the wanted path a small file that names it.
 */
final class LocalPath {
    /** sun_path holds 104 bytes on macOS and 108 on Linux, with a closing zero; binding uses one more character. */
    static final int PATH_BYTES_MAX = 102;

    private static final String POINTER_PREFIX = "covey-socket ";
    private static final int POINTER_BYTES_MAX = 1_024;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<?> PRIVATE = PosixFilePermissions.asFileAttribute(OWNER_ONLY);

    private LocalPath() {}

    static boolean isShort(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length <= PATH_BYTES_MAX;
    }

    /** For a server: the path to bind, in a folder that only the owner can enter. */
    static Path toBind(Path wanted) throws IOException {
        makePrivate(folderOf(wanted));
        if (Files.isRegularFile(wanted, LinkOption.NOFOLLOW_LINKS) && !isPointer(wanted)) {
            throw new IOException("a file lies there that is no socket; move it away");
        }
        if (isShort(wanted)) {
            return wanted;
        }
        String runtime = System.getenv().getOrDefault("XDG_RUNTIME_DIR", "");
        Path base = runtime.isEmpty() || !Files.isDirectory(Path.of(runtime)) ? Path.of("/tmp") : Path.of(runtime);
        Path bound = base.resolve("covey-" + hash(wanted)).resolve("sock");
        if (!isShort(bound)) {
            throw new IOException("the path has more than " + PATH_BYTES_MAX + " bytes, and so has its stand-in "
                    + bound + "; choose a shorter home folder or XDG_RUNTIME_DIR");
        }
        makePrivate(folderOf(bound));
        return bound;
    }

    /** For a server, after binding: leaves word at the wanted path when another was bound. */
    static void point(Path wanted, Path bound) throws IOException {
        if (!wanted.equals(bound)) {
            Files.writeString(wanted, POINTER_PREFIX + bound + "\n");
        }
    }

    /** For a client: the path to connect to. */
    static Path toConnect(Path wanted) throws IOException {
        if (!isPointer(wanted)) {
            return wanted;
        }
        return Path.of(
                Files.readString(wanted).substring(POINTER_PREFIX.length()).strip());
    }

    static void remove(Path wanted, Path bound) throws IOException {
        if (!wanted.equals(bound)) {
            Files.deleteIfExists(wanted);
        }
        Files.deleteIfExists(bound);
        if (!wanted.equals(bound)) {
            Files.deleteIfExists(folderOf(bound));
        }
    }

    private static boolean isPointer(Path file) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.size(file) <= POINTER_BYTES_MAX
                && Files.readString(file).startsWith(POINTER_PREFIX);
    }

    private static Path folderOf(Path file) throws IOException {
        Path folder = file.getParent();
        if (folder == null) {
            throw new IOException("a socket needs a folder");
        }
        return folder;
    }

    private static void makePrivate(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
            if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new IOException("everybody may write to " + folder + "; use a folder of its own");
            }
            if (!permissions.equals(OWNER_ONLY)) {
                // Fails in a folder of somebody else: then whoever owns it could put another socket there.
                Files.setPosixFilePermissions(folder, OWNER_ONLY);
            }
            return;
        }
        Files.createDirectories(folder, PRIVATE);
    }

    private static String hash(Path wanted) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(wanted.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
            return Base32.encode(Arrays.copyOf(digest, 10));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}

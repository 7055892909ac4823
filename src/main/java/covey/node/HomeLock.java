package covey.node;

import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Held by the one process that may use a home: two would spoil each other's stores, and a copied home would be one
 * device twice. The operating system frees it when the process dies, however it dies.
 */
public final class HomeLock implements AutoCloseable {
    /** Homes held by this very process: POSIX frees a process' lock when it closes the file a second time. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private HomeLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Takes the lock, or says who has it. The home must be prepared. */
    public static HomeLock acquire(Home home) {
        try {
            if (!OWN.add(home.lock())) {
                throw held(home);
            }
            FileChannel channel = FileChannel.open(
                    home.lock(), Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
            if (channel.tryLock() == null) {
                channel.close();
                OWN.remove(home.lock());
                throw held(home);
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
            return new HomeLock(home.lock(), channel);
        } catch (IOException e) {
            OWN.remove(home.lock());
            throw new WireException(
                    Home.codeOf(e), "The lock file " + home.lock() + " cannot be used: " + Home.reason(e) + ".");
        }
    }

    /** True while a living process holds the home. */
    public static boolean isHeld(Home home) {
        if (OWN.contains(home.lock())) {
            return true;
        }
        if (!Files.exists(home.lock())) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(home.lock(), StandardOpenOption.WRITE)) {
            return channel.tryLock() == null;
        } catch (IOException e) {
            return false;
        }
    }

    public static void requireFree(Home home) {
        if (isHeld(home)) {
            throw held(home);
        }
    }

    /** The holder's process id for messages; it may be gone already. */
    public static String holder(Home home) {
        if (OWN.contains(home.lock())) {
            return "pid " + ProcessHandle.current().pid();
        }
        try {
            String pid = Files.readString(home.lock()).strip();
            return pid.isEmpty() ? "pid unknown" : "pid " + pid;
        } catch (IOException e) {
            return "pid unknown";
        }
    }

    private static WireException held(Home home) {
        return new WireException(
                ErrorCode.CONFLICT,
                "Another covey process (" + holder(home) + ") runs in the home " + home
                        + ". Stop it with `covey stop`, or use another home with --home DIR.");
    }

    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Frees the home. The file stays: deleting it would let two processes lock two different files. */
    @Override
    public void close() {
        try {
            channel.close();
            OWN.remove(file);
        } catch (IOException e) {
            throw new WireException(ErrorCode.INTERNAL, "The lock file cannot be closed: " + Home.reason(e) + ".");
        }
    }
}

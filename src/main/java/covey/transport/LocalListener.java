package covey.transport;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A UNIX socket (0600) in a folder (0700) of its owner. */
public final class LocalListener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LocalListener.class);

    private final Path wanted;
    private final Path bound;
    private final ServerSocketChannel channel;

    private LocalListener(Path wanted, Path bound, ServerSocketChannel channel) {
        this.wanted = wanted;
        this.bound = bound;
        this.channel = channel;
    }

    /**
     * Replaces the socket that a dead process left.
     *
     * @param backlog connections the system keeps until they are accepted; it refuses further ones
     * @throws Transport.ListenException when the socket cannot be made, or a living process has it
     */
    public static LocalListener open(Path socket, int backlog) {
        Path wanted = socket.toAbsolutePath();
        try {
            Path bound = LocalPath.toBind(wanted);
            if (isServed(bound)) {
                throw new IOException("a running process has it already");
            }
            LocalListener listener = new LocalListener(wanted, bound, bind(bound, backlog));
            LocalPath.point(wanted, bound);
            return listener;
        } catch (IOException | UnsupportedOperationException e) {
            throw new Transport.ListenException(
                    "the local socket " + socket + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /** The file that is really bound: another than asked for when that path is too long for a socket. */
    public Path path() {
        return bound;
    }

    /** Name of the user the socket belongs to. */
    public String owner() throws IOException {
        return Files.getOwner(bound).getName();
    }

    /** Waits for the next client. */
    public LocalChannel accept() throws IOException {
        return new LocalChannel(channel.accept());
    }

    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Removes the socket's file. */
    @Override
    public void close() throws IOException {
        LocalPath.remove(wanted, bound);
        channel.close();
    }

    /** Under another name first, so that at no moment somebody else could open it. */
    private static ServerSocketChannel bind(Path path, int backlog) throws IOException {
        Path unfinished = path.resolveSibling(path.getFileName() + "~");
        Files.deleteIfExists(unfinished);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(unfinished), backlog);
            Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rw-------"));
            Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean isServed(Path path) {
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            return probe.isConnected();
        } catch (IOException e) {
            log.debug("nobody serves path={}", path, e);
            return false;
        }
    }
}

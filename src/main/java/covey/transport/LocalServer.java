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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves a {@link LocalApi} on a UNIX socket that only its owner (and root) can use. */
public final class LocalServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LocalServer.class);

    /** Answers a client has not read yet; one that leaves more is cut. */
    public static final int UNSENT_BYTES_MAX = 8 * 1024 * 1024;

    /** Commands at one time; a script that forks more is told to wait. */
    public static final int CLIENTS_MAX = 256;

    private final Path wanted;
    private final Path bound;
    private final LocalApi api;
    private final String owner;
    private final ServerSocketChannel channel;
    private final Set<LocalConversation> clients = ConcurrentHashMap.newKeySet();

    private LocalServer(Path wanted, Path bound, LocalApi api) throws IOException {
        this.wanted = wanted;
        this.bound = bound;
        this.api = api;
        this.channel = bind(bound);
        this.owner = Files.getOwner(bound).getName();
        LocalPath.point(wanted, bound);
        Thread.ofVirtual().name("local-accept").start(this::accept);
    }

    /** @throws Transport.ListenException when the socket cannot be made, or a living process has it */
    public static LocalServer open(Path socket, LocalApi api) {
        Path wanted = socket.toAbsolutePath();
        try {
            Path bound = LocalPath.toBind(wanted);
            if (isServed(bound)) {
                throw new IOException("a running process has it already");
            }
            return new LocalServer(wanted, bound, api);
        } catch (IOException | UnsupportedOperationException e) {
            throw new Transport.ListenException(
                    "the local socket " + socket + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /** The file that is really bound: another than asked for when that path is too long for a socket. */
    public Path path() {
        return bound;
    }

    /** Answers what is open with UNREACHABLE, lets clients read that, ends all and removes the socket file. */
    @Override
    public void close() {
        try {
            LocalPath.remove(wanted, bound);
            channel.close();
        } catch (IOException e) {
            log.warn("local socket not removed path={}", bound, e);
        }
        clients.forEach(LocalConversation::stop);
        clients.forEach(LocalConversation::awaitEnd);
    }

    /** Under another name first, so that at no moment somebody else could open it. Replaces what a dead process left. */
    private static ServerSocketChannel bind(Path path) throws IOException {
        Path unfinished = path.resolveSibling(path.getFileName() + "~");
        Files.deleteIfExists(unfinished);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            // A full backlog refuses; more than CLIENTS_MAX shall read why.
            channel.bind(UnixDomainSocketAddress.of(unfinished), 2 * CLIENTS_MAX);
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

    private void accept() {
        while (channel.isOpen()) {
            try {
                welcome(channel.accept());
            } catch (IOException e) {
                if (channel.isOpen()) {
                    log.warn("local client not accepted path={}", bound, e);
                }
            }
        }
    }

    private void welcome(SocketChannel client) throws IOException {
        LocalConversation conversation = new LocalConversation(client, api, clients::remove);
        Optional<String> refusal = refusal(client);
        if (refusal.isPresent()) {
            conversation.refuse(refusal.get());
            return;
        }
        clients.add(conversation);
        conversation.start();
    }

    private Optional<String> refusal(SocketChannel client) throws IOException {
        String user = client.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
        if (!user.equals(owner) && !user.equals("root")) {
            return Optional.of("this process belongs to the user " + owner + "; you are " + user);
        }
        if (clients.size() >= CLIENTS_MAX) {
            return Optional.of("more than " + CLIENTS_MAX + " commands speak to this process; try again later");
        }
        return Optional.empty();
    }
}

package covey.web;

import covey.transport.LocalApi;
import covey.transport.LocalChannel;
import covey.transport.LocalListener;
import covey.transport.Transport.ListenException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves a {@link LocalApi} on a UNIX socket that only its owner (and root) can use. */
public final class LocalServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LocalServer.class);

    /** Answers a client has not read yet; one that leaves more is cut. */
    public static final int UNSENT_BYTES_MAX = 8 * 1024 * 1024;

    /** Commands at one time; a script that forks more is told to wait. */
    public static final int CLIENTS_MAX = 256;

    private final LocalListener listener;
    private final String owner;
    private final LocalApi api;
    private final Set<LocalConversation> clients = ConcurrentHashMap.newKeySet();

    private LocalServer(LocalListener listener, String owner, LocalApi api) {
        this.listener = listener;
        this.owner = owner;
        this.api = api;
    }

    /** @throws ListenException when the socket cannot be made, or a living process has it */
    public static LocalServer open(Path socket, LocalApi api) {
        // A full backlog refuses; more than CLIENTS_MAX shall read why.
        LocalListener listener = LocalListener.open(socket, 2 * CLIENTS_MAX);
        try {
            LocalServer server = new LocalServer(listener, listener.owner(), api);
            Thread.ofVirtual().name("local-accept").start(server::accept);
            return server;
        } catch (IOException e) {
            throw new ListenException("the local socket " + socket + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /** The file that is really bound: another than asked for when that path is too long for a socket. */
    public Path path() {
        return listener.path();
    }

    /** Answers what is open with UNREACHABLE, lets clients read that, ends all and removes the socket file. */
    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            log.warn("local socket not removed path={}", path(), e);
        }
        clients.forEach(LocalConversation::stop);
        clients.forEach(LocalConversation::awaitEnd);
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                welcome(listener.accept());
            } catch (IOException e) {
                if (listener.isOpen()) {
                    log.warn("local client not accepted path={}", path(), e);
                }
            }
        }
    }

    private void welcome(LocalChannel client) throws IOException {
        LocalConversation conversation = new LocalConversation(client, api, clients::remove);
        Optional<String> refusal = refusal(client);
        if (refusal.isPresent()) {
            conversation.refuse(refusal.get());
            return;
        }
        clients.add(conversation);
        conversation.start();
    }

    private Optional<String> refusal(LocalChannel client) throws IOException {
        String user = client.user();
        if (!user.equals(owner) && !user.equals("root")) {
            return Optional.of("this process belongs to the user " + owner + "; you are " + user);
        }
        if (clients.size() >= CLIENTS_MAX) {
            return Optional.of("more than " + CLIENTS_MAX + " commands speak to this process; try again later");
        }
        return Optional.empty();
    }
}

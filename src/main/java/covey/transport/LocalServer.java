package covey.transport;

import java.nio.file.Path;

/** Serves a {@link LocalApi} on a UNIX socket that only its owner can open. */
@SuppressWarnings("DoNotCallSuggester")
public final class LocalServer implements AutoCloseable {
    /** Answers a client has not read yet; one that leaves more is cut. */
    public static final int UNSENT_CHARS_MAX = 8 * 1024 * 1024;

    /** @throws Transport.ListenException when the socket cannot be made, or a living process has it */
    public static LocalServer open(Path socket, LocalApi api) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The file that is really bound: another than asked for when that path is too long for a socket. */
    public Path path() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Ends all clients and removes the socket file. */
    @Override
    public void close() {}
}

package covey.transport;

import covey.wire.proto.ErrorCode;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A command's side of a process' UNIX socket. One request at a time; close from any thread cancels. */
@SuppressWarnings("DoNotCallSuggester")
public final class LocalClient implements AutoCloseable {
    /** Finds the socket the server of that path made. */
    public static LocalClient connect(Path socket) throws NotRunningException {
        throw new UnsupportedOperationException("not built yet");
    }

    /**
     * Asks and waits: events as they come (each one JSON value), then the result (one JSON value).
     *
     * @throws RefusedException when the process answers with an error, or goes away meanwhile (UNREACHABLE)
     */
    public String call(String requestJson, Consumer<String> events) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The same for a request without events. */
    public String call(String requestJson) {
        return call(requestJson, event -> {});
    }

    @Override
    public void close() {}

    /** No process listens there. */
    public static final class NotRunningException extends Exception {
        private static final long serialVersionUID = 1L;

        NotRunningException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The process refused; the message is its sentence. */
    public static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final ErrorCode code;

        RefusedException(ErrorCode code, String message) {
            super(message);
            this.code = code;
        }

        public ErrorCode code() {
            return code;
        }
    }
}

package covey.web;

import covey.transport.LocalChannel;
import covey.wire.proto.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A command's side of a process' UNIX socket. One request at a time; closing, from any thread, cancels the one that
 * runs.
 */
public final class LocalClient implements AutoCloseable {
    private final LocalChannel channel;

    private LocalClient(LocalChannel channel) {
        this.channel = channel;
    }

    /** Finds the socket that the server of that path made. */
    public static LocalClient connect(Path socket) throws NotRunningException {
        try {
            return new LocalClient(LocalChannel.connect(socket));
        } catch (IOException | UnsupportedOperationException e) {
            throw new NotRunningException("no process answers at " + socket + " (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Asks and waits: events as they come (each one JSON value), then the result (one JSON value).
     *
     * @throws RefusedException when the process answers with an error, or goes away meanwhile (UNREACHABLE)
     */
    public String call(String requestJson, Consumer<String> events) {
        byte[] request = LocalChannel.encode(requestJson)
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.OVER_LIMIT,
                        "the request has more than " + LocalChannel.TEXT_BYTES_MAX + " bytes; send less at a time"));
        try {
            channel.write(request);
            while (true) {
                String answer = channel.read()
                        .orElseThrow(() -> new RefusedException(
                                ErrorCode.UNREACHABLE, "the process ended before it answered; look at its log"));
                Optional<String> event = LocalText.readEvent(answer);
                if (event.isPresent()) {
                    events.accept(event.get());
                    continue;
                }
                return LocalText.readResult(answer).orElseThrow(() -> LocalText.readError(answer));
            }
        } catch (IOException e) {
            throw new RefusedException(
                    ErrorCode.UNREACHABLE, "the connection to the process broke off (" + e.getMessage() + ")");
        }
    }

    /** The same for a request without events. */
    public String call(String requestJson) {
        return call(requestJson, event -> {});
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

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

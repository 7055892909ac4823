package covey.transport;

import io.netty.channel.ConnectTimeoutException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What went wrong with a connection, as a sentence for a person. */
final class Faults {
    /** Causes are wrapped a few times at most; a ring of them must not hold us. */
    private static final int CAUSES_MAX = 8;

    private Faults() {}

    static String sentence(@Nullable Throwable thrown) {
        Throwable cause = thrown;
        String tls = "";
        for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
            Optional<String> known = known(cause);
            if (known.isPresent()) {
                return known.get();
            }
            if (cause instanceof SSLException && tls.isEmpty()) {
                tls = "TLS failed: " + message(cause);
            }
            cause = cause.getCause();
        }
        if (!tls.isEmpty()) {
            return tls;
        }
        return thrown == null ? "the connection broke off" : message(thrown);
    }

    private static Optional<String> known(Throwable cause) {
        return switch (cause) {
            case ConnectTimeoutException timeout -> Optional.of("no answer in time");
            case NoRouteToHostException unreachable -> Optional.of("no route to that host");
            case UnknownHostException unknown -> Optional.of("the name is not known");
            case CertificateException bad -> Optional.of("its certificate was refused: " + message(bad));
            case ClosedChannelException closed -> Optional.of("the other side closed the connection");
            case SocketException socket -> ofSocket(message(socket));
            case java.io.IOException io -> ofSocket(message(io));
            default -> Optional.empty();
        };
    }

    /** The system's own words, without the name of the call that met them. */
    private static Optional<String> ofSocket(String message) {
        if (message.contains("Connection refused")) {
            return Optional.of("connection refused: nothing listens there");
        }
        if (message.contains("unreachable")) {
            return Optional.of("that network is not reachable from here");
        }
        if (message.contains("Connection reset") || message.contains("Broken pipe")) {
            return Optional.of("the other side broke off the connection");
        }
        if (message.contains("timed out")) {
            return Optional.of("the other side did not answer any more");
        }
        if (message.contains("already in use")) {
            return Optional.of("another process has that port");
        }
        return Optional.empty();
    }

    private static String message(Throwable thrown) {
        String message = thrown.getMessage();
        return message == null ? thrown.getClass().getSimpleName() : message;
    }
}

package covey.transport;

import covey.transport.Transport.Address;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;

/** Plain looks at ports, for `covey doctor`: no TLS, nothing is said. Blocks. */
public final class Probe {
    private Probe() {}

    /** Empty when the address can be listened on, else why not. */
    public static Optional<String> listening(Address address) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(resolved(address));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** A port that was free a moment ago. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new Transport.ListenException("no port is free: " + e.getMessage(), e);
        }
    }

    /** Empty when something answers there, else why not. */
    public static Optional<String> reaching(Address address, int timeoutMillis) {
        try (Socket socket = new Socket()) {
            socket.connect(resolved(address), timeoutMillis);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static InetSocketAddress resolved(Address address) throws IOException {
        InetSocketAddress resolved = address.host().equals("*")
                ? new InetSocketAddress(address.port())
                : new InetSocketAddress(address.host(), address.port());
        if (resolved.isUnresolved()) {
            throw new IOException("the name " + address.host() + " has no address");
        }
        return resolved;
    }
}

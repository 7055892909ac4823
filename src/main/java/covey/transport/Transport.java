package covey.transport;

import covey.env.Loop;
import covey.wire.DeviceId;
import java.util.List;
import java.util.Set;

/** Makes connections. The real one is TLS 1.3 over TCP (Netty); the simulator's and the tests' is in memory. */
public interface Transport extends AutoCloseable {
    /**
     * Listens; accepted connections have finished the TLS handshake with a client certificate.
     *
     * @throws ListenException when the address cannot be bound, with a sentence that names it
     */
    Listener listen(Address address, Set<Protocol> protocols, Acceptor acceptor);

    /**
     * Dials all addresses, first one first and the next every {@link #STAGGER_MILLIS} (RFC 8305); the first that
     * finishes the handshake with a device that {@code expected} allows wins, the others are closed. The outcome is
     * told once. A wrong key fails that address with a sentence, whatever the others do.
     */
    Loop.Cancellable dial(
            List<Address> addresses, Protocol protocol, Expected expected, long timeoutMillis, Dialled dialled);

    /** Addresses of this machine's interfaces that others might reach, loopback last. */
    List<Address> localAddresses(int port);

    @Override
    void close();

    /** Delay between two attempts of one dial, as recommended by RFC 8305 but shorter: local networks. */
    int STAGGER_MILLIS = 50;

    /** An IP literal or host name, and a port. */
    record Address(String host, int port) {
        public Address {
            if (host.isEmpty() || port < 0 || port > 65_535) {
                throw new IllegalArgumentException("address: " + host + ":" + port + " (expected: HOST:PORT)");
            }
        }

        /** True for an address that means another machine to each that tries it. */
        public boolean isLoopback() {
            return host.startsWith("127.") || host.equals("::1") || host.equals("localhost");
        }

        /** Parses {@code host:port}, {@code [v6]:port}, or with a default port {@code host}. */
        public static Address parse(String text, int defaultPort) {
            return Addresses.parse(text, defaultPort);
        }

        @Override
        public String toString() {
            return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
        }
    }

    /** A bound port. */
    interface Listener extends AutoCloseable {
        /** The bound address; the port is the real one when 0 was asked for. */
        Address address();

        @Override
        void close();
    }

    /** Sees accepted connections, on their I/O thread; must install a receiver before it returns. */
    interface Acceptor {
        void accepted(Connection connection);
    }

    /** Decides whether the device that answered is the wanted one. */
    interface Expected {
        boolean allows(DeviceId device);
    }

    /** Outcome of a dial, told once on an I/O thread. */
    interface Dialled {
        /** Must install a receiver before it returns. */
        void connected(Connection connection);

        /** Every attempt failed; one line per address: what was tried, and what came of it. */
        void failed(List<Attempt> attempts);
    }

    /** One address of a dial and what came of it. */
    record Attempt(Address address, String result, long millis) {}

    /** The address cannot be listened on. */
    final class ListenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public ListenException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}

package covey.transport;

import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds what strangers can hold: connections whose TLS handshake is not finished, in all and per source, and accepted
 * ones in all. When all places are taken nothing is accepted until one is free, so that newcomers wait in the kernel;
 * what one source opens beyond its share is closed. {@code this} guards the counts.
 */
final class HandshakeGate {
    private static final Logger log = LoggerFactory.getLogger(HandshakeGate.class);

    /** Hosts of one IPv6 network count as one source: anybody has 2^64 addresses. */
    private static final int IPV6_NETWORK_BYTES = 8;

    private final TransportSettings settings;
    private final Channel listening;
    private final Map<Object, Integer> handshakesBySource = new HashMap<>();
    private int handshakes;
    private int connections;

    HandshakeGate(TransportSettings settings, Channel listening) {
        this.settings = settings;
        this.listening = listening;
    }

    /** Takes a place; empty when the new connection must be closed. */
    synchronized Optional<Place> enter(InetSocketAddress remote) {
        Object source = source(remote);
        int ofSource = handshakesBySource.getOrDefault(source, 0);
        if (connections >= settings.connectionsMax() || ofSource >= settings.handshakesPerSourceMax()) {
            log.info("closed newcomer source={} connections={} itsHandshakes={}", remote, connections, ofSource);
            return Optional.empty();
        }
        handshakesBySource.put(source, ofSource + 1);
        handshakes++;
        connections++;
        if (handshakes >= settings.handshakesMax()) {
            listening.config().setAutoRead(false);
        }
        return Optional.of(new Place(source));
    }

    private synchronized void handshakeDone(Object source) {
        handshakesBySource.computeIfPresent(source, (same, count) -> count > 1 ? count - 1 : null);
        handshakes--;
        if (handshakes < settings.handshakesMax()) {
            listening.config().setAutoRead(true);
        }
    }

    private synchronized void left() {
        connections--;
    }

    /** What one connection takes of the bounds. On its I/O thread. */
    final class Place {
        private @Nullable Object source;

        private Place(Object source) {
            this.source = source;
        }

        void handshakeDone() {
            Object mine = source;
            if (mine != null) {
                source = null;
                HandshakeGate.this.handshakeDone(mine);
            }
        }

        void leave() {
            handshakeDone();
            left();
        }
    }

    /** The same of a connection's {@code "ip:port"}. */
    static String source(String remote) {
        int colon = remote.lastIndexOf(':');
        String host = colon < 0 ? remote : remote.substring(0, colon);
        byte[] address = host.startsWith("[") ? NetUtil.createByteArrayFromIpAddressString(host) : null;
        return address == null || address.length == Integer.BYTES
                ? host
                : HexFormat.of().formatHex(address, 0, IPV6_NETWORK_BYTES);
    }

    private static Object source(InetSocketAddress remote) {
        InetAddress address = remote.getAddress();
        return address instanceof Inet6Address
                ? ByteBuffer.wrap(address.getAddress(), 0, IPV6_NETWORK_BYTES).slice()
                : address;
    }
}

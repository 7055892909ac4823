package covey.transport;

import covey.transport.Transport.Address;
import covey.transport.Transport.Listener;
import covey.wire.proto.GoodbyeReason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A port and who is served there: one device, or a hub and a peer of one process, each with its own key. Any thread.
 */
final class Port implements Listener {
    /** A device at this port, and what is spoken with it. */
    record Role(NettyTransport transport, Set<Protocol> protocols, SslContext context, Transport.Acceptor acceptor) {}

    private final String host;
    private final List<Role> roles = new CopyOnWriteArrayList<>();
    private volatile @Nullable Channel channel;

    Port(String host) {
        this.host = host;
    }

    void add(Role role) {
        if (roles.stream().anyMatch(other -> other.protocols.stream().anyMatch(role.protocols::contains))) {
            Tls.release(role.context);
            throw new IllegalArgumentException("one of " + role.protocols + " is served at " + this + " already");
        }
        roles.add(role);
    }

    private void remove(Role role) {
        if (roles.remove(role)) {
            Tls.release(role.context);
        }
    }

    void release() {
        roles.forEach(this::remove);
    }

    void bound(Channel listening) {
        channel = listening;
    }

    /** One device's part of it: closing that leaves the port to the others. */
    Listener part(Role role) {
        return new Listener() {
            @Override
            public Address address() {
                return Port.this.address();
            }

            @Override
            public void close() {
                remove(role);
            }
        };
    }

    Set<Protocol> protocols() {
        Set<Protocol> all = EnumSet.noneOf(Protocol.class);
        roles.forEach(role -> all.addAll(role.protocols));
        return all;
    }

    /** TLS under the one key; with several, TLS comes when the newcomer has said what it speaks. */
    ChannelHandler first(Channel newcomer, int handshakeMillisMax) {
        return roles.size() == 1
                ? roles.getFirst().transport.tls(roles.getFirst().context, newcomer)
                : new KeyByAlpn(this, handshakeMillisMax);
    }

    /** Who is meant by a newcomer that offers these; any, who refuses it, when nobody is; empty when all have ended. */
    Optional<Role> meant(Set<Protocol> offered) {
        return serving(offered).or(() -> roles.stream().findFirst());
    }

    private Optional<Role> serving(Set<Protocol> offered) {
        return roles.stream()
                .filter(role -> role.protocols.stream().anyMatch(offered::contains))
                .findFirst();
    }

    /** Whoever was meant may have ended since the handshake began; the others speak something else. */
    void accepted(NettyConnection connection) {
        serving(Set.of(connection.protocol()))
                .ifPresentOrElse(
                        role -> role.acceptor.accepted(connection),
                        () -> connection.close(
                                Handover.goodbye(GoodbyeReason.SHUTTING_DOWN, "nobody is here any more")));
    }

    @Override
    public Address address() {
        Channel listening = channel;
        if (listening == null) {
            throw new IllegalStateException("the port at " + host + " is not bound");
        }
        return new Address(host, ((InetSocketAddress) listening.localAddress()).getPort());
    }

    @Override
    public void close() {
        Channel listening = channel;
        if (listening != null) {
            listening.close().awaitUninterruptibly();
        }
    }

    @Override
    public String toString() {
        return "port at " + host;
    }
}

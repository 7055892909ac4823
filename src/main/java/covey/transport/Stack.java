package covey.transport;

import io.netty.bootstrap.AbstractBootstrap;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which of Netty's engines carry the connections: native epoll and BoringSSL where they load, else the JDK's. */
record Stack(
        String name,
        IoHandlerFactory io,
        Class<? extends ServerChannel> listening,
        Class<? extends Channel> connecting,
        SslProvider tls) {
    private static final Logger log = LoggerFactory.getLogger(Stack.class);

    /** Waiting connections the kernel keeps; its own bound (somaxconn) may be lower. */
    private static final int BACKLOG = 4_096;

    /** Unsent bytes in the kernel: enough to keep a fast line busy, little enough that slowness shows here. */
    private static final long NOT_SENT_BYTES_MAX = 128 * 1024;

    /** What Netty holds of one connection; the rest waits as whole frames, of which some may still be dropped. */
    private static final WriteBufferWaterMark NETTY_MARKS = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    static Stack best() {
        boolean isTlsNative = OpenSsl.isAvailable();
        if (!isTlsNative) {
            log.info(
                    "BoringSSL does not load; TLS is the JDK's, at about half the speed",
                    OpenSsl.unavailabilityCause());
        }
        SslProvider tls = isTlsNative ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK;
        if (!Epoll.isAvailable()) {
            return portable("nio", tls);
        }
        return new Stack(
                "epoll", EpollIoHandler.newFactory(), EpollServerSocketChannel.class, EpollSocketChannel.class, tls);
    }

    /** What runs wherever a JDK runs. */
    static Stack portable() {
        return portable("nio", SslProvider.JDK);
    }

    private static Stack portable(String name, SslProvider tls) {
        return new Stack(name, NioIoHandler.newFactory(), NioServerSocketChannel.class, NioSocketChannel.class, tls);
    }

    private boolean isEpoll() {
        return connecting == EpollSocketChannel.class;
    }

    ServerBootstrap listener(int userTimeoutMillis) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .channel(listening)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true);
        options(userTimeoutMillis).forEach((option, value) -> child(bootstrap, option, value));
        return bootstrap;
    }

    Bootstrap dialler(int userTimeoutMillis) {
        Bootstrap bootstrap = new Bootstrap().channel(connecting);
        options(userTimeoutMillis).forEach((option, value) -> own(bootstrap, option, value));
        return bootstrap;
    }

    private Map<ChannelOption<?>, Object> options(int userTimeoutMillis) {
        Map<ChannelOption<?>, Object> common = new java.util.HashMap<>(Map.of(
                ChannelOption.TCP_NODELAY,
                true,
                ChannelOption.SO_KEEPALIVE,
                true,
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                NETTY_MARKS));
        // The first of three probes after half the time: with a later one a single lost probe would end the connection.
        int idleSeconds = userTimeoutMillis / 2_000;
        int intervalSeconds = Math.max(1, userTimeoutMillis / 6_000);
        if (isEpoll()) {
            common.put(EpollChannelOption.TCP_USER_TIMEOUT, userTimeoutMillis);
            common.put(EpollChannelOption.TCP_KEEPIDLE, idleSeconds);
            common.put(EpollChannelOption.TCP_KEEPINTVL, intervalSeconds);
            common.put(EpollChannelOption.TCP_KEEPCNT, 3);
            common.put(EpollChannelOption.TCP_NOTSENT_LOWAT, NOT_SENT_BYTES_MAX);
        } else {
            common.put(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), idleSeconds);
            common.put(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), intervalSeconds);
            common.put(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), 3);
        }
        return common;
    }

    @SuppressWarnings("unchecked") // each option stands beside a value of its type
    private static void child(ServerBootstrap bootstrap, ChannelOption<?> option, Object value) {
        bootstrap.childOption((ChannelOption<Object>) option, value);
    }

    @SuppressWarnings("unchecked")
    private static void own(AbstractBootstrap<?, ?> bootstrap, ChannelOption<?> option, Object value) {
        bootstrap.option((ChannelOption<Object>) option, value);
    }
}

package covey.transport;

import covey.env.Env;
import covey.env.Loop;
import covey.identity.DeviceKeys;
import covey.wire.proto.Goodbye;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connections over TLS 1.3 and TCP. Any thread; {@link #close} not from an I/O thread. */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells the pipeline what fails
public final class NettyTransport implements Transport {
    private static final Logger log = LoggerFactory.getLogger(NettyTransport.class);

    /** Time for GOODBYEs to leave when the transport closes. */
    private static final long CLOSE_MILLIS_MAX = 3_000;

    private final Env env;
    private final TransportSettings settings;
    private final Stack stack;
    private final Tls tls;
    private final MultiThreadIoEventLoopGroup loops;
    private final Map<EventLoop, FlushQueue> flushes;
    private final Set<Channel> listening = ConcurrentHashMap.newKeySet();
    private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosed;

    public NettyTransport(Env env, DeviceKeys keys, TransportSettings settings) {
        this(env, keys.privateKey(), keys.certificate(), settings, Stack.best());
    }

    NettyTransport(Env env, PrivateKey key, X509Certificate certificate, TransportSettings settings, Stack stack) {
        this.env = env;
        this.settings = settings;
        this.stack = stack;
        this.tls = new Tls(stack.tls(), key, certificate, settings.handshakeMillisMax());
        int threads = settings.ioThreads() == 0 ? Runtime.getRuntime().availableProcessors() : settings.ioThreads();
        this.loops = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("covey-io", true), stack.io());
        Map<EventLoop, FlushQueue> queues = new HashMap<>();
        for (EventExecutor loop : loops) {
            queues.put((EventLoop) loop, new FlushQueue((EventLoop) loop));
        }
        this.flushes = Map.copyOf(queues);
        log.info("transport io={} tls={} threads={}", stack.name(), stack.tls(), threads);
    }

    Env env() {
        return env;
    }

    FlushQueue flushes(Channel channel) {
        FlushQueue queue = flushes.get(channel.eventLoop());
        if (queue == null) {
            throw new IllegalStateException("channel " + channel + " runs on a loop of somebody else");
        }
        return queue;
    }

    NettyConnection connection(Channel channel, Protocol protocol, byte[] publicKey) {
        return new NettyConnection(channel, flushes(channel), settings, protocol, publicKey);
    }

    @Override
    public Listener listen(Address address, Set<Protocol> protocols, Acceptor acceptor) {
        Port port = new Port(address.host());
        port.add(role(protocols, acceptor));
        // A listener's own channel is bound first: the gate needs it to hold it back.
        HandshakeGate[] gate = new HandshakeGate[1];
        ChannelFuture bound = stack.listener(settings.userTimeoutMillis())
                .group(loops)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel, gate[0], port);
                    }
                })
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel listening) {
                        gate[0] = new HandshakeGate(settings, listening);
                    }
                })
                .bind(new InetSocketAddress(address.host(), address.port()))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            port.release();
            throw new ListenException(
                    "cannot listen on " + address + ": " + Faults.sentence(bound.cause())
                            + "; choose another with --listen",
                    bound.cause());
        }
        listening.add(bound.channel());
        port.bound(bound.channel());
        bound.channel().closeFuture().addListener(closed -> {
            listening.remove(bound.channel());
            port.release();
        });
        log.info("listening address={} protocols={}", bound.channel().localAddress(), protocols);
        return port;
    }

    /**
     * Serves these protocols, under this device's key, at a port that another device of this process listens at. What
     * is spoken there, and with which key, is chosen by each newcomer's ALPN. Closing it leaves the port to the other.
     */
    public Listener listenAt(Listener port, Set<Protocol> protocols, Acceptor acceptor) {
        Port shared = (Port) port;
        Port.Role role = role(protocols, acceptor);
        shared.add(role);
        log.info("listening address={} protocols={} port=shared", shared.address(), protocols);
        return shared.part(role);
    }

    private Port.Role role(Set<Protocol> protocols, Acceptor acceptor) {
        return new Port.Role(this, EnumSet.copyOf(protocols), tls.listening(protocols), acceptor);
    }

    SslHandler tls(SslContext context, Channel channel) {
        return tls.handler(context, channel.alloc());
    }

    /** The channel is closed with this transport. */
    void track(Channel channel) {
        channels.add(channel);
        channel.closeFuture().addListener(closed -> channels.remove(channel));
    }

    private void accept(Channel channel, HandshakeGate gate, Port port) {
        Optional<HandshakeGate.Place> entered =
                isClosed || !(channel.remoteAddress() instanceof InetSocketAddress remote)
                        ? Optional.empty()
                        : gate.enter(remote);
        if (entered.isEmpty()) {
            channel.unsafe().closeForcibly();
            return;
        }
        HandshakeGate.Place place = entered.get();
        track(channel);
        channel.closeFuture().addListener(closed -> place.leave());
        channel.pipeline()
                .addLast(port.first(channel, settings.handshakeMillisMax()))
                .addLast(new Handshake(this, port.protocols(), new Handshake.Outcome() {
                    @Override
                    public void connected(NettyConnection connection) {
                        place.handshakeDone();
                        port.accepted(connection);
                        if (!connection.hasReceiver()) {
                            throw new IllegalStateException("accepted: no receiver (expected: before it returns)");
                        }
                    }

                    @Override
                    public void failed(String sentence) {
                        log.debug("handshake failed remote={} why={}", channel.remoteAddress(), sentence);
                    }
                }));
    }

    @Override
    public Loop.Cancellable dial(
            List<Address> addresses, Protocol protocol, Expected expected, long timeoutMillis, Dialled dialled) {
        Dial dial = new Dial(this, loops.next(), env.clock(), protocol, expected, timeoutMillis, dialled);
        dial.begin(addresses);
        return dial;
    }

    ChannelFuture connect(
            EventLoop loop, InetSocketAddress remote, Protocol protocol, int millisMax, Handshake.Outcome outcome) {
        return stack.dialler(settings.userTimeoutMillis())
                .group(loop)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millisMax)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        track(channel);
                        channel.pipeline()
                                .addLast(tls.dial(protocol, channel.alloc()))
                                .addLast(new Handshake(NettyTransport.this, EnumSet.of(protocol), outcome));
                    }
                })
                .connect(remote);
    }

    @Override
    public List<Address> localAddresses(int port) {
        return Interfaces.addresses(port);
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        listening.forEach(Channel::close);
        long deadline = env.clock().monotonicMillis() + CLOSE_MILLIS_MAX;
        for (Channel channel : channels) {
            FrameReader.of(channel)
                    .ifPresentOrElse(reader -> reader.connection().close(Goodbye.getDefaultInstance()), channel::close);
        }
        for (Channel channel : channels) {
            long millisLeft = Math.max(1, deadline - env.clock().monotonicMillis());
            channel.closeFuture().awaitUninterruptibly(millisLeft, TimeUnit.MILLISECONDS);
        }
        loops.shutdownGracefully(0, CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS).awaitUninterruptibly();
        tls.close();
    }
}

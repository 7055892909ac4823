package covey.bench;

import covey.bench.Keyring.UserKey;
import covey.env.Env;
import covey.identity.DeviceKeys;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Plain ping-pong over TLS 1.3 between two event loops of this process: nothing that talks can be faster. */
final class TlsFloor implements AutoCloseable {
    private static final int BYTES = 300;

    private final MultiThreadIoEventLoopGroup pinging = loop();
    private final MultiThreadIoEventLoopGroup answering = loop();
    private final CountDownLatch ready = new CountDownLatch(1);
    private final Pinger pinger = new Pinger();
    private final Channel channel;

    TlsFloor() throws Exception {
        DeviceKeys keys = DeviceKeys.generate(Env.system());
        UserKey client = Direct.userKey(DeviceKeys.generate(Env.system()));
        CoveyTls clientTls = new CoveyTls(List.of(client));
        SslContext serverTls = SslContextBuilder.forServer(keys.privateKey(), keys.certificate())
                .sslProvider(SslProvider.OPENSSL_REFCNT)
                .protocols("TLSv1.3")
                .ciphers(List.of("TLS_AES_128_GCM_SHA256"))
                .build();
        Channel listening = new ServerBootstrap()
                .group(answering)
                .channel(EpollServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        accepted.pipeline().addLast(serverTls.newHandler(accepted.alloc()), new Echo());
                    }
                })
                .bind("127.0.0.1", 0)
                .sync()
                .channel();
        channel = new Bootstrap()
                .group(pinging)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel dialled) {
                        dialled.pipeline().addLast(clientTls.handler(0, dialled.alloc()), pinger);
                    }
                })
                .connect(listening.localAddress())
                .sync()
                .channel();
        if (!ready.await(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException("TLS ping-pong: no handshake within 10 s");
        }
    }

    private static MultiThreadIoEventLoopGroup loop() {
        return new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    }

    Histogram roundTrips(int count) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        Histogram latencies = new Histogram();
        channel.eventLoop().execute(() -> pinger.begin(count, latencies, done));
        if (!done.await(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("TLS ping-pong: " + count + " round trips took more than 60 s");
        }
        return latencies;
    }

    @Override
    public void close() {
        pinging.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        answering.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.writeAndFlush(message);
        }
    }

    private final class Pinger extends ChannelInboundHandlerAdapter {
        private Histogram latencies = new Histogram();
        private CountDownLatch done = new CountDownLatch(1);
        private int left;
        private int missing;
        private long sentNanos;

        void begin(int count, Histogram into, CountDownLatch whenDone) {
            left = count;
            latencies = into;
            done = whenDone;
            ping();
        }

        private void ping() {
            missing = BYTES;
            sentNanos = System.nanoTime();
            channel.writeAndFlush(channel.alloc().directBuffer(BYTES).writeZero(BYTES));
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent) {
                ready.countDown();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf in = (ByteBuf) message;
            missing -= in.readableBytes();
            in.release();
            if (missing > 0) {
                return;
            }
            latencies.record(System.nanoTime() - sentNanos);
            if (--left > 0) {
                ping();
            } else {
                done.countDown();
            }
        }
    }
}

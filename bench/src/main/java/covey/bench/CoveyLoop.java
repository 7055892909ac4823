package covey.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The one thread on which all devices of a load client live. */
final class CoveyLoop implements AutoCloseable {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final CoveyTls tls;
    private final List<CoveyLink> dirty = new ArrayList<>();
    private boolean isFlushPlanned;

    CoveyLoop(CoveyTls tls) {
        this.tls = tls;
    }

    void run(Runnable task) {
        loop.execute(task);
    }

    void every(long seconds, Runnable task) {
        loop.scheduleAtFixedRate(task, seconds, seconds, TimeUnit.SECONDS);
    }

    void after(long millis, Runnable task) {
        loop.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    /** Dials; the link hears {@code connected} or {@code closed}. */
    void dial(CoveyLink link, InetSocketAddress address) {
        new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        link.channel(channel);
                        SslHandler handler = tls.handler(link.user, channel.alloc());
                        handler.setHandshakeTimeoutMillis(60_000);
                        channel.pipeline().addLast(handler, link);
                    }
                })
                .connect(address)
                .addListener(done -> {
                    if (!done.isSuccess()) {
                        link.refused(done.cause());
                    }
                });
    }

    void dirty(CoveyLink link) {
        dirty.add(link);
        if (!isFlushPlanned) {
            isFlushPlanned = true;
            loop.execute(this::flush);
        }
    }

    private void flush() {
        isFlushPlanned = false;
        for (int i = 0; i < dirty.size(); i++) {
            dirty.get(i).flush();
        }
        dirty.clear();
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}

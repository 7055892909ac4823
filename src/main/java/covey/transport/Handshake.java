package covey.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.EnumSet;
import java.util.Set;
import javax.net.ssl.SSLException;

/** Waits for the end of TLS, then gives its place in the pipeline to a {@link FrameReader}. Once, on the I/O thread. */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells the pipeline what fails
final class Handshake extends ChannelInboundHandlerAdapter {
    /** Hears how it ended; exactly one of the two is called. */
    interface Outcome {
        /** Must install a receiver, or close. */
        void connected(NettyConnection connection);

        void failed(String sentence);
    }

    private final NettyTransport transport;
    private final Set<Protocol> protocols;
    private final Outcome outcome;
    private boolean isOver;

    Handshake(NettyTransport transport, Set<Protocol> protocols, Outcome outcome) {
        this.transport = transport;
        this.protocols = EnumSet.copyOf(protocols);
        this.outcome = outcome;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (!(event instanceof SslHandshakeCompletionEvent completion) || isOver) {
            context.fireUserEventTriggered(event);
            return;
        }
        if (!completion.isSuccess()) {
            fail(context, Faults.sentence(completion.cause()));
            return;
        }
        try {
            succeed(context);
        } catch (SSLException e) {
            fail(context, Faults.sentence(e));
        }
    }

    private void succeed(ChannelHandlerContext context) throws SSLException {
        Channel channel = context.channel();
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        String alpn = tls.applicationProtocol();
        for (Protocol protocol : protocols) {
            if (protocol.alpn().equals(alpn)) {
                isOver = true;
                byte[] publicKey = Tls.publicKey(tls.engine().getSession());
                NettyConnection connection = transport.connection(channel, protocol, publicKey);
                FlushQueue flushes = transport.flushes(channel);
                context.pipeline().replace(this, null, reader(connection, flushes.header));
                outcome.connected(connection);
                return;
            }
        }
        fail(
                context,
                "it does not speak " + protocols.stream().map(Protocol::alpn).toList() + " here but "
                        + (alpn == null ? "nothing that this side knows" : alpn));
    }

    private static FrameReader reader(NettyConnection connection, byte[] headerScratch) {
        return connection.protocol().isBulk()
                ? new BulkReader(connection, headerScratch)
                : new FrameReader(connection, headerScratch);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(context, "the other side closed the connection during the TLS handshake");
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(context, Faults.sentence(cause));
    }

    private void fail(ChannelHandlerContext context, String sentence) {
        if (!isOver) {
            isOver = true;
            outcome.failed(sentence);
        }
        context.close();
    }
}

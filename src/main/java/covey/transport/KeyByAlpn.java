package covey.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.util.concurrent.Future;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads a newcomer's ClientHello, which is not encrypted, for what it wants to speak, and puts TLS under the key of the
 * device that speaks it in its own place. TLS then reads the same bytes from the start, so nothing rests on this look
 * but which key is shown. On the I/O thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells the pipeline what fails
final class KeyByAlpn extends SslClientHelloHandler<Port.Role> {
    /** Ten times what the largest ClientHello with a post-quantum key share takes. */
    private static final int HELLO_BYTES_MAX = 16 * 1024;

    private static final int VERSION_AND_RANDOM_BYTES = 34;
    private static final int ALPN_EXTENSION = 16;

    private final Port port;
    private final int millisMax;
    private @Nullable Future<?> patience;

    KeyByAlpn(Port port, int millisMax) {
        super(HELLO_BYTES_MAX);
        this.port = port;
        this.millisMax = millisMax;
    }

    /** TLS counts its time from when it takes over; until then a newcomer that says nothing is counted here. */
    @Override
    public void handlerAdded(ChannelHandlerContext context) throws Exception {
        super.handlerAdded(context);
        Future<?> timer = context.executor().schedule(() -> context.close(), millisMax, TimeUnit.MILLISECONDS);
        patience = timer;
        // Else the timer holds on to a newcomer that left: those of a flood would pile up.
        context.channel().closeFuture().addListener(closed -> timer.cancel(false));
    }

    @Override
    protected Future<Port.Role> lookup(ChannelHandlerContext context, @Nullable ByteBuf hello) {
        Set<Protocol> offered = hello == null ? Set.of() : offered(hello.duplicate());
        return port.meant(offered)
                .map(role -> context.executor().newSucceededFuture(role))
                .orElseGet(() -> context.executor().newFailedFuture(new ClosedChannelException()));
    }

    @Override
    protected void onLookupComplete(ChannelHandlerContext context, Future<Port.Role> chosen) {
        if (patience != null) {
            patience.cancel(false);
        }
        if (!chosen.isSuccess()) {
            context.close();
            return;
        }
        Port.Role role = chosen.getNow();
        Channel channel = context.channel();
        role.transport().track(channel);
        context.pipeline().replace(this, null, role.transport().tls(role.context(), channel));
    }

    /** Protocols of the ALPN extension (RFC 8446, 4.1.2; RFC 7301, 3.1); none in what is no ClientHello. */
    static Set<Protocol> offered(ByteBuf hello) {
        Set<Protocol> found = EnumSet.noneOf(Protocol.class);
        try {
            hello.skipBytes(VERSION_AND_RANDOM_BYTES);
            hello.skipBytes(hello.readUnsignedByte()); // session id
            hello.skipBytes(hello.readUnsignedShort()); // cipher suites
            hello.skipBytes(hello.readUnsignedByte()); // compression methods
            ByteBuf extensions = hello.readSlice(hello.readUnsignedShort());
            while (extensions.isReadable()) {
                int type = extensions.readUnsignedShort();
                ByteBuf body = extensions.readSlice(extensions.readUnsignedShort());
                if (type == ALPN_EXTENSION) {
                    names(body.readSlice(body.readUnsignedShort()), found);
                }
            }
        } catch (IndexOutOfBoundsException e) {
            found.clear(); // TLS will say what is wrong with it
        }
        return found;
    }

    private static void names(ByteBuf list, Set<Protocol> found) {
        while (list.isReadable()) {
            String name = list.readCharSequence(list.readUnsignedByte(), StandardCharsets.US_ASCII)
                    .toString();
            for (Protocol protocol : Protocol.values()) {
                if (protocol.alpn().equals(name)) {
                    found.add(protocol);
                }
            }
        }
    }
}

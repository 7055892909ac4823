package covey.bench;

import covey.bench.Keyring.UserKey;
import covey.transport.Protocol;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import javax.net.ssl.SSLException;

/** TLS of many devices, as covey.transport sets it up: 1.3, AES-128-GCM, the device's certificate, no tickets. */
final class CoveyTls implements AutoCloseable {
    private final SslContext[] contexts;

    CoveyTls(List<UserKey> keys) {
        this(keys, Protocol.HUB);
    }

    CoveyTls(List<UserKey> keys, Protocol protocol) {
        contexts = new SslContext[keys.size()];
        for (int user = 0; user < contexts.length; user++) {
            contexts[user] = context(keys.get(user), protocol);
        }
    }

    private static SslContext context(UserKey key, Protocol protocol) {
        try {
            return SslContextBuilder.forClient()
                    .sslProvider(SslProvider.OPENSSL_REFCNT)
                    .keyManager(key.privateKey(), key.certificate())
                    // The load client talks to the hub it started: it need not check who answers.
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .protocols("TLSv1.3")
                    .ciphers(List.of("TLS_AES_128_GCM_SHA256"))
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            List.of(protocol.alpn())))
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException("TLS of a load client could not be set up", e);
        }
    }

    SslHandler handler(int user, ByteBufAllocator buffers) {
        return contexts[user].newHandler(buffers);
    }

    @Override
    public void close() {
        for (SslContext context : contexts) {
            ReferenceCountUtil.release(context);
        }
    }
}

package covey.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayInputStream;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/**
 * TLS of this device: version 1.3 only, mutual, with its own certificate, no tickets and no resumption. Which device is
 * wanted is decided above; here it is only made sure that the other side has the key it shows.
 */
final class Tls {
    /** AES-128-GCM first: with AES instructions twice as fast as the next, and safe. */
    private static final List<String> CIPHERS =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    /** The JDK gives no tickets when sessions live for more than seven days, and then keeps none either. */
    private static final long NO_TICKETS_SECONDS = 8 * 24 * 3_600;

    private final SslProvider provider;
    private final KeyManagerFactory own;
    private final int handshakeMillisMax;
    private final Map<Protocol, SslContext> dialling = new EnumMap<>(Protocol.class);

    Tls(SslProvider provider, PrivateKey key, X509Certificate certificate, int handshakeMillisMax) {
        this.provider = provider;
        this.own = OwnKey.factory(provider, key, certificate);
        this.handshakeMillisMax = handshakeMillisMax;
        for (Protocol protocol : Protocol.values()) {
            dialling.put(protocol, build(SslContextBuilder.forClient().keyManager(own), Set.of(protocol)));
        }
    }

    /** To be given back with {@link #release}. */
    SslContext listening(Set<Protocol> protocols) {
        return build(SslContextBuilder.forServer(own).clientAuth(ClientAuth.REQUIRE), protocols);
    }

    SslHandler dial(Protocol protocol, ByteBufAllocator buffers) {
        return handler(Objects.requireNonNull(dialling.get(protocol), "one for each protocol"), buffers);
    }

    SslHandler handler(SslContext context, ByteBufAllocator buffers) {
        SslHandler handler = context.newHandler(buffers);
        handler.setHandshakeTimeout(handshakeMillisMax, TimeUnit.MILLISECONDS);
        if (handler.engine() instanceof ReferenceCountedOpenSslEngine boring) {
            SSL.setOptions(boring.sslPointer(), SSL.SSL_OP_NO_TICKET);
        }
        return handler;
    }

    void close() {
        dialling.values().forEach(Tls::release);
    }

    static void release(SslContext context) {
        ReferenceCountUtil.release(context);
    }

    private SslContext build(SslContextBuilder builder, Set<Protocol> protocols) {
        // In the order of the enum, so that what is chosen does not depend on chance.
        List<String> names =
                EnumSet.copyOf(protocols).stream().map(Protocol::alpn).toList();
        try {
            return builder.sslProvider(provider)
                    .protocols("TLSv1.3")
                    .ciphers(CIPHERS)
                    .trustManager(new AnyDevice())
                    .sessionTimeout(NO_TICKETS_SECONDS)
                    .sessionCacheSize(1)
                    // Devices are named by their keys; host names prove nothing here.
                    .endpointIdentificationAlgorithm(null)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            SelectorFailureBehavior.NO_ADVERTISE,
                            SelectedListenerFailureBehavior.ACCEPT,
                            names))
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException("TLS cannot be set up with this device's key and certificate", e);
        }
    }

    /** SubjectPublicKeyInfo of the other side, after the handshake. */
    static byte[] publicKey(SSLSession session) throws SSLException {
        try {
            // Parsed anew, and dropped: the session keeps only the bytes, which matters with 10,000 of them.
            byte[] encoded = session.getPeerCertificates()[0].getEncoded();
            return AnyDevice.checkedKey((X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(encoded)));
        } catch (CertificateException e) {
            throw new SSLException("the other side's certificate: " + e.getMessage(), e);
        }
    }
}

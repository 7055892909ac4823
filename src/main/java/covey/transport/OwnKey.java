package covey.transport;

import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.KeyManagerFactoryWrapper;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows this device's one key, whoever asks. Given only key and certificate, Netty would put them into a PKCS #12 store
 * under a password first and take them out again: thousands of hashes at every start.
 */
final class OwnKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "device";
    private static final String[] ALIASES = {ALIAS};

    private final PrivateKey key;
    private final X509Certificate certificate;

    OwnKey(PrivateKey key, X509Certificate certificate) {
        this.key = key;
        this.certificate = certificate;
    }

    /** For Netty; with BoringSSL the key is parsed once and not with every handshake. */
    static KeyManagerFactory factory(SslProvider provider, PrivateKey key, X509Certificate certificate) {
        KeyManagerFactory plain = new KeyManagerFactoryWrapper(new OwnKey(key, certificate));
        return provider == SslProvider.JDK ? plain : new OpenSslCachingX509KeyManagerFactory(plain);
    }

    private boolean isOf(String keyType) {
        // TLS 1.3 asks for "EC"; BoringSSL's names for it begin with it, too.
        return keyType.startsWith(key.getAlgorithm());
    }

    private @Nullable String choose(String[] keyTypes) {
        for (String keyType : keyTypes) {
            if (isOf(keyType)) {
                return ALIAS;
            }
        }
        return null;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return isOf(keyType) ? ALIASES.clone() : new String[0];
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return getClientAliases(keyType, issuers);
    }

    @Override
    public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(types);
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(new String[] {type});
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(types);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(new String[] {type});
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return new X509Certificate[] {certificate};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return key;
    }
}

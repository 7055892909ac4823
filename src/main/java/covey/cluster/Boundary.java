package covey.cluster;

import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;

/** What a group's members talk over. */
public sealed interface Boundary {
    /** A group of one talks to nobody: no port is opened. */
    record Alone() implements Boundary {}

    /**
     * gRPC with mutual TLS. The trust manager decides by pinned device key (an {@code X509ExtendedTrustManager}, else
     * host names would be checked as well).
     */
    record MutualTls(String host, int port, KeyManager keys, TrustManager trust) implements Boundary {
        public MutualTls {
            if (host.isBlank() || port < 0 || port > 65_535) {
                throw new IllegalArgumentException("address: " + host + ":" + port + " (expected: host and 0..65535)");
            }
        }
    }
}

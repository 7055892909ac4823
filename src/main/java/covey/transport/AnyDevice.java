package covey.transport;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Takes any certificate that is one well-formed P-256 key: a certificate here is only the envelope of a key, and TLS
 * itself proves that the other side has the private half. Dates, names and the certificate's own signature say nothing:
 * a clock may be wrong, and nobody vouches for a device but the directory.
 */
final class AnyDevice extends X509ExtendedTrustManager {
    /** SubjectPublicKeyInfo of every uncompressed P-256 key begins with these bytes. */
    private static final byte[] P256_PREFIX =
            HexFormat.of().parseHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

    private static final int P256_BYTES = P256_PREFIX.length + 64;

    /** A key, a name and a signature; ours have 300 to 400 bytes. */
    private static final int CERTIFICATE_BYTES_MAX = 2_048;

    static byte[] checkedKey(X509Certificate certificate) throws CertificateException {
        byte[] key = certificate.getPublicKey().getEncoded();
        if (key.length != P256_BYTES
                || !Arrays.equals(key, 0, P256_PREFIX.length, P256_PREFIX, 0, P256_PREFIX.length)) {
            throw new CertificateException("key of " + key.length + " bytes (expected: P-256 of " + P256_BYTES + ")");
        }
        return key;
    }

    private static void check(X509Certificate[] chain) throws CertificateException {
        if (chain.length != 1) {
            throw new CertificateException("chain of " + chain.length + " certificates (expected: 1)");
        }
        int bytes = chain[0].getEncoded().length;
        if (bytes > CERTIFICATE_BYTES_MAX) {
            throw new CertificateException(
                    "certificate of " + bytes + " bytes (expected: <= " + CERTIFICATE_BYTES_MAX + ")");
        }
        checkedKey(chain[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}

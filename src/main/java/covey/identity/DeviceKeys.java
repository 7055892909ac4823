package covey.identity;

import covey.env.Env;
import covey.env.PrivateFiles;
import covey.wire.DeviceId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * One device's P-256 key and its self-signed certificate. The certificate only carries the key through TLS: nobody
 * reads its names or dates, everybody compares the device id. Any thread.
 */
public final class DeviceKeys {
    private static final String KEY_BEGIN = "-----BEGIN PRIVATE KEY-----\n";
    private static final String KEY_END = "\n-----END PRIVATE KEY-----\n";
    private static final String CERTIFICATE_BEGIN = "-----BEGIN CERTIFICATE-----\n";
    private static final String CERTIFICATE_END = "\n-----END CERTIFICATE-----\n";

    /** 1 January 2020 and 2120: pinned keys do not expire by date. */
    private static final Date NOT_BEFORE = Date.from(Instant.ofEpochMilli(1_577_836_800_000L));

    private static final Date NOT_AFTER = Date.from(Instant.ofEpochMilli(4_733_510_400_000L));

    private final PrivateKey privateKey;
    private final X509Certificate certificate;
    private final byte[] publicKey;
    private final DeviceId id;

    /** For the secret number of each signature; the simulator's makes a run with one seed the same each time. */
    private final SecureRandom random;

    private DeviceKeys(PrivateKey privateKey, X509Certificate certificate, SecureRandom random) {
        this.random = random;
        this.privateKey = privateKey;
        this.certificate = certificate;
        this.publicKey = certificate.getPublicKey().getEncoded();
        this.id = Signatures.deviceId(publicKey);
    }

    public static DeviceKeys generate(Env env) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), env.random());
            KeyPair pair = generator.generateKeyPair();
            return new DeviceKeys(pair.getPrivate(), selfSigned(pair, env), env.random());
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("cannot make a P-256 key", e);
        }
    }

    private static X509Certificate selfSigned(KeyPair pair, Env env)
            throws OperatorCreationException, GeneralSecurityException {
        X500Name name = new X500Name("CN=covey");
        BigInteger serial = new BigInteger(1, env.randomBytes(16)).setBit(0);
        var builder = new JcaX509v3CertificateBuilder(name, serial, NOT_BEFORE, NOT_AFTER, name, pair.getPublic());
        var signer = new JcaContentSignerBuilder("SHA256withECDSA")
                .setSecureRandom(env.random())
                .build(pair.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    /** Reads a 0600 file written by {@link #save}. */
    public static DeviceKeys load(Path file) throws IOException {
        String text = new String(PrivateFiles.read(file), StandardCharsets.US_ASCII);
        try {
            byte[] key = between(text, KEY_BEGIN, KEY_END);
            byte[] certificate = between(text, CERTIFICATE_BEGIN, CERTIFICATE_END);
            PrivateKey privateKey = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key));
            X509Certificate parsed = (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(certificate));
            DeviceKeys keys = new DeviceKeys(privateKey, parsed, Env.system().random());
            byte[] proof = keys.sign(Purpose.ENROL, new byte[0]);
            if (!Signatures.verify(keys.publicKey, Purpose.ENROL, proof, new byte[0])) {
                throw new IOException(file + ": private key and certificate do not belong together");
            }
            return keys;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(
                    file + " is damaged: not a device key (" + e.getMessage()
                            + "); restore it from a backup, or remove it and log in again",
                    e);
        }
    }

    /** Writes both halves to a new 0600 file, in one step. */
    public void save(Path file) throws IOException {
        try {
            Base64.Encoder base64 = Base64.getMimeEncoder(64, new byte[] {'\n'});
            String text = KEY_BEGIN
                    + base64.encodeToString(privateKey.getEncoded())
                    + KEY_END
                    + CERTIFICATE_BEGIN
                    + base64.encodeToString(certificate.getEncoded())
                    + CERTIFICATE_END;
            PrivateFiles.write(file, text.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("own certificate cannot be encoded", e);
        }
    }

    private static byte[] between(String text, String begin, String end) {
        int from = text.indexOf(begin);
        int to = text.indexOf(end, from);
        if (from < 0 || to < 0) {
            throw new IllegalArgumentException("no " + begin.strip());
        }
        return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
    }

    public DeviceId id() {
        return id;
    }

    /** SubjectPublicKeyInfo. */
    public byte[] publicKey() {
        return publicKey.clone();
    }

    public PrivateKey privateKey() {
        return privateKey;
    }

    public X509Certificate certificate() {
        return certificate;
    }

    /** Signs {@code label 0x00 (u32 length part)*}; 64 bytes, see {@link Signatures}. */
    public byte[] sign(Purpose purpose, byte[]... parts) {
        try {
            Signature signer = Signature.getInstance(Signatures.ALGORITHM);
            signer.initSign(privateKey, random);
            signer.update(Signatures.message(purpose, parts));
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot sign with the device key", e);
        }
    }
}

package covey.transport;

import covey.identity.Signatures;
import covey.wire.DeviceId;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A device's key and certificate. */
record TestDevice(KeyPair keys, X509Certificate certificate) {
    static TestDevice create() {
        return create("secp256r1");
    }

    static TestDevice create(String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(curve));
            KeyPair keys = generator.generateKeyPair();
            X500Principal name = new X500Principal("CN=covey");
            return new TestDevice(
                    keys,
                    new JcaX509CertificateConverter()
                            .getCertificate(new JcaX509v3CertificateBuilder(
                                            name,
                                            BigInteger.ONE,
                                            Date.from(Instant.parse("2020-01-01T00:00:00Z")),
                                            // Long over: dates must not matter.
                                            Date.from(Instant.parse("2020-01-02T00:00:00Z")),
                                            name,
                                            keys.getPublic())
                                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    DeviceId id() {
        return Signatures.deviceId(keys.getPublic().getEncoded());
    }
}

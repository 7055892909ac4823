package covey.bench;

import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.wire.DeviceId;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;

/** Device keys of many users. Made once and kept beside the results: thousands take a while. */
final class Keyring {
    private Keyring() {}

    /** One user's device. */
    record UserKey(PrivateKey privateKey, X509Certificate certificate) {
        byte[] publicKey() {
            return certificate.getPublicKey().getEncoded();
        }

        DeviceId device() {
            try {
                return DeviceId.of(MessageDigest.getInstance("SHA-256").digest(publicKey()));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    static List<UserKey> of(Path folder, int users) {
        Path file = folder.resolve("keys-" + users);
        try {
            if (!Files.exists(file)) {
                Files.createDirectories(folder);
                make(file, users);
            }
            return read(file, users);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("keys in " + file + " cannot be made or read; remove it", e);
        }
    }

    private static void make(Path file, int users) throws IOException, GeneralSecurityException {
        Path half = file.resolveSibling(file.getFileName() + ".new");
        try (DataOutputStream out =
                new DataOutputStream(new java.io.BufferedOutputStream(Files.newOutputStream(half)))) {
            for (int user = 0; user < users; user++) {
                DeviceKeys keys = DeviceKeys.generate(Env.system());
                write(out, keys.privateKey().getEncoded());
                write(out, keys.certificate().getEncoded());
            }
        }
        Files.move(half, file);
    }

    private static List<UserKey> read(Path file, int users) throws IOException, GeneralSecurityException {
        KeyFactory keys = KeyFactory.getInstance("EC");
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        List<UserKey> read = new ArrayList<>(users);
        try (DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(Files.newInputStream(file)))) {
            for (int user = 0; user < users; user++) {
                PrivateKey key = keys.generatePrivate(new PKCS8EncodedKeySpec(read(in)));
                X509Certificate certificate =
                        (X509Certificate) certificates.generateCertificate(new ByteArrayInputStream(read(in)));
                read.add(new UserKey(key, certificate));
            }
        }
        return read;
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    private static byte[] read(DataInputStream in) throws IOException {
        return in.readNBytes(in.readUnsignedShort());
    }
}

package covey.identity;

import covey.wire.DeviceId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.X509EncodedKeySpec;

/** ECDSA P-256 with SHA-256 over {@code label 0x00 (u32 length part)*}. Any thread. */
public final class Signatures {
    private static final int P256_BITS = 256;
    private static final int KEY_BYTES_MAX = 256;

    private Signatures() {}

    /** False for a wrong signature and for anything that is not a key or signature at all. */
    public static boolean verify(byte[] spki, Purpose purpose, byte[] signature, byte[]... parts) {
        try {
            Signature verifier = Signature.getInstance("SHA256withECDSA");
            verifier.initVerify(publicKey(spki));
            verifier.update(message(purpose, parts));
            return verifier.verify(signature);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }

    /** The device that owns this key. */
    public static DeviceId deviceId(byte[] spki) {
        return DeviceId.of(sha256(spki));
    }

    static PublicKey publicKey(byte[] spki) throws GeneralSecurityException {
        if (spki.length > KEY_BYTES_MAX) {
            throw new IllegalArgumentException("public key: " + spki.length + " bytes (expected: a P-256 key)");
        }
        PublicKey key = KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(spki));
        if (!(key instanceof ECPublicKey ec) || ec.getParams().getOrder().bitLength() != P256_BITS) {
            throw new IllegalArgumentException("public key: not on P-256");
        }
        return key;
    }

    static byte[] message(Purpose purpose, byte[]... parts) {
        byte[] label = purpose.label().getBytes(StandardCharsets.US_ASCII);
        int length = label.length + 1;
        for (byte[] part : parts) {
            length += Integer.BYTES + part.length;
        }
        ByteBuffer message = ByteBuffer.allocate(length).put(label).put((byte) 0);
        for (byte[] part : parts) {
            message.putInt(part.length).put(part);
        }
        return message.array();
    }

    static byte[] sha256(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

package covey.identity;

import covey.store.Sha256;
import covey.wire.DeviceId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * ECDSA P-256 with SHA-256 over {@code label 0x00 (u32 length part)*}. A signature is the two numbers r and s, 32 bytes
 * each (IEEE P1363): unlike DER it has one length and one form. Any thread.
 */
public final class Signatures {
    static final String ALGORITHM = "SHA256withECDSAinP1363Format";
    public static final int SIGNATURE_BYTES = 64;

    /** SubjectPublicKeyInfo of an uncompressed P-256 point up to its coordinates (RFC 5480). */
    private static final byte[] P256_SPKI =
            HexFormat.of().parseHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

    private static final int P256_SPKI_BYTES = P256_SPKI.length + 64;

    private Signatures() {}

    /** False for a wrong signature and for anything that is not a key or signature at all. */
    public static boolean verify(byte[] spki, Purpose purpose, byte[] signature, byte[]... parts) {
        return verify(spki, signature, message(purpose, parts));
    }

    static boolean verify(byte[] spki, byte[] signature, byte[] message) {
        if (signature.length != SIGNATURE_BYTES) {
            return false; // the JDK takes shorter and longer ones for the same numbers
        }
        try {
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(publicKey(spki));
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }

    /** The device that owns this key. */
    public static DeviceId deviceId(byte[] spki) {
        return DeviceId.of(Sha256.of(spki));
    }

    /** Takes one encoding only: a key in two of them would be two devices, and one would outlive its revocation. */
    private static PublicKey publicKey(byte[] spki) throws GeneralSecurityException {
        boolean isP256 = spki.length == P256_SPKI_BYTES
                && Arrays.equals(spki, 0, P256_SPKI.length, P256_SPKI, 0, P256_SPKI.length);
        if (!isP256) {
            throw new IllegalArgumentException(
                    "public key: " + spki.length + " bytes (expected: an uncompressed P-256 key)");
        }
        return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(spki));
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
}

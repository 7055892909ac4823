package covey.identity;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The JDK's primitives in the few shapes used here. Any thread. */
final class Crypto {
    static final int KEY_BYTES = 32;
    static final int X25519_BYTES = 32;
    static final int ML_KEM_PUBLIC_BYTES = 1_184;
    static final int ML_KEM_CIPHERTEXT_BYTES = 1_088;
    private static final int GCM_TAG_BITS = 128;

    /** SubjectPublicKeyInfo up to the raw key (RFC 8410, RFC 9935). */
    private static final byte[] X25519_SPKI = HexFormat.of().parseHex("302a300506032b656e032100");

    private static final byte[] ML_KEM_SPKI = HexFormat.of().parseHex("308204b2300b0609608648016503040402038204a100");

    /** Each message key seals one message only, so the nonce may be constant. */
    private static final byte[] NONCE = new byte[12];

    private Crypto() {}

    static byte[] hkdf(byte[] secret, String salt, byte[] info, int bytes) throws GeneralSecurityException {
        return KDF.getInstance("HKDF-SHA256")
                .deriveData(HKDFParameterSpec.ofExtract()
                        .addIKM(secret)
                        .addSalt(salt.getBytes(StandardCharsets.US_ASCII))
                        .thenExpand(info, bytes));
    }

    /** One step of a chain: HMAC-SHA-256 of one byte, as in the Double Ratchet's symmetric part. */
    static byte[] step(byte[] chainKey, int label) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(chainKey, "HmacSHA256"));
            mac.update((byte) label);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    static byte[] seal(byte[] key, byte[] plaintext, byte[] associated) {
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, associated);
            return cipher.doFinal(plaintext);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM failed to seal", e);
        }
    }

    static byte[] open(byte[] key, byte[] ciphertext, byte[] associated) {
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, associated);
            return cipher.doFinal(ciphertext);
        } catch (GeneralSecurityException e) {
            throw new SealException("the message was altered, or sealed with another key");
        }
    }

    private static Cipher cipher(int mode, byte[] key, byte[] associated) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(GCM_TAG_BITS, NONCE));
        cipher.updateAAD(associated);
        return cipher;
    }

    static byte[] agree(PrivateKey mine, byte[] theirs) throws GeneralSecurityException {
        KeyAgreement agreement = KeyAgreement.getInstance("X25519");
        agreement.init(mine);
        agreement.doPhase(publicKey("X25519", X25519_SPKI, theirs, X25519_BYTES), true);
        // The JDK refuses an all-zero result (RFC 7748, 6.1).
        return agreement.generateSecret();
    }

    static PublicKey mlKem(byte[] raw) throws GeneralSecurityException {
        return publicKey("ML-KEM-768", ML_KEM_SPKI, raw, ML_KEM_PUBLIC_BYTES);
    }

    static byte[] raw(PublicKey key, int bytes) {
        byte[] encoded = key.getEncoded();
        return Arrays.copyOfRange(encoded, encoded.length - bytes, encoded.length);
    }

    private static PublicKey publicKey(String algorithm, byte[] prefix, byte[] raw, int bytes)
            throws GeneralSecurityException {
        if (raw.length != bytes) {
            throw new SealException(algorithm + " key: " + raw.length + " bytes (expected: " + bytes + ")");
        }
        byte[] spki = Arrays.copyOf(prefix, prefix.length + bytes);
        System.arraycopy(raw, 0, spki, prefix.length, bytes);
        return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(spki));
    }

    static PrivateKey privateKey(String algorithm, byte[] pkcs8) throws GeneralSecurityException {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }

    static byte[] u64(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }
}

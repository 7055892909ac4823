package covey.identity;

import covey.wire.Limits;
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
import javax.crypto.KEM;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The JDK's primitives in the few shapes used here. Any thread. */
final class Crypto {
    static final int KEY_BYTES = 32;
    private static final int GCM_TAG_BITS = 128;

    /** SubjectPublicKeyInfo up to the raw key (RFC 8410, RFC 9935). */
    private static final byte[] X25519_SPKI = HexFormat.of().parseHex("302a300506032b656e032100");

    private static final byte[] ML_KEM_SPKI = HexFormat.of().parseHex("308204b2300b0609608648016503040402038204a100");

    /** Each key made by {@link #messageKey} seals one message only, so the nonce may be constant. */
    private static final byte[] NONCE = new byte[12];

    /** Any scalar: only shows whether a public key is of small order. */
    private static final byte[] PROBE_PKCS8 =
            HexFormat.of().parseHex("302e020100300506032b656e04220420" + "08".repeat(KEY_BYTES));

    private Crypto() {}

    static byte[] hkdf(byte[] secret, String salt, byte[] info, int bytes) throws GeneralSecurityException {
        return KDF.getInstance("HKDF-SHA256")
                .deriveData(HKDFParameterSpec.ofExtract()
                        .addIKM(secret)
                        .addSalt(salt.getBytes(StandardCharsets.US_ASCII))
                        .thenExpand(info, bytes));
    }

    /** One step of a chain: HMAC-SHA-256 of one byte, as in the Double Ratchet's symmetric part. */
    static byte[] step(byte[] chainKey, byte label) {
        return hmac(chainKey, new byte[] {label});
    }

    /**
     * The key of one message. It hangs on all that the message binds, its random id included: a device whose home
     * folder was restored to the past uses the seeds of its chain again, but never a key for two texts. With a key for
     * the seed alone it would, and AES-GCM tells both texts then.
     */
    private static byte[] messageKey(byte[] seed, byte[] associated) {
        return hmac(seed, associated);
    }

    private static byte[] hmac(byte[] key, byte[] message) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** @param associated holds something that no other message has */
    static byte[] seal(byte[] seed, byte[] plaintext, byte[] associated) {
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, messageKey(seed, associated), associated);
            return cipher.doFinal(plaintext);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM failed to seal", e);
        }
    }

    static byte[] open(byte[] seed, byte[] ciphertext, byte[] associated) {
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, messageKey(seed, associated), associated);
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
        agreement.doPhase(publicKey("X25519", X25519_SPKI, theirs, Limits.X25519_BYTES), true);
        // The JDK refuses an all-zero result (RFC 7748, 6.1).
        return agreement.generateSecret();
    }

    /** True when a session can be opened to these keys; false for points of small order and values out of range. */
    static boolean areUsable(byte[] x25519, byte[] mlKem) {
        try {
            byte[] agreed = agree(privateKey("X25519", PROBE_PKCS8), x25519);
            KEM.Encapsulator encapsulator = KEM.getInstance("ML-KEM").newEncapsulator(mlKem(mlKem));
            return agreed.length == KEY_BYTES && encapsulator.encapsulationSize() == Limits.ML_KEM_CIPHERTEXT_BYTES;
        } catch (GeneralSecurityException | SealException e) {
            return false;
        }
    }

    static PublicKey mlKem(byte[] raw) throws GeneralSecurityException {
        return publicKey("ML-KEM-768", ML_KEM_SPKI, raw, Limits.ML_KEM_PUBLIC_BYTES);
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

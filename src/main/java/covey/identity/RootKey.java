package covey.identity;

import covey.env.Env;
import covey.store.Sha256;
import covey.wire.Base32;
import java.util.Arrays;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/**
 * The key a network is named by (Ed25519, RFC 8032). Its private half is never stored: it is the recovery code, shown
 * to a person once. Used again only when all hubs are lost.
 */
public final class RootKey {
    public static final int PUBLIC_KEY_BYTES = 32;
    public static final int NETWORK_ID_BYTES = 32;

    static final int SIGNATURE_BYTES = 64;
    private static final int SEED_BYTES = 32;

    /** 24 bits: one mistyped code in 16 million passes for right. */
    private static final int CHECKSUM_BYTES = 3;

    /** 56 characters, however they are spaced. */
    private static final int CODE_CHARS_MAX = 256;

    private final Ed25519PrivateKeyParameters key;

    private RootKey(byte[] seed) {
        this.key = new Ed25519PrivateKeyParameters(seed);
    }

    public static RootKey generate(Env env) {
        return new RootKey(env.randomBytes(SEED_BYTES));
    }

    /** Accepts upper case, missing dashes and spaces; a typing mistake is found by the checksum. */
    public static RootKey fromRecoveryCode(String code) {
        if (code.length() > CODE_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "recovery code: " + code.length() + " characters (expected: 14 groups of 4)");
        }
        byte[] bytes = decode(code);
        if (bytes.length != SEED_BYTES + CHECKSUM_BYTES) {
            throw new IllegalArgumentException(
                    "recovery code: too short or too long; check that all groups were typed");
        }
        byte[] seed = Arrays.copyOf(bytes, SEED_BYTES);
        if (!Arrays.equals(checksum(seed), Arrays.copyOfRange(bytes, SEED_BYTES, bytes.length))) {
            throw new IllegalArgumentException("recovery code: a character is wrong (its checksum does not fit)");
        }
        return new RootKey(seed);
    }

    private static byte[] decode(String code) {
        try {
            return Base32.decode(code.strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("recovery code: " + e.getMessage(), e);
        }
    }

    /** 56 characters in groups of four. */
    public String recoveryCode() {
        byte[] seed = key.getEncoded();
        byte[] bytes = Arrays.copyOf(seed, SEED_BYTES + CHECKSUM_BYTES);
        System.arraycopy(checksum(seed), 0, bytes, SEED_BYTES, CHECKSUM_BYTES);
        return Base32.grouped(bytes);
    }

    private static byte[] checksum(byte[] seed) {
        return Arrays.copyOf(
                Sha256.of("covey recovery".getBytes(java.nio.charset.StandardCharsets.US_ASCII), seed), CHECKSUM_BYTES);
    }

    /** Raw 32 bytes. */
    public byte[] publicKey() {
        return key.generatePublicKey().getEncoded();
    }

    public byte[] networkId() {
        return networkId(publicKey());
    }

    static byte[] networkId(byte[] publicKey) {
        return Sha256.of(publicKey);
    }

    public byte[] signRoster(byte[] roster) {
        Ed25519Signer signer = new Ed25519Signer();
        signer.init(true, key);
        byte[] message = Signatures.message(Purpose.ROSTER, roster);
        signer.update(message, 0, message.length);
        return signer.generateSignature();
    }

    static boolean verifyRoster(byte[] publicKey, byte[] roster, byte[] signature) {
        if (publicKey.length != PUBLIC_KEY_BYTES || signature.length != SIGNATURE_BYTES) {
            return false;
        }
        try {
            Ed25519Signer verifier = new Ed25519Signer();
            verifier.init(false, new Ed25519PublicKeyParameters(publicKey));
            byte[] message = Signatures.message(Purpose.ROSTER, roster);
            verifier.update(message, 0, message.length);
            return verifier.verifySignature(signature);
        } catch (IllegalArgumentException e) {
            return false; // 32 bytes that are no point of the curve
        }
    }
}

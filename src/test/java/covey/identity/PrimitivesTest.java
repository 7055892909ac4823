package covey.identity;

import static org.assertj.core.api.Assertions.assertThat;

import covey.wire.Limits;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** The primitives that sealing stands on, against the vectors of their standards: guards a change of provider. */
class PrimitivesTest {
    /** RFC 7748, 6.1. */
    @Test
    void x25519() throws GeneralSecurityException {
        PrivateKey bob = KeyFactory.getInstance("X25519")
                .generatePrivate(new XECPrivateKeySpec(
                        NamedParameterSpec.X25519,
                        hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")));
        byte[] alice = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
        assertThat(Crypto.agree(bob, alice))
                .isEqualTo(hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"));
    }

    /** RFC 5869, A.1. */
    @Test
    void hkdf() throws GeneralSecurityException {
        byte[] derived = KDF.getInstance("HKDF-SHA256")
                .deriveData(HKDFParameterSpec.ofExtract()
                        .addIKM(hex("0b".repeat(22)))
                        .addSalt(hex("000102030405060708090a0b0c"))
                        .thenExpand(hex("f0f1f2f3f4f5f6f7f8f9"), 42));
        assertThat(derived)
                .isEqualTo(hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"));
    }

    /** The Galois/Counter Mode of Operation (McGrew, Viega), test case 14. */
    @Test
    void aes256Gcm() throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                Cipher.ENCRYPT_MODE, new SecretKeySpec(new byte[32], "AES"), new GCMParameterSpec(128, new byte[12]));
        assertThat(cipher.doFinal(new byte[16]))
                .isEqualTo(hex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"));
    }

    /** RFC 6979, A.2.5, SHA-256 of "sample". */
    @Test
    void ecdsaP256() throws GeneralSecurityException {
        var parameters = java.security.AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec("secp256r1"));
        ECPoint point = new ECPoint(
                new BigInteger("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6", 16),
                new BigInteger("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299", 16));
        Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
        verifier.initVerify(KeyFactory.getInstance("EC")
                .generatePublic(new ECPublicKeySpec(point, parameters.getParameterSpec(ECParameterSpec.class))));
        verifier.update("sample".getBytes(StandardCharsets.US_ASCII));
        assertThat(verifier.verify(hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                        + "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")))
                .isTrue();
    }

    /** RFC 5869, A.3: neither salt nor info. */
    @Test
    void hkdfWithoutSalt() throws GeneralSecurityException {
        byte[] derived = KDF.getInstance("HKDF-SHA256")
                .deriveData(HKDFParameterSpec.ofExtract()
                        .addIKM(hex("0b".repeat(22)))
                        .thenExpand(new byte[0], 42));
        assertThat(derived)
                .isEqualTo(hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"));
    }

    /** RFC 4231, 4.3, is what a chain's step is: HMAC-SHA-256. */
    @Test
    void hmac() throws GeneralSecurityException {
        javax.crypto.Mac mac = javax.crypto.Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(ascii("Jefe"), "HmacSHA256"));
        assertThat(mac.doFinal(ascii("what do ya want for nothing?")))
                .isEqualTo(hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    }

    /** RFC 8032, 7.1, tests 1 to 3. */
    @Test
    void ed25519() {
        assertThat(ed25519("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", ""))
                .isEqualTo(hex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"));
        assertThat(ed25519("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72"))
                .isEqualTo(hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
        assertThat(ed25519("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82"))
                .isEqualTo(hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"));
    }

    private static byte[] ed25519(String seed, String message) {
        var signer = new org.bouncycastle.crypto.signers.Ed25519Signer();
        signer.init(true, new org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters(hex(seed)));
        signer.update(hex(message), 0, message.length() / 2);
        return signer.generateSignature();
    }

    /** RFC 9106, 5.3. */
    @Test
    void argon2id() {
        var generator = new org.bouncycastle.crypto.generators.Argon2BytesGenerator();
        generator.init(new org.bouncycastle.crypto.params.Argon2Parameters.Builder(
                        org.bouncycastle.crypto.params.Argon2Parameters.ARGON2_id)
                .withVersion(org.bouncycastle.crypto.params.Argon2Parameters.ARGON2_VERSION_13)
                .withIterations(3)
                .withMemoryAsKB(32)
                .withParallelism(4)
                .withSalt(hex("02".repeat(16)))
                .withSecret(hex("03".repeat(8)))
                .withAdditional(hex("04".repeat(12)))
                .build());
        byte[] tag = new byte[32];
        generator.generateBytes(hex("01".repeat(32)), tag);
        assertThat(tag).isEqualTo(hex("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"));
    }

    /** FIPS 203, 6.3: a ciphertext that was altered gives another secret, not an error that tells something. */
    @Test
    void mlKemRejectsImplicitly() throws GeneralSecurityException {
        var pair = java.security.KeyPairGenerator.getInstance("ML-KEM-768").generateKeyPair();
        byte[] raw = Crypto.raw(pair.getPublic(), Limits.ML_KEM_PUBLIC_BYTES);
        assertThat(Crypto.mlKem(raw)).isEqualTo(pair.getPublic());
        var encapsulated = javax.crypto
                .KEM
                .getInstance("ML-KEM")
                .newEncapsulator(pair.getPublic())
                .encapsulate();
        var decapsulator = javax.crypto.KEM.getInstance("ML-KEM").newDecapsulator(pair.getPrivate());
        byte[] ciphertext = encapsulated.encapsulation();
        assertThat(ciphertext).hasSize(Limits.ML_KEM_CIPHERTEXT_BYTES);
        assertThat(decapsulator.decapsulate(ciphertext).getEncoded())
                .isEqualTo(encapsulated.key().getEncoded());
        ciphertext[500] ^= 1;
        assertThat(decapsulator.decapsulate(ciphertext).getEncoded())
                .hasSize(32)
                .isNotEqualTo(encapsulated.key().getEncoded());
    }

    /**
     * Signatures that hold for every message where range checks are forgotten, and keys that are not one of P-256's.
     *
     */
    @Test
    void zeroSignaturesAndForeignKeysAreRefused() {
        DeviceKeys keys = DeviceKeys.generate(covey.env.Env.system());
        byte[] signature = keys.sign(Purpose.HEAD, ascii("x"));
        assertThat(signature).hasSize(Signatures.SIGNATURE_BYTES);
        String order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
        String zero = "00".repeat(32);
        for (String pair : java.util.List.of(zero + zero, zero + order, order + zero, order + order, "", "00")) {
            assertThat(Signatures.verify(keys.publicKey(), Purpose.HEAD, hex(pair), ascii("x")))
                    .isFalse();
        }
        for (int length : new int[] {0, 62, 63, 65, 66, 128}) {
            assertThat(Signatures.verify(keys.publicKey(), Purpose.HEAD, Arrays.copyOf(signature, length), ascii("x")))
                    .isFalse();
        }
        byte[] spki = keys.publicKey();
        for (int i = 0; i < spki.length; i++) {
            byte[] altered = spki.clone();
            altered[i] ^= 1;
            assertThat(Signatures.verify(altered, Purpose.HEAD, signature, ascii("x")))
                    .isFalse();
        }
        byte[] compressed = hex("3039301306072a8648ce3d020106082a8648ce3d030107032200"
                + ((spki[90] & 1) == 0 ? "02" : "03")
                + HexFormat.of().formatHex(spki, 27, 59));
        assertThat(Signatures.verify(compressed, Purpose.HEAD, signature, ascii("x")))
                .isFalse();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}

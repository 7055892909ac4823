package covey.identity;

import static org.assertj.core.api.Assertions.assertThat;

import covey.wire.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.KEM;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The primitives against project Wycheproof's vectors of known attacks, with the parameters used here. The resources
 * hold a selection with every kind of attack (see their README); to run all, get github.com/C2SP/wycheproof and run
 * {@code ./build test WycheproofTest -Dcovey.wycheproof=FOLDER/testvectors_v1}.
 */
class WycheproofTest {
    private interface Check {
        /** True when the primitive accepts the vector and gives what it says. */
        boolean holds(JsonNode group, JsonNode vector) throws GeneralSecurityException;
    }

    @Test
    void x25519() throws IOException {
        // "Acceptable" are points of small order, which give zero: refused here.
        run("x25519_test.json", 80, (group, vector) -> {
            var mine = KeyFactory.getInstance("X25519")
                    .generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, hex(vector, "private")));
            byte[] shared = Crypto.agree(mine, hex(vector, "public"));
            return Arrays.equals(shared, hex(vector, "shared"));
        });
    }

    @Test
    void aesGcm() throws IOException {
        run("aes_gcm_test.json", 40, (group, vector) -> {
            boolean isUsedHere = number(group, "keySize") == 256 && number(group, "ivSize") == 96;
            if (!isUsedHere || number(group, "tagSize") != 128) {
                throw new NotUsedHere();
            }
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            var key = new SecretKeySpec(hex(vector, "key"), "AES");
            cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(128, hex(vector, "iv")));
            cipher.updateAAD(hex(vector, "aad"));
            byte[] sealed = HexFormat.of().parseHex(text(vector, "ct") + text(vector, "tag"));
            return Arrays.equals(cipher.doFinal(sealed), hex(vector, "msg"));
        });
    }

    @Test
    void hkdf() throws IOException {
        run("hkdf_sha256_test.json", 15, (group, vector) -> {
            var extract = HKDFParameterSpec.ofExtract().addIKM(hex(vector, "ikm"));
            if (!text(vector, "salt").isEmpty()) {
                extract.addSalt(hex(vector, "salt"));
            }
            try {
                byte[] derived = KDF.getInstance("HKDF-SHA256")
                        .deriveData(extract.thenExpand(hex(vector, "info"), (int) number(vector, "size")));
                return Arrays.equals(derived, hex(vector, "okm"));
            } catch (IllegalArgumentException e) {
                return false; // more than HKDF can give
            }
        });
    }

    @Test
    void hmac() throws IOException {
        run("hmac_sha256_test.json", 50, (group, vector) -> {
            if (number(group, "tagSize") != 256) {
                throw new NotUsedHere();
            }
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(hex(vector, "key"), "HmacSHA256"));
            return Arrays.equals(mac.doFinal(hex(vector, "msg")), hex(vector, "tag"));
        });
    }

    @Test
    void ecdsaP256() throws IOException {
        run("ecdsa_secp256r1_sha256_p1363_test.json", 90, (group, vector) -> {
            byte[] spki = hex(group, "publicKeyDer");
            return Signatures.verify(spki, hex(vector, "sig"), hex(vector, "msg"));
        });
    }

    @Test
    void ed25519() throws IOException {
        run("ed25519_test.json", 60, (group, vector) -> {
            Ed25519Signer verifier = new Ed25519Signer();
            verifier.init(false, new Ed25519PublicKeyParameters(hex(group.get("publicKey"), "pk")));
            byte[] message = hex(vector, "msg");
            verifier.update(message, 0, message.length);
            byte[] signature = hex(vector, "sig");
            return signature.length == RootKey.SIGNATURE_BYTES && verifier.verifySignature(signature);
        });
    }

    @Test
    void mlKemEncapsulationKeys() throws IOException {
        run("mlkem_768_encaps_test.json", 9, (group, vector) -> {
            byte[] key = hex(vector, "ek");
            return key.length == Limits.ML_KEM_PUBLIC_BYTES && Crypto.areUsable(BASE_POINT, key);
        });
    }

    @Test
    void mlKemDecapsulation() throws IOException {
        run("mlkem_768_test.json", 6, (group, vector) -> {
            byte[] seed = hex(vector, "seed");
            if (seed.length != 64) {
                throw new NotUsedHere(); // this JDK has no way to take a seed, and so none to take a wrong one
            }
            KeyPairGenerator generator = KeyPairGenerator.getInstance("ML-KEM-768");
            generator.initialize(NamedParameterSpec.ML_KEM_768, new Given(seed));
            KeyPair pair = generator.generateKeyPair();
            if (!Arrays.equals(Crypto.raw(pair.getPublic(), Limits.ML_KEM_PUBLIC_BYTES), hex(vector, "ek"))) {
                return false;
            }
            var key = Crypto.privateKey("ML-KEM-768", pair.getPrivate().getEncoded());
            byte[] secret = KEM.getInstance("ML-KEM")
                    .newDecapsulator(key)
                    .decapsulate(hex(vector, "c"))
                    .getEncoded();
            return Arrays.equals(secret, hex(vector, "K"));
        });
    }

    private static final byte[] BASE_POINT = Arrays.copyOf(new byte[] {9}, Limits.X25519_BYTES);

    private static void run(String file, int countMin, Check check) throws IOException {
        JsonNode root = vectors(file);
        int count = 0;
        for (JsonNode group : root.get("testGroups")) {
            for (JsonNode vector : group.get("tests")) {
                try {
                    boolean holds = accepted(() -> check.holds(group, vector));
                    String result = text(vector, "result");
                    boolean isLowOrder = vector.get("flags").toString().contains("ZeroSharedSecret");
                    boolean expected = result.equals("valid") || (result.equals("acceptable") && !isLowOrder);
                    assertThat(holds)
                            .as("%s %s %s", file, vector.get("tcId"), vector.get("comment"))
                            .isEqualTo(expected);
                    count++;
                } catch (NotUsedHere e) {
                    // other parameters
                }
            }
        }
        assertThat(count).as("vectors of " + file).isGreaterThanOrEqualTo(countMin);
    }

    private static JsonNode vectors(String file) throws IOException {
        String all = System.getProperty("covey.wycheproof", "");
        if (!all.isEmpty()) {
            return JsonMapper.shared().readTree(Path.of(all, file));
        }
        try (InputStream selection = WycheproofTest.class.getResourceAsStream("/wycheproof/" + file)) {
            return JsonMapper.shared().readTree(selection);
        }
    }

    private static boolean accepted(Callable<Boolean> check) {
        try {
            return check.call();
        } catch (NotUsedHere e) {
            throw e;
        } catch (GeneralSecurityException | SealException e) {
            return false;
        } catch (Exception e) {
            throw new AssertionError("refused in an unexpected way", e);
        }
    }

    /** Hands out given bytes as if they were random. */
    private static final class Given extends SecureRandom {
        private static final long serialVersionUID = 1L;
        private final transient ByteBuffer bytes;

        Given(byte[] bytes) {
            this.bytes = ByteBuffer.wrap(bytes);
        }

        @Override
        public void nextBytes(byte[] wanted) {
            bytes.get(wanted);
        }
    }

    private static final class NotUsedHere extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static String text(JsonNode node, String field) {
        return node.get(field).asString();
    }

    private static long number(JsonNode node, String field) {
        return node.get(field).asLong();
    }

    private static byte[] hex(JsonNode node, String field) {
        return HexFormat.of().parseHex(text(node, field));
    }
}

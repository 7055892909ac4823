package covey.identity;

import covey.env.Env;
import covey.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2id (RFC 9106) as PHC strings, with OWASP's smaller setting: 19 MiB, two passes, one lane. Costs tens of
 * milliseconds and that memory: the caller bounds how many run at once. Any thread.
 */
public final class Passwords {
    private static final int MEMORY_KIB = 19_456;
    private static final int PASSES = 2;
    private static final int LANES = 1;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;

    /** A stored hash comes from this hub's own state; bounds all the same, so that damage cannot exhaust memory. */
    private static final int MEMORY_KIB_MAX = 256 * 1024;

    private static final int PASSES_MAX = 10;

    private static final Pattern PHC = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,2}),p=(\\d)\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

    private Passwords() {}

    /** What is wrong with a new password, as a sentence; empty when it may be used. */
    public static Optional<String> problem(String password) {
        if (password.codePointCount(0, password.length()) < Limits.PASSWORD_CHARS_MIN) {
            return Optional.of("password: too short (expected: at least " + Limits.PASSWORD_CHARS_MIN + " characters)");
        }
        if (password.getBytes(StandardCharsets.UTF_8).length > Limits.PASSWORD_BYTES_MAX) {
            return Optional.of("password: too long (expected: at most " + Limits.PASSWORD_BYTES_MAX + " bytes)");
        }
        return Optional.empty();
    }

    /** A new hash with a random salt: {@code $argon2id$v=19$m=...,t=...,p=...$salt$hash}. */
    public static String hash(byte[] password, Env env) {
        if (password.length > Limits.PASSWORD_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "password: " + password.length + " bytes (expected: at most " + Limits.PASSWORD_BYTES_MAX + ")");
        }
        byte[] salt = env.randomBytes(SALT_BYTES);
        byte[] hash = compute(password, salt, MEMORY_KIB, PASSES, LANES, HASH_BYTES);
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=" + MEMORY_KIB + ",t=" + PASSES + ",p=" + LANES + "$" + base64.encodeToString(salt)
                + "$" + base64.encodeToString(hash);
    }

    /** False also for a string that is not such a hash. */
    public static boolean verify(String phc, byte[] password) {
        Matcher parts = PHC.matcher(phc);
        if (!parts.matches() || password.length > Limits.PASSWORD_BYTES_MAX) {
            return false;
        }
        int memory = Integer.parseInt(parts.group(1));
        int passes = Integer.parseInt(parts.group(2));
        int lanes = Integer.parseInt(parts.group(3));
        boolean isMeant =
                lanes >= 1 && memory >= 8 * lanes && memory <= MEMORY_KIB_MAX && passes >= 1 && passes <= PASSES_MAX;
        if (!isMeant) {
            return false;
        }
        try {
            byte[] salt = Base64.getDecoder().decode(parts.group(4));
            byte[] expected = Base64.getDecoder().decode(parts.group(5));
            byte[] actual = compute(password, salt, memory, passes, lanes, expected.length);
            return MessageDigest.isEqual(expected, actual);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    static byte[] compute(byte[] password, byte[] salt, int memoryKib, int passes, int lanes, int hashBytes) {
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withSalt(salt)
                .withMemoryAsKB(memoryKib)
                .withIterations(passes)
                .withParallelism(lanes)
                .build());
        byte[] hash = new byte[hashBytes];
        generator.generateBytes(password, hash);
        return hash;
    }
}

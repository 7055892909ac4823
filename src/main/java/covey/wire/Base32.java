package covey.wire;

/** RFC 4648 base32 without padding, lower case, as people read ids and codes. */
public final class Base32 {
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

    private Base32() {}

    public static String encode(byte[] bytes) {
        StringBuilder text = new StringBuilder((bytes.length * 8 + 4) / 5);
        int buffer = 0;
        int bits = 0;
        for (byte b : bytes) {
            buffer = (buffer << 8) | (b & 0xff);
            bits += 8;
            while (bits >= 5) {
                bits -= 5;
                text.append(ALPHABET.charAt((buffer >> bits) & 31));
            }
            buffer &= (1 << bits) - 1;
        }
        if (bits > 0) {
            text.append(ALPHABET.charAt((buffer << (5 - bits)) & 31));
        }
        return text.toString();
    }

    /** Groups of four joined by '-'. */
    public static String grouped(byte[] bytes) {
        String plain = encode(bytes);
        StringBuilder text = new StringBuilder(plain.length() * 5 / 4);
        for (int i = 0; i < plain.length(); i += 4) {
            if (i > 0) {
                text.append('-');
            }
            text.append(plain, i, Math.min(i + 4, plain.length()));
        }
        return text.toString();
    }

    /** Ignores '-', spaces and case; throws {@link IllegalArgumentException} naming the wrong character. */
    public static byte[] decode(String text) {
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream(text.length() * 5 / 8);
        int buffer = 0;
        int bits = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = Character.toLowerCase(text.charAt(i));
            if (c == '-' || c == ' ') {
                continue;
            }
            int value = ALPHABET.indexOf(c);
            if (value < 0) {
                throw new IllegalArgumentException("base32: '" + text.charAt(i) + "' at " + i + " (expected: a-z 2-7)");
            }
            buffer = (buffer << 5) | value;
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                bytes.write(buffer >> bits);
            }
            buffer &= (1 << bits) - 1;
        }
        if (buffer != 0 || bits >= 5) {
            throw new IllegalArgumentException("base32: trailing bits in " + text.length() + " characters");
        }
        return bytes.toByteArray();
    }
}

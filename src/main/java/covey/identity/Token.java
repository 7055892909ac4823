package covey.identity;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.env.Env;
import covey.store.Sha256;
import covey.wire.Base32;
import covey.wire.proto.TokenKind;
import covey.wire.proto.TokenText;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * An invitation in one line: which network, where its hubs are, and a secret. Whoever has it can authenticate the hub
 * before sending anything, and is let in once (or as often as its maker said).
 */
@SuppressWarnings("ArrayRecordComponent") // compared by its text where at all
public record Token(byte[] networkId, List<String> addresses, TokenKind kind, byte[] secret) {
    public static final String PREFIX = "covey-";

    /** 128 bits: cannot be guessed, and the line stays short. */
    public static final int SECRET_BYTES = 16;

    /** One line of a terminal or a message; more is not a token. */
    public static final int TEXT_CHARS_MAX = 2_048;

    private static final int ADDRESSES_MAX = 16;

    /** Of all addresses together, so that the text stays within {@link #TEXT_CHARS_MAX}. */
    private static final int ADDRESSES_CHARS_MAX = 1_200;

    private static final int CHECKSUM_BYTES = 4;
    private static final int TOKEN_ID_BYTES = 8;

    public Token {
        if (networkId.length != RootKey.NETWORK_ID_BYTES || secret.length != SECRET_BYTES) {
            throw new IllegalArgumentException("token: network id of " + networkId.length + " and secret of "
                    + secret.length + " bytes (expected: " + RootKey.NETWORK_ID_BYTES + " and " + SECRET_BYTES + ")");
        }
        if (kind == TokenKind.UNRECOGNIZED) {
            throw new IllegalArgumentException("token: of a kind that this version of Covey does not know; update it");
        }
        addresses = List.copyOf(addresses);
        int chars = addresses.stream().mapToInt(String::length).sum();
        if (addresses.isEmpty() || addresses.size() > ADDRESSES_MAX || chars > ADDRESSES_CHARS_MAX) {
            throw new IllegalArgumentException("token: " + addresses.size() + " addresses of " + chars
                    + " characters (expected: 1 to " + ADDRESSES_MAX + ", at most " + ADDRESSES_CHARS_MAX
                    + " characters)");
        }
        if (!addresses.stream().allMatch(Rosters::isPlainAddress)) {
            throw new IllegalArgumentException("token: an address has characters that none has (expected: host:port)");
        }
    }

    /** A new token with a random secret. */
    public static Token create(Env env, byte[] networkId, List<String> addresses, TokenKind kind) {
        return new Token(networkId, addresses, kind, env.randomBytes(SECRET_BYTES));
    }

    public String encode() {
        byte[] body = TokenText.newBuilder()
                .setNetworkId(ByteString.copyFrom(networkId))
                .addAllAddresses(addresses)
                .setKind(kind)
                .setSecret(ByteString.copyFrom(secret))
                .build()
                .toByteArray();
        byte[] bytes = Arrays.copyOf(body, body.length + CHECKSUM_BYTES);
        System.arraycopy(Sha256.of(body), 0, bytes, body.length, CHECKSUM_BYTES);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Reads one line; throws {@link IllegalArgumentException} with a sentence that says what is wrong with it. */
    public static Token parse(String text) {
        String line = text.strip();
        if (line.length() > TEXT_CHARS_MAX || !line.startsWith(PREFIX)) {
            throw new IllegalArgumentException(
                    "token: not a Covey token (expected: one line that starts with " + PREFIX + ")");
        }
        try {
            byte[] bytes = decode(line.substring(PREFIX.length()));
            if (bytes.length <= CHECKSUM_BYTES) {
                throw new IllegalArgumentException("token: cut off; copy the whole line");
            }
            byte[] body = Arrays.copyOf(bytes, bytes.length - CHECKSUM_BYTES);
            byte[] checksum = Arrays.copyOfRange(bytes, body.length, bytes.length);
            if (!Arrays.equals(checksum, Arrays.copyOf(Sha256.of(body), CHECKSUM_BYTES))) {
                throw new IllegalArgumentException(
                        "token: damaged, a character is missing or wrong; copy the whole line again");
            }
            TokenText token = TokenText.parseFrom(body);
            return new Token(
                    token.getNetworkId().toByteArray(),
                    token.getAddressesList(),
                    token.getKind(),
                    token.getSecret().toByteArray());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("token: made by a version of Covey that this one does not know", e);
        }
    }

    private static byte[] decode(String text) {
        try {
            return Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "token: has characters that none has, or is cut off; copy the whole line again", e);
        }
    }

    /** SHA-256 of the secret: what the hub keeps. */
    public byte[] secretHash() {
        return Sha256.of(secret);
    }

    /** Short name for lists and revocation; says nothing about the secret. */
    public String tokenId() {
        return Base32.encode(Arrays.copyOf(secretHash(), TOKEN_ID_BYTES));
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "Token[" + kind + " " + tokenId() + " " + addresses + "]";
    }
}

package covey.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.store.Sha256;
import covey.wire.proto.TokenKind;
import covey.wire.proto.TokenText;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TokenTest {
    private static final Env ENV = Env.system();
    private static final byte[] NETWORK = new byte[32];

    @Test
    void theLongestTokenThatCanBeMadeCanBeRead() {
        Token longest = token(Collections.nCopies(16, "h".repeat(75)));
        String text = longest.encode();
        assertThat(text.length()).isLessThanOrEqualTo(Token.TEXT_CHARS_MAX);
        assertThat(Token.parse(text).addresses()).isEqualTo(longest.addresses());
        assertThatThrownBy(() -> token(Collections.nCopies(16, "h".repeat(76)))).hasMessageContaining("1216");
        assertThatThrownBy(() -> token(Collections.nCopies(17, "h:1"))).hasMessageContaining("17 addresses");
        assertThatThrownBy(() -> token(List.of())).hasMessageContaining("0 addresses");
    }

    @Test
    void everyMistypedCharacterIsFound() {
        String text = token(List.of("10.0.0.1:7440")).encode();
        // The last character holds spare bits that say nothing.
        for (int i = 0; i < text.length() - 1; i++) {
            char other = text.charAt(i) == 'x' ? 'y' : 'x';
            String wrong = text.substring(0, i) + other + text.substring(i + 1);
            assertThatThrownBy(() -> Token.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("token: ");
        }
    }

    @Test
    void anAddressCannotWriteOnATerminal() {
        assertThatThrownBy(() -> token(List.of("\u001b]0;title\u0007:1"))).hasMessageContaining("address");
        assertThatThrownBy(() -> token(List.of("a b:1"))).hasMessageContaining("address");
        assertThatThrownBy(() -> token(List.of(""))).hasMessageContaining("address");
    }

    @Test
    void aTokenOfALaterKindSaysThatAnUpdateIsDue() {
        byte[] body = TokenText.newBuilder()
                .setNetworkId(ByteString.copyFrom(NETWORK))
                .addAddresses("h:1")
                .setKindValue(77)
                .setSecret(ByteString.copyFrom(new byte[Token.SECRET_BYTES]))
                .build()
                .toByteArray();
        byte[] bytes = ByteString.copyFrom(body)
                .concat(ByteString.copyFrom(Sha256.of(body), 0, 4))
                .toByteArray();
        String text = Token.PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        assertThatThrownBy(() -> Token.parse(text)).hasMessageContaining("update");
    }

    @Test
    void theHubKnowsATokenByItsSecretsHashOnly() {
        Token token = token(List.of("h:1"));
        assertThat(token.secretHash()).isEqualTo(Sha256.of(token.secret()));
        assertThat(token.tokenId())
                .hasSize(13)
                .isEqualTo(Token.parse(token.encode()).tokenId());
    }

    @Test
    void everyMistypedCharacterOfARecoveryCodeIsFound() {
        String code = RootKey.generate(ENV).recoveryCode();
        assertThat(code).matches("([a-z2-7]{4}-){13}[a-z2-7]{4}");
        for (int i = 0; i < code.length(); i++) {
            if (code.charAt(i) == '-') {
                continue;
            }
            for (char other : new char[] {'a', '7', '1', '\n'}) {
                String wrong = code.substring(0, i) + other + code.substring(i + 1);
                if (other != code.charAt(i) && !(other == '\n' && i == 0)) {
                    assertThatThrownBy(() -> RootKey.fromRecoveryCode(wrong))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageStartingWith("recovery code: ");
                }
            }
        }
        String swapped = code.substring(5, 10) + code.substring(0, 5) + code.substring(10);
        assertThatThrownBy(() -> RootKey.fromRecoveryCode(swapped)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RootKey.fromRecoveryCode("a".repeat(100_000)))
                .hasMessageContaining("100000 characters");
    }

    @Test
    void aNewPasswordIsNeitherTooShortNorTooLong() {
        assertThat(Passwords.problem("1234567")).isPresent();
        assertThat(Passwords.problem("12345678")).isEqualTo(Optional.empty());
        assertThat(Passwords.problem("\uD83D\uDD11".repeat(8))).isEqualTo(Optional.empty());
        assertThat(Passwords.problem("x".repeat(257))).isPresent();
        assertThatThrownBy(() -> Passwords.hash(new byte[257], ENV)).hasMessageContaining("at most 256");
    }

    @Test
    void aStoredHashCannotAskForMoreThanTheHubHas() {
        String salted = "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        byte[] password = {1, 2, 3};
        for (String costs : List.of("m=262145,t=1,p=1", "m=8,t=11,p=1", "m=8,t=0,p=1", "m=7,t=1,p=1", "m=15,t=1,p=2")) {
            assertThat(Passwords.verify("$argon2id$v=19$" + costs + salted, password))
                    .as(costs)
                    .isFalse();
        }
        assertThat(Passwords.verify("$argon2i$v=19$m=8,t=1,p=1" + salted, password))
                .isFalse();
        assertThat(Passwords.verify("$argon2id$v=16$m=8,t=1,p=1" + salted, password))
                .isFalse();
    }

    @Test
    void eachByteHasItsOwnEasyWord() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        assertThat(Words.of(all, 256))
                .hasSize(256)
                .doesNotHaveDuplicates()
                .allMatch(word -> word.matches("[a-z]{3,8}"));
        assertThatThrownBy(() -> Words.of(new byte[4], 5)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Token token(List<String> addresses) {
        return Token.create(ENV, NETWORK, addresses, TokenKind.TOKEN_MEMBER);
    }
}

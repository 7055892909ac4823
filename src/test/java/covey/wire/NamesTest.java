package covey.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.text.Normalizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NamesTest {
    @Test
    void oneNameHasOneForm() {
        assertThat(Names.account(" @Bob ")).isEqualTo("bob");
        assertThat(Names.account("o.k_a-y9")).isEqualTo("o.k_a-y9");
        assertThat(Names.account(Normalizer.normalize("Jürgen", Normalizer.Form.NFD)))
                .isEqualTo("jürgen");
        assertThat(Names.account("ΣΊΣΥΦΟΣ")).isEqualTo(Names.account("σίσυφος"));
        assertThat(Names.account("李四")).isEqualTo("李四");
        assertThat(Names.account("हिन्दी")).isEqualTo("हिन्दी");
        assertThat(Names.room("#Lab")).isEqualTo("#lab");
        assertThat(Names.device("  Anna's laptop (2) ")).isEqualTo("Anna's laptop (2)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "@", "a b", "a/b", "a@b", "#a", "a\u200bb", "a\nb", "a\u0000", "<b>", "\ud800", "😀"})
    void whatIsNoAccountNameIsRefusedWithASentence(String typed) {
        assertThatThrownBy(() -> Names.account(typed))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("account name: '")
                .hasMessageContaining("expected: ");
    }

    @Test
    void lengthsAreBounded() {
        assertThat(Names.account("a".repeat(32))).hasSize(32);
        assertThatThrownBy(() -> Names.account("a".repeat(33))).isInstanceOf(WireException.class);
        assertThat(Names.room("#" + "a".repeat(47))).hasSize(48);
        assertThatThrownBy(() -> Names.room("#" + "a".repeat(48))).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> Names.room("#")).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> Names.room("lab")).hasMessageContaining("as in #lab");
        assertThatThrownBy(() -> Names.device("")).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> Names.device("a\tb")).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> Names.device("x\u202ey")).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> Names.device("x".repeat(65))).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> Names.account("x".repeat(1_000_000)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }

    @Test
    void whatWasBroughtToItsFormStaysAsItIs() {
        for (String typed : new String[] {"ΣΊΣΥΦΟΣ", "İstanbul", "straße", "ǅ", "K"}) {
            String once = Names.account(typed);
            assertThat(Names.account(once)).isEqualTo(once);
        }
    }
}

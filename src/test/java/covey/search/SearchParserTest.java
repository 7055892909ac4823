package covey.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.code_intelligence.jazzer.junit.FuzzTest;
import covey.search.SearchText.Kind;
import covey.search.SearchText.Word;
import covey.wire.proto.BadQueryKind;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The query language. */
final class SearchParserTest {
    @Test
    void wordsPhrasesPrefixesAndFieldsAreTold() {
        SearchText text = SearchParser.parse("Report \"final  Draft\" bud* size:>10M type:pdf,image from:@Amy in:#lab");
        assertThat(text.words())
                .containsExactly(
                        new Word(Kind.ANYWHERE, "report"),
                        new Word(Kind.PHRASE, "final draft"),
                        new Word(Kind.PREFIX, "bud"));
        assertThat(text.sizeMin()).isEqualTo((10 << 20) + 1);
        assertThat(text.types()).containsExactly("pdf", "image");
        assertThat(text.from()).isEqualTo(Optional.of("amy"));
        assertThat(text.room()).isEqualTo(Optional.of("#lab"));
    }

    @ParameterizedTest
    @CsvSource({
        "size:1K, 1024, 1024",
        "size:>=1.5G, 1610612736, 9223372036854775807",
        "size:<2MiB, 0, 2097151",
        "size:<=7, 0, 7",
        "size:1k..2KB, 1024, 2048",
    })
    void sizesHaveUnitsOf1024(String text, long min, long max) {
        SearchText found = SearchParser.parse(text);
        assertThat(found.sizeMin()).isEqualTo(min);
        assertThat(found.sizeMax()).isEqualTo(max);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'  ' | NOTHING_ASKED | 0",
                "-- ?! | NOTHING_ASKED | 0",
                "one \"two | UNCLOSED_QUOTE | 4",
                "a colour:red | UNKNOWN_FIELD | 2",
                "size:big | BAD_SIZE | 5",
                "a type:../x | BAD_TYPE | 7",
                "from:@ | BAD_NAME | 5",
                "a b c d e f g h i j k l m | TOO_LONG | 25",
            })
    void whatIsNotUnderstoodIsToldWithItsPlace(String text, BadQueryKind kind, int position) {
        BadQueryException e = catchThrowableOfType(BadQueryException.class, () -> SearchParser.parse(text));
        assertThat(e.problem().getKind()).isEqualTo(kind);
        assertThat(e.problem().getPosition()).isEqualTo(position);
        assertThat(e.problem().getMessage()).endsWith("(character " + (position + 1) + ").");
    }

    @Test
    void aLongTextIsRefused() {
        assertThatThrownBy(() -> SearchParser.parse("x".repeat(257))).isInstanceOf(BadQueryException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Straße", "STRASSE", "strasse"})
    void caseIsFolded(String text) {
        assertThat(NameText.spaced(text)).isEqualTo(" strasse ");
    }

    @Test
    void compositionIsFolded() {
        assertThat(NameText.spaced("Cafe\u0301"))
                .isEqualTo(NameText.spaced("CAFÉ"))
                .isEqualTo(" café ");
    }

    @Test
    void scriptsWithoutSpacesHaveAWordPerCharacter() {
        assertThat(NameText.spaced("年度報告v2")).isEqualTo(" 年 度 報 告 v2 ");
    }

    @FuzzTest(maxDuration = "5s")
    void anyTextIsUnderstoodOrRefusedWithASentence(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        try {
            SearchParser.parse(text)
                    .words()
                    .forEach(word -> assertThat(word.needle()).isNotBlank());
        } catch (BadQueryException e) {
            assertThat(e.problem().getMessage()).isNotBlank();
        }
    }
}

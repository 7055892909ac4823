package covey.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Columns for people. */
final class TableTest {
    @Test
    void columnsFitWideLettersAndMarks() {
        assertThat(new Table("A", "B").row("日本", "x").row("", "y").lines(80))
                .containsExactly("A     B", "日本  x", "-     y");
    }

    @Test
    void theLastColumnIsBrokenBetweenWords() {
        Table table = new Table().row("name", "words that do not fit here").row("n", "x");
        assertThat(table.lines(28)).containsExactly("name  words that do not fit", "      here", "n     x");
        assertThat(table.lines(20)).containsExactly("name", "    words that do", "    not fit here", "n     x");
    }
}

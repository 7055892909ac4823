package covey.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class JsonTest {
    @Test
    void readsWhatTheLibraryWrites() {
        String text = "quotes \" \\ / \b\f\n\r\t \u0001 ü \ud83d\ude00";
        String written = new JsonMapper()
                .writeValueAsString(Map.of("text", text, "number", -12L, "half", 1.5e3, "list", List.of(true, false)));
        Json json = Json.parse(written);

        assertThat(json.text("text")).isEqualTo(text);
        assertThat(json.number("number")).isEqualTo(-12);
        assertThat(json.number("half")).isEqualTo(1_500);
        assertThat(json.list("list")).hasSize(2);
    }

    @Test
    void writesWhatTheLibraryReads() {
        String text = "quotes \" \\ \n \u0000 ü";
        JsonNode node = new JsonMapper()
                .readTree(Json.object("text", text, "n", 5, "no", false, "list", List.of("a", "b"), "map", Map.of()));

        assertThat(node.path("text").stringValue()).isEqualTo(text);
        assertThat(node.path("n").intValue()).isEqualTo(5);
        assertThat(node.path("no").booleanValue()).isFalse();
        assertThat(node.path("list").get(1).stringValue()).isEqualTo("b");
        assertThat(node.path("map").isEmpty()).isTrue();
    }

    @Test
    void whatIsMissingReadsAsEmpty() {
        Json json = Json.parse("{\"null\":null}");
        assertThat(json.at("a").at("b").text("c")).isEmpty();
        assertThat(json.number("null")).isZero();
        assertThat(json.has("null")).isFalse();
        assertThat(json.list("x")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[1,",
                "{\"a\"}",
                "\"x",
                "\"\\u12\"",
                "\"\\q\"",
                "nul",
                "1 2",
                "-",
                "{\"a\":1,}",
                "[01x]"
            })
    void refusesWhatIsNotJson(String text) {
        assertThatThrownBy(() -> Json.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected");
    }

    @Test
    void depthIsBounded() {
        assertThatThrownBy(() -> Json.parse("[".repeat(100_000))).isInstanceOf(IllegalArgumentException.class);
    }
}

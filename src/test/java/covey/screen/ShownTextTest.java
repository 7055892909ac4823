package covey.screen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.web.Json;
import covey.wire.Sizes;
import java.time.Instant;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;

/** What people see: text and times. */
final class ShownTextTest {
    private static final long NOON = Instant.parse("2026-11-21T12:00:00Z").toEpochMilli();
    private final Times times = new Times(NOON, TimeZone.getTimeZone("UTC"));

    @Test
    void noControlCharacterReachesATerminal() {
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < 0x300; c++) {
            all.append(c);
        }
        String shown = SafeText.line(all + "\u202e\u2066\u2028");
        assertThat(shown.chars()).noneMatch(c -> c < ' ' || (c >= 0x7f && c <= 0x9f) || c == 0x202e || c == 0x2066);
        assertThat(SafeText.lines("a\r\nb\tc\rd")).isEqualTo("a\nb\tc␍d");
        assertThat(SafeText.line("Grüße 😀 مرحبا")).isEqualTo("Grüße 😀 مرحبا");
    }

    @Test
    void wideLettersTakeTwoColumnsAndMarksNone() {
        assertThat(Wrap.width("abc")).isEqualTo(3);
        assertThat(Wrap.width("日本")).isEqualTo(4);
        assertThat(Wrap.width("e\u0301")).isEqualTo(1);
    }

    @Test
    void sizesHaveTwoDigitsThatMatterAndCanBeTypedAgain() {
        assertThat(Sizes.text(0)).isEqualTo("0 bytes");
        assertThat(Sizes.text(999)).isEqualTo("999 bytes");
        assertThat(Sizes.text(3_210_000)).isEqualTo("3.2 MB");
        assertThat(Sizes.text(999_960)).isEqualTo("1.0 MB");
        assertThat(Sizes.text(99_949_000_000L)).isEqualTo("100 GB");
        assertThat(Sizes.text(Long.MAX_VALUE)).isEqualTo("9223 PB");
        assertThat(Sizes.parse("20M")).isEqualTo(20_000_000);
        assertThat(Sizes.parse("1.5 gb")).isEqualTo(1_500_000_000);
        assertThat(Sizes.parse("4096")).isEqualTo(4_096);
        for (String wrong : new String[] {"", "M", "-1", "1e9", "20X", "1..5"}) {
            assertThatThrownBy(() -> Sizes.parse(wrong)).hasMessageContaining("such as 4096");
        }
    }

    @Test
    void anOfferIsShownWithItsNameAndSize() {
        String message = """
                {"conversation":"@bob","from":"bob","direction":"in","receivedMillis":%d,"text":"%s","attachment":
                {"name":"re\\u0007port.pdf","bytes":3210000,"files":%d}}""";
        MessageText text = new MessageText(times, Paint.OFF);
        assertThat(text.of(Json.parse(message.formatted(NOON, "see this", 1))))
                .isEqualTo("12:00 @bob: see this\n    [file] re␇port.pdf, 3.2 MB");
        assertThat(text.of(Json.parse(message.formatted(NOON, MessageText.OFFERED + "report.pdf, 3.2 MB", 7))))
                .isEqualTo("12:00 @bob: [folder, 7 files] re␇port.pdf, 3.2 MB");
    }

    @Test
    void proseIsBrokenBetweenWordsButNotCommands() {
        assertThat(Wrap.prose("Start it with `covey up`, or not.", 20)).isEqualTo("Start it with\n`covey up`, or not.");
        assertThat(Wrap.prose("  covey join --token-file - --account NAME", 20))
                .isEqualTo("  covey join --token-file - --account NAME");
        assertThat(Wrap.prose("  next    one two three four", 20)).isEqualTo("  next    one two\n          three four");
    }

    @Test
    void whatCameLateTellsWhenItWasSent() {
        MessageText text = new MessageText(times, Paint.OFF);
        String message =
                "{\"conversation\":\"@bob\",\"from\":\"bob\",\"text\":\"hi\",\"direction\":\"in\",\"receivedMillis\":"
                        + NOON + ",\"sentMillis\":";
        assertThat(text.of(Json.parse(message + (NOON - 3_600_000) + "}"))).isEqualTo("12:00 @bob, sent 11:00: hi");
        assertThat(text.of(Json.parse(message + (NOON - 60_000) + "}"))).isEqualTo("12:00 @bob: hi");
        assertThat(text.of(Json.parse(message + (NOON + 3_600_000) + "}"))).isEqualTo("12:00 @bob: hi");
    }

    @Test
    void timesOfTodayAreShort() {
        assertThat(times.of(NOON - 60_000)).isEqualTo("11:59");
        assertThat(times.of(NOON - 86_400_000)).isEqualTo("2026-11-20 12:00");
        assertThat(times.of(0)).isEqualTo("-");
    }

    @Test
    void aDayBeginsInTheZoneOfTheMachineAlsoAfterAClockChange() {
        Times berlin = new Times(NOON, TimeZone.getTimeZone("Europe/Berlin"));
        assertThat(berlin.since("2026-07-01"))
                .isEqualTo(Instant.parse("2026-06-30T22:00:00Z").toEpochMilli());
        assertThat(berlin.since("today"))
                .isEqualTo(Instant.parse("2026-11-20T23:00:00Z").toEpochMilli());
        assertThat(berlin.of(NOON)).isEqualTo("13:00");
    }

    @Test
    void momentsAreTypedAsSpansOrDays() {
        assertThat(times.since("90m")).isEqualTo(NOON - 5_400_000);
        assertThat(times.since("today")).isEqualTo(NOON - 43_200_000);
        assertThat(times.since("2026-11-20")).isEqualTo(NOON - 43_200_000 - 86_400_000);
        assertThat(times.since("2026-11-21 11:00")).isEqualTo(NOON - 3_600_000);
        for (String wrong : new String[] {"", "2x", "h", "99999999999d", "20-11-2026", "-5m"}) {
            assertThatThrownBy(() -> times.since(wrong)).isInstanceOf(CommandFailure.class);
        }
    }
}

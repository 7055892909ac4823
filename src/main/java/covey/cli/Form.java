package covey.cli;

import covey.screen.MessageText;
import covey.screen.Times;
import covey.web.Json;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text with blanks that an answer of the process fills: {@code {hub.state}}, {@code {time:sinceMillis}}, and
 * {@code {private?private:public}} for a flag, where the second choice may be a blank itself.
 */
record Form(Times times) {
    private static final Pattern CHOICE = Pattern.compile("\\{(\\w+)\\?(\\w+):(\\w+|\\{\\w+})}");
    private static final Pattern BLANK = Pattern.compile("\\{((?:\\w+:)?)([\\w.]+)}");
    private static final Pattern EXPIRY = Pattern.compile("expires=(\\d{1,18})");
    private static final Pattern CONSTANT = Pattern.compile("\\b(?:TOKEN_)?([A-Z]{2,}(?:_[A-Z]+)*)\\b");
    private static final Pattern DEVICE = Pattern.compile("\\b[a-z2-7]{4}(?:-[a-z2-7]{4}){12}\\b");

    String fill(String text, Json answer) {
        String chosen = CHOICE.matcher(text)
                .replaceAll(blank -> Matcher.quoteReplacement(blank.group(answer.flag(blank.group(1)) ? 2 : 3)));
        return BLANK.matcher(chosen).replaceAll(blank -> Matcher.quoteReplacement(value(blank, answer)));
    }

    private String value(MatchResult blank, Json answer) {
        Json value = answer;
        for (String name : blank.group(2).split("\\.")) {
            value = value.at(name);
        }
        return switch (blank.group(1)) {
            case "" -> value.text();
            case "plain:" -> plain(value.text());
            case "time:" -> times.of(value.number());
            case "id:" -> Devices.shortId(value.text());
            case "person:" -> MessageText.person(value.text());
            case "words:" ->
                String.join(" ", value.items().stream().map(Json::text).toList());
            case "count:" -> Integer.toString(value.items().size());
            case "pairs:" -> value.pairs();
            default -> throw new IllegalArgumentException("a blank of an unknown kind: " + blank.group());
        };
    }

    /** What programs wrote for programs, such as "TOKEN_MEMBER uses=1 expires=1795361563120". */
    private String plain(String text) {
        String timed = EXPIRY.matcher(text).replaceAll(found -> "until " + times.of(Long.parseLong(found.group(1))));
        String named =
                CONSTANT.matcher(timed).replaceAll(found -> found.group(1).toLowerCase(Locale.ROOT));
        return DEVICE.matcher(named.replace('=', ' ')).replaceAll(found -> Devices.shortId(found.group()));
    }
}

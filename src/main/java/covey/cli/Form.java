package covey.cli;

import covey.web.Json;
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
}

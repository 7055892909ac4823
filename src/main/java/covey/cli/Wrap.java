package covey.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Breaks lines between words, where a terminal would break them anywhere. */
final class Wrap {
    /** A command in backticks stays whole: it is there to be copied. */
    private static final Pattern WORD = Pattern.compile("(?:`[^`]*`|[^ ])+");

    /** A line that begins like a row of a table goes on under its second column. */
    private static final Pattern HEAD = Pattern.compile(" *\\S+ {2,}| +-> ");

    private Wrap() {}

    /** Of prose. Other indented lines stay whole: they are commands and tokens. */
    static String prose(String text, int width) {
        List<String> lines = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            Matcher head = HEAD.matcher(line);
            String kept = head.lookingAt() ? head.group() : "";
            if (Table.width(line) <= width || (kept.isEmpty() && line.startsWith(" "))) {
                lines.add(line);
            } else {
                lines.add(kept + hanging(line.substring(kept.length()), kept.length(), width));
            }
        }
        return String.join("\n", lines);
    }

    /** Text that stands behind {@code indent} columns, further lines under its beginning. */
    static String hanging(String text, int indent, int width) {
        StringBuilder out = new StringBuilder();
        int at = indent;
        Matcher words = WORD.matcher(text);
        while (words.find()) {
            int word = Table.width(words.group());
            if (at > indent && at + 1 + word > width) {
                out.append('\n').repeat(" ", indent);
                at = indent;
            } else if (at > indent) {
                out.append(' ');
                at++;
            }
            out.append(words.group());
            at += word;
        }
        return out.toString();
    }
}

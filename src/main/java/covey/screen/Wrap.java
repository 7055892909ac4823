package covey.screen;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Breaks lines between words, where a terminal would break them anywhere. */
public final class Wrap {
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
            if (width(line) <= width || (kept.isEmpty() && line.startsWith(" "))) {
                lines.add(line);
            } else {
                lines.add(kept + hanging(line.substring(kept.length()), kept.length(), width));
            }
        }
        return String.join("\n", lines);
    }

    /** Text that stands behind {@code indent} columns, further lines under its beginning. */
    public static String hanging(String text, int indent, int width) {
        StringBuilder out = new StringBuilder();
        int at = indent;
        Matcher words = WORD.matcher(text);
        while (words.find()) {
            int word = width(words.group());
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

    /** Columns on a terminal, near enough: wide East Asian letters and emoji take two, marks none. */
    public static int width(String text) {
        int width = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            int type = Character.getType(c);
            if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK || type == Character.FORMAT) {
                continue;
            }
            boolean wide = c >= 0x1100
                    && (c <= 0x115f
                            || (c >= 0x2e80 && c <= 0xa4cf)
                            || (c >= 0xac00 && c <= 0xd7a3)
                            || (c >= 0xf900 && c <= 0xfaff)
                            || (c >= 0xff00 && c <= 0xff60)
                            || (c >= 0x1f300 && c <= 0x1faff)
                            || (c >= 0x20000 && c <= 0x3fffd));
            width += wide ? 2 : 1;
        }
        return width;
    }
}

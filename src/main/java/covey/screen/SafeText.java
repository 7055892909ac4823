package covey.screen;

/**
 * Makes text that others wrote harmless for a terminal: control characters become visible instead of acting (moving the
 * cursor, changing colours, renaming the window), and so do characters that reorder the line.
 */
public final class SafeText {
    /** Unicode has a picture for each of the first 32 control characters, in their order from here on. */
    private static final char CONTROL_PICTURES = '\u2400';

    private static final char DELETE = 0x7f;
    private static final char DELETE_PICTURE = '\u2421';

    private SafeText() {}

    /** For one line: line breaks become visible too. */
    public static String line(String text) {
        return clean(text, false);
    }

    /** For a text of several lines: keeps its line breaks and tabs. */
    public static String lines(String text) {
        return clean(text.replace("\r\n", "\n"), true);
    }

    /** JSON that means the same, with everything a terminal might obey written as an escape. */
    public static String json(String json) {
        StringBuilder out = new StringBuilder(json.length());
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c >= ' ' && isHarmless(c)) {
                out.append(c);
            } else if (c != '\n' && c != '\r') {
                out.append(String.format("\\u%04x", (int) c));
            }
        }
        return out.toString();
    }

    private static String clean(String text, boolean severalLines) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (severalLines && (c == '\n' || c == '\t')) {
                out.append(c);
            } else if (c < ' ') {
                out.append((char) (CONTROL_PICTURES + c));
            } else if (c == DELETE) {
                out.append(DELETE_PICTURE);
            } else if (isHarmless(c)) {
                out.append(c);
            } else {
                out.append(String.format("<U+%04X>", (int) c));
            }
        }
        return out.toString();
    }

    /** False for what a terminal may obey: C1 controls, marks of direction, separators of lines, lone surrogates. */
    private static boolean isHarmless(char c) {
        return !(c >= DELETE && c <= 0x9f)
                && !(c >= '\u202a' && c <= '\u202e')
                && !(c >= '\u2066' && c <= '\u2069')
                && c != '\u2028'
                && c != '\u2029'
                && c != '\ufeff';
    }
}

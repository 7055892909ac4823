package covey.search;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.Locale;

/**
 * Names as the search sees them: case and composition folded, every run of what is neither letter nor digit one space,
 * a space at both ends. So a word is found with spaces around it, and its beginning with one before it. Characters of
 * scripts that write no spaces are words of their own.
 */
final class NameText {
    private NameText() {}

    /** " annual report pdf " of "Annual_Report.pdf"; " " when there is nothing to look for. */
    static String spaced(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8).append(' ');
        if (isAscii(text)) {
            for (int i = 0; i < text.length(); i++) {
                append(out, Character.toLowerCase(text.charAt(i)));
            }
        } else {
            fold(text).codePoints().forEach(c -> append(out, c));
        }
        if (out.charAt(out.length() - 1) != ' ') {
            out.append(' ');
        }
        return out.toString();
    }

    /** Upper case first: that brings together what lower case alone keeps apart, as both sigmas. */
    private static String fold(String text) {
        String lower = text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return Normalizer.normalize(lower, Normalizer.Form.NFC);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 128) {
                return false;
            }
        }
        return true;
    }

    private static void append(StringBuilder out, int c) {
        boolean isSpaced = out.charAt(out.length() - 1) == ' ';
        if (c < 128 ? !isAsciiWord(c) : !isWord(c)) {
            if (!isSpaced) {
                out.append(' ');
            }
        } else if (c >= 0x0E00 && isUnspaced(c)) {
            if (!isSpaced) {
                out.append(' ');
            }
            out.appendCodePoint(c).append(' ');
        } else {
            out.appendCodePoint(c);
        }
    }

    private static boolean isAsciiWord(int c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    private static boolean isWord(int c) {
        int type = Character.getType(c);
        return Character.isLetterOrDigit(c)
                || type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK
                || type == Character.OTHER_SYMBOL;
    }

    private static boolean isUnspaced(int c) {
        UnicodeScript script = UnicodeScript.of(c);
        return script == UnicodeScript.HAN
                || script == UnicodeScript.HIRAGANA
                || script == UnicodeScript.KATAKANA
                || script == UnicodeScript.THAI;
    }

    /** The last name of a path. */
    static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** A name without its extension; a leading dot begins none. */
    static String stem(String name) {
        int dot = name.lastIndexOf('.');
        return dot <= 0 ? name : name.substring(0, dot);
    }

    /** In lower case; empty when there is none. */
    static String extension(String name) {
        int dot = name.lastIndexOf('.');
        return dot <= 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }
}

package covey.wire;

import covey.wire.proto.ErrorCode;
import java.text.Normalizer;
import java.util.Locale;

/** Names as people type them, brought to the one form in which they are stored, sent and compared. */
public final class Names {
    private Names() {}

    /** {@code "@Bob"} or {@code "bob"} to {@code "bob"}; throws {@link WireException} with a sentence. */
    public static String account(String typed) {
        String name = typed.strip();
        return word("account name", name.startsWith("@") ? name.substring(1) : name, Limits.ACCOUNT_NAME_CHARS_MAX);
    }

    /** {@code "#Lab"} to {@code "#lab"}. */
    public static String room(String typed) {
        String name = typed.strip();
        if (!name.startsWith("#")) {
            throw refused("room name", typed, "a '#' and then the name, as in #lab");
        }
        return "#" + word("room name", name.substring(1), Limits.ROOM_NAME_CHARS_MAX - 1);
    }

    /** What people call a device; any printable text. */
    public static String device(String typed) {
        String name = Normalizer.normalize(bounded("device name", typed), Normalizer.Form.NFC)
                .strip();
        boolean isPrintable = name.codePoints().noneMatch(Names::isUnprintable);
        if (name.isEmpty() || name.length() > Limits.DEVICE_NAME_CHARS_MAX || !isPrintable) {
            throw refused("device name", typed, "1 to " + Limits.DEVICE_NAME_CHARS_MAX + " printable characters");
        }
        return name;
    }

    private static String word(String what, String typed, int charsMax) {
        String name =
                Normalizer.normalize(bounded(what, typed), Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
        boolean fits = !name.isEmpty() && name.length() <= charsMax;
        if (!fits
                || !name.codePoints().allMatch(Names::isOfWord)
                || !Normalizer.isNormalized(name, Normalizer.Form.NFC)) {
            throw refused(what, typed, "1 to " + charsMax + " letters, digits, '.', '_' or '-'");
        }
        return name;
    }

    /** Normalizing costs more than reading: not for more than any name may have. */
    private static String bounded(String what, String typed) {
        if (typed.length() > 4 * Limits.DEVICE_NAME_CHARS_MAX) {
            throw refused(what, typed.substring(0, Limits.DEVICE_NAME_CHARS_MAX) + "...", "a shorter one");
        }
        return typed;
    }

    private static boolean isOfWord(int c) {
        return c == '.' || c == '_' || c == '-' || Character.isLetter(c) || Character.isDigit(c) || isMark(c);
    }

    /** Vowel signs and the like, without which many scripts cannot be written. */
    private static boolean isMark(int c) {
        int type = Character.getType(c);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
    }

    private static boolean isUnprintable(int c) {
        int type = Character.getType(c);
        return Character.isISOControl(c)
                || type == Character.FORMAT
                || type == Character.SURROGATE
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || type == Character.UNASSIGNED;
    }

    private static WireException refused(String what, String typed, String expected) {
        return new WireException(ErrorCode.BAD_REQUEST, what + ": '" + typed + "' (expected: " + expected + ")");
    }
}

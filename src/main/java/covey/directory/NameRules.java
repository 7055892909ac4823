package covey.directory;

import covey.wire.Limits;

/**
 * The part of the rules for names that never changes: which names the directory log may hold. It asks no Unicode table,
 * since those differ between Java versions and two hubs must agree; the edge applies the finer rules (see {@code
 * wire}).
 */
public final class NameRules {
    private static final String RESERVED = "@#!/\\:;,\"'`<>|*?%&()[]{}=+$^~";

    private NameRules() {}

    static boolean isAccount(String name) {
        return !name.isEmpty()
                && name.length() <= Limits.ACCOUNT_NAME_CHARS_MAX
                && name.chars().allMatch(NameRules::isPlain);
    }

    /** With its '#'. */
    public static boolean isRoom(String name) {
        return name.length() >= 2
                && name.length() <= Limits.ROOM_NAME_CHARS_MAX
                && name.charAt(0) == '#'
                && name.chars().skip(1).allMatch(NameRules::isPlain);
    }

    static boolean isDevice(String name) {
        return name.length() <= Limits.DEVICE_NAME_CHARS_MAX && name.chars().allMatch(c -> c >= ' ' && c != 0x7f);
    }

    private static boolean isPlain(int c) {
        return c > ' ' && c != 0x7f && RESERVED.indexOf(c) < 0 && !(c >= 'A' && c <= 'Z');
    }
}

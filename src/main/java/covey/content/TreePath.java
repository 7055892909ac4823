package covey.content;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Names from a tree's top down; never a path in one string. Empty for the content that is one file. Names are kept as
 * they are (composed or decomposed) and refused when they could lead elsewhere or could not be shown: empty, '.', '..',
 * with '/', '\' or a control character, not Unicode, too long.
 *
 * <p>Ordered name by name, by their UTF-8 bytes.
 */
public record TreePath(List<String> names) implements Comparable<TreePath> {
    public static final TreePath TOP = new TreePath(List.of());

    /** Throws {@link ContentException} (REFUSED or LIMIT). */
    public TreePath {
        names = List.copyOf(names);
        if (names.size() > ContentLimits.PATH_NAMES_MAX) {
            throw ContentException.limit("A path is " + names.size() + " names deep (at most "
                    + ContentLimits.PATH_NAMES_MAX + "): " + shown(names.getFirst()) + "/...");
        }
        int bytes = 0;
        for (String name : names) {
            bytes += 1 + check(name);
        }
        if (bytes > ContentLimits.PATH_BYTES_MAX) {
            throw ContentException.limit("A path has " + bytes + " bytes (at most " + ContentLimits.PATH_BYTES_MAX
                    + "): " + shown(names.getFirst()) + "/...");
        }
    }

    public static TreePath of(String... names) {
        return new TreePath(List.of(names));
    }

    public TreePath child(String name) {
        return new TreePath(java.util.stream.Stream.concat(names.stream(), java.util.stream.Stream.of(name))
                .toList());
    }

    /** The path that holds this one; the top's is the top. */
    public TreePath parent() {
        return names.isEmpty() ? this : new TreePath(names.subList(0, names.size() - 1));
    }

    /** True when {@code other} is this path or within it. */
    boolean holds(TreePath other) {
        return other.names.size() >= names.size()
                && other.names.subList(0, names.size()).equals(names);
    }

    private static int check(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > ContentLimits.NAME_BYTES_MAX) {
            throw ContentException.limit("The name " + shown(name) + " has " + bytes.length + " bytes (at most "
                    + ContentLimits.NAME_BYTES_MAX + "); give it a shorter one.");
        }
        boolean isWay = name.isEmpty() || name.equals(".") || name.equals("..");
        if (isWay || name.chars().anyMatch(TreePath::isForbidden)) {
            throw refused(name, "a name without '/', '\\' and control characters, and not '.' or '..'");
        }
        if (!new String(bytes, StandardCharsets.UTF_8).equals(name)) {
            throw refused(name, "Unicode");
        }
        return bytes.length;
    }

    private static ContentException refused(String name, String expected) {
        return ContentException.refused("The name " + shown(name) + " is refused (expected: " + expected + ").");
    }

    private static boolean isForbidden(int c) {
        return c == '/' || c == '\\' || Character.isISOControl(c);
    }

    /** Quoted, short and without what could steer a terminal. */
    private static String shown(String name) {
        String start = name.length() > 40 ? name.substring(0, 40) + "..." : name;
        return "'" + start.replaceAll("\\p{Cntrl}", "?") + "'";
    }

    @Override
    public int compareTo(TreePath other) {
        int common = Math.min(names.size(), other.names.size());
        for (int i = 0; i < common; i++) {
            int order = compare(names.get(i), other.names.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(names.size(), other.names.size());
    }

    private static int compare(String a, String b) {
        return Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }

    /** For people: joined by '/'. */
    @Override
    public String toString() {
        return String.join("/", names);
    }
}

package covey.web;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON value as commands read it from the local API. Written by hand for one reason: loading the library costs a
 * short command 25 ms of its 200, and all that is read here comes from Covey's own process.
 *
 * <p>What is missing reads as empty: "", 0, false, no elements.
 */
public final class Json {
    private static final Json NOTHING = new Json(Kind.NOTHING, "", List.of(), Map.of());

    private enum Kind {
        NOTHING,
        TEXT,
        NUMBER,
        TRUE,
        FALSE,
        LIST,
        OBJECT
    }

    private final Kind kind;
    private final String scalar;
    private final List<Json> items;
    private final Map<String, Json> members;

    private Json(Kind kind, String scalar, List<Json> items, Map<String, Json> members) {
        this.kind = kind;
        this.scalar = scalar;
        this.items = items;
        this.members = members;
    }

    /** Throws {@link IllegalArgumentException} with the place of what is wrong. */
    public static Json parse(String text) {
        return new Parser(text).document();
    }

    /** An object of names and values: texts, numbers, booleans, lists of texts and maps of texts. */
    public static String object(Object... namesAndValues) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            members.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        StringBuilder out = new StringBuilder();
        write(out, members);
        return out.toString();
    }

    /** This object with the other's members, which win. */
    public Json with(Json other) {
        Map<String, Json> all = new LinkedHashMap<>(members);
        all.putAll(other.members);
        return new Json(Kind.OBJECT, "", List.of(), all);
    }

    public Json at(String name) {
        return members.getOrDefault(name, NOTHING);
    }

    public String text(String name) {
        return at(name).text();
    }

    public long number(String name) {
        return at(name).number();
    }

    public boolean flag(String name) {
        return at(name).kind == Kind.TRUE;
    }

    public List<Json> list(String name) {
        return at(name).items;
    }

    public List<Json> items() {
        return items;
    }

    public boolean has(String name) {
        return at(name).kind != Kind.NOTHING;
    }

    public String text() {
        return scalar;
    }

    public long number() {
        if (kind != Kind.NUMBER) {
            return 0;
        }
        try {
            return Long.parseLong(scalar);
        } catch (NumberFormatException e) {
            return (long) Double.parseDouble(scalar);
        }
    }

    /** Members as "name=text name=text". */
    public String pairs() {
        return String.join(
                " ",
                members.entrySet().stream()
                        .map(member -> member.getKey() + "=" + member.getValue().text())
                        .toList());
    }

    private static void write(StringBuilder out, Object value) {
        // No switch over types: its first use costs a short command several milliseconds.
        if (value instanceof String text) {
            quote(out, text);
        } else if (value instanceof List<?> list) {
            char before = '[';
            for (Object item : list) {
                write(out.append(before), item);
                before = ',';
            }
            out.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof Map<?, ?> map) {
            char before = '{';
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                quote(out.append(before), String.valueOf(entry.getKey()));
                write(out.append(':'), entry.getValue());
                before = ',';
            }
            out.append(map.isEmpty() ? "{}" : "}");
        } else {
            out.append(value);
        }
    }

    private static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    /** Recursive descent over the whole text; bounded in depth so that no input overflows the stack. */
    private static final class Parser {
        private static final int DEPTH_MAX = 64;

        private final String text;
        private int at;
        private int depth;

        Parser(String text) {
            this.text = text;
        }

        Json document() {
            Json value = value();
            skipSpace();
            if (at < text.length()) {
                throw wrong("the end");
            }
            return value;
        }

        private Json value() {
            skipSpace();
            char c = peek();
            return switch (c) {
                case '{' -> object();
                case '[' -> list();
                case '"' -> new Json(Kind.TEXT, string(), List.of(), Map.of());
                case 't' -> word("true", Kind.TRUE);
                case 'f' -> word("false", Kind.FALSE);
                case 'n' -> word("null", Kind.NOTHING);
                default -> number();
            };
        }

        private Json object() {
            Map<String, Json> members = new LinkedHashMap<>();
            enter();
            if (!closes('}')) {
                do {
                    skipSpace();
                    String name = string();
                    skipSpace();
                    expect(':');
                    members.put(name, value());
                } while (continues('}'));
            }
            depth--;
            return new Json(Kind.OBJECT, "", List.of(), members);
        }

        private Json list() {
            List<Json> items = new ArrayList<>();
            enter();
            if (!closes(']')) {
                do {
                    items.add(value());
                } while (continues(']'));
            }
            depth--;
            return new Json(Kind.LIST, "", items, Map.of());
        }

        private void enter() {
            at++;
            if (++depth > DEPTH_MAX) {
                throw wrong("at most " + DEPTH_MAX + " levels");
            }
        }

        private boolean closes(char end) {
            skipSpace();
            if (peek() != end) {
                return false;
            }
            at++;
            return true;
        }

        private boolean continues(char end) {
            skipSpace();
            char c = peek();
            if (c != ',' && c != end) {
                throw wrong("',' or '" + end + "'");
            }
            at++;
            return c == ',';
        }

        private String string() {
            expect('"');
            StringBuilder out = new StringBuilder();
            while (true) {
                char c = peek();
                at++;
                if (c == '"') {
                    return out.toString();
                }
                out.append(c == '\\' ? escaped() : c);
            }
        }

        private char escaped() {
            char c = peek();
            at++;
            return switch (c) {
                case 'n' -> '\n';
                case 't' -> '\t';
                case 'r' -> '\r';
                case 'b' -> '\b';
                case 'f' -> '\f';
                case 'u' -> {
                    if (at + 4 > text.length()) {
                        throw wrong("four hexadecimal digits");
                    }
                    at += 4;
                    try {
                        yield (char) Integer.parseInt(text, at - 4, at, 16);
                    } catch (NumberFormatException e) {
                        throw wrong("four hexadecimal digits");
                    }
                }
                case '"', '\\', '/' -> c;
                default -> throw wrong("an escape");
            };
        }

        private Json number() {
            int start = at;
            while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
            String digits = text.substring(start, at);
            try {
                double value = Double.parseDouble(digits);
                assert !Double.isNaN(value);
            } catch (NumberFormatException e) {
                throw wrong("a value");
            }
            return new Json(Kind.NUMBER, digits, List.of(), Map.of());
        }

        private Json word(String word, Kind kind) {
            if (!text.startsWith(word, at)) {
                throw wrong(word);
            }
            at += word.length();
            return kind == Kind.NOTHING ? NOTHING : new Json(kind, word, List.of(), Map.of());
        }

        private void expect(char c) {
            if (peek() != c) {
                throw wrong("'" + c + "'");
            }
            at++;
        }

        private char peek() {
            if (at >= text.length()) {
                throw wrong("more");
            }
            return text.charAt(at);
        }

        private void skipSpace() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private IllegalArgumentException wrong(String expected) {
            return new IllegalArgumentException("JSON: at character " + at + " (expected: " + expected + ")");
        }
    }
}

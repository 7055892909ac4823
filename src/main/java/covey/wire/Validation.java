package covey.wire;

import com.google.protobuf.ByteString;
import covey.wire.proto.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * What fields must hold before anybody looks at them. Messages are checked once, at the edge, by the rules of their
 * schema file ({@link SessionRules}, {@link DirectoryRules}, {@link CommandRules}, {@link TalkRules}), called by {@link
 * Messages}.
 */
final class Validation {
    private Validation() {}

    static void exactly(String field, ByteString value, int bytes) {
        if (value.size() != bytes) {
            throw refused(field, value.size() + " bytes", Integer.toString(bytes));
        }
    }

    /** For what may be absent. */
    static void emptyOr(String field, ByteString value, int bytes) {
        if (!value.isEmpty()) {
            exactly(field, value, bytes);
        }
    }

    static void between(String field, ByteString value, int bytesMin, int bytesMax) {
        if (value.size() < bytesMin || value.size() > bytesMax) {
            throw refused(field, value.size() + " bytes", bytesMin + " to " + bytesMax);
        }
    }

    static void atMost(String field, String text, int bytesMax) {
        // Most texts are far from their limit: no encoding just to count.
        if (text.length() > bytesMax
                || (text.length() > bytesMax / 3 && text.getBytes(StandardCharsets.UTF_8).length > bytesMax)) {
            throw refused(field, text.length() + " characters", "at most " + bytesMax + " bytes");
        }
    }

    static void count(String field, int count, int max) {
        if (count > max) {
            throw refused(field, count + " of them", "at most " + max);
        }
    }

    /** Unsigned, as the schema says. */
    static void positive(String field, long value) {
        if (value == 0) {
            throw refused(field, "0", ">= 1");
        }
    }

    static void time(String field, long millis) {
        if (millis < 0) {
            throw refused(field, Long.toString(millis), "milliseconds since 1970");
        }
    }

    /** A name in a request: it must come in the one form in which names are stored, or two could look the same. */
    static void canonical(String field, String name, UnaryOperator<String> canonicalForm) {
        if (!canonicalForm.apply(name).equals(name)) {
            throw refused(field, "'" + name + "'", "'" + canonicalForm.apply(name) + "'");
        }
    }

    static void account(String field, String name) {
        canonical(field, name, Names::account);
    }

    /** A name in an answer: the hub knows what it let in, and its Unicode tables may be newer than ours. */
    static void told(String field, String name, int charsMax) {
        if (name.length() > charsMax) {
            throw refused(field, name.length() + " characters", "at most " + charsMax);
        }
    }

    static WireException refused(String field, String value, String expected) {
        return new WireException(ErrorCode.BAD_REQUEST, field + ": " + value + " (expected: " + expected + ")");
    }
}

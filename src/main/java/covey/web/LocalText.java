package covey.web;

import covey.wire.proto.ErrorCode;
import java.util.Optional;

/**
 * The outermost layer of answers on the local socket, written and read in one fixed form, so that commands need no JSON
 * parser just to tell an event from a result.
 */
final class LocalText {
    private static final String EVENT = "{\"event\":";
    private static final String RESULT = "{\"result\":";
    private static final String ERROR = "{\"error\":{\"kind\":\"";
    private static final String MESSAGE = "\",\"message\":\"";
    private static final String ERROR_END = "\"}}";

    private LocalText() {}

    static String event(String json) {
        return EVENT + json + "}";
    }

    static String result(String json) {
        return RESULT + json + "}";
    }

    static String error(ErrorCode code, String message) {
        return ERROR + code.name() + MESSAGE + escaped(message) + ERROR_END;
    }

    static Optional<String> readEvent(String text) {
        return inner(text, EVENT);
    }

    static Optional<String> readResult(String text) {
        return inner(text, RESULT);
    }

    /** Any text that is neither event nor result; one that is no error either is told as such. */
    static LocalClient.RefusedException readError(String text) {
        int message = text.indexOf(MESSAGE);
        if (!text.startsWith(ERROR) || !text.endsWith(ERROR_END) || message < 0) {
            return new LocalClient.RefusedException(
                    ErrorCode.INTERNAL,
                    "the running process gave an answer that is not understood; is it of another version?");
        }
        return new LocalClient.RefusedException(
                code(text.substring(ERROR.length(), message)),
                unescaped(text.substring(message + MESSAGE.length(), text.length() - ERROR_END.length())));
    }

    private static Optional<String> inner(String text, String prefix) {
        return text.startsWith(prefix) && text.endsWith("}")
                ? Optional.of(text.substring(prefix.length(), text.length() - 1))
                : Optional.empty();
    }

    private static ErrorCode code(String name) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return ErrorCode.INTERNAL;
    }

    private static String escaped(String plain) {
        StringBuilder text = new StringBuilder(plain.length() + 16);
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ') {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    /** Undoes {@link #escaped}. */
    private static String unescaped(String json) {
        StringBuilder text = new StringBuilder(json.length());
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c != '\\' || i + 1 == json.length()) {
                text.append(c);
            } else if (json.charAt(i + 1) == 'u' && i + 5 < json.length()) {
                text.append((char) Integer.parseInt(json, i + 2, i + 6, 16));
                i += 5;
            } else {
                text.append(json.charAt(++i));
            }
        }
        return text.toString();
    }
}

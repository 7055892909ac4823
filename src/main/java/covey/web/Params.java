package covey.web;

import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Parameters of one local request, checked as they are taken; a wrong one is refused with a sentence. */
final class Params {
    /** A page of text and its name; longer values are no parameters. */
    static final int TEXT_CHARS_MAX = 64 * 1024;

    private static final int NAMES_MAX = 100;

    private final String method;
    private final JsonNode values;

    Params(String method, JsonNode values, Set<String> known) {
        this.method = method;
        this.values = values;
        Set<String> unknown = new TreeSet<>(values.propertyNames());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw refused(
                    "unknown parameter '" + unknown.iterator().next() + "' (expected: " + new TreeSet<>(known) + ")");
        }
    }

    /** A text that must be there and not be empty. */
    String text(String name) {
        return optional(name).orElseThrow(() -> refused("parameter '" + name + "' is missing"));
    }

    /** A text that may be absent; empty counts as absent. */
    Optional<String> optional(String name) {
        JsonNode value = values.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isString()) {
            throw refused("parameter '" + name + "' is not a text");
        }
        String text = value.asString();
        if (text.length() > TEXT_CHARS_MAX) {
            throw new WireException(
                    ErrorCode.OVER_LIMIT,
                    method + ": '" + name + "' has " + text.length() + " characters (expected: <= " + TEXT_CHARS_MAX
                            + ")");
        }
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    long number(String name, long min, long max, long absent) {
        JsonNode value = values.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw refused("parameter '" + name + "' is not a whole number");
        }
        long number = value.asLong();
        if (number < min || number > max) {
            throw refused("parameter '" + name + "' is " + number + " (expected: " + min + " to " + max + ")");
        }
        return number;
    }

    boolean flag(String name) {
        JsonNode value = values.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw refused("parameter '" + name + "' is not true or false");
        }
        return value.asBoolean();
    }

    /** A list of short texts; absent = empty. */
    List<String> names(String name) {
        JsonNode value = values.path(name);
        List<String> names = new ArrayList<>();
        if (value.isMissingNode() || value.isNull()) {
            return names;
        }
        if (!value.isArray() || value.size() > NAMES_MAX) {
            throw refused("parameter '" + name + "' is not a list of at most " + NAMES_MAX + " texts");
        }
        value.forEach(element -> names.add(element.asString("")));
        return names;
    }

    /** Names and texts; absent = empty. */
    Map<String, String> texts(String name, int max) {
        JsonNode value = values.path(name);
        Map<String, String> texts = new TreeMap<>();
        if (value.isMissingNode() || value.isNull()) {
            return texts;
        }
        if (!value.isObject() || value.size() > max) {
            throw refused("parameter '" + name + "' is not an object of at most " + max + " texts");
        }
        value.properties().forEach(entry -> {
            if (!entry.getValue().isString() || entry.getValue().asString().length() > TEXT_CHARS_MAX) {
                throw refused("parameter '" + name + "." + entry.getKey() + "' is not a text");
            }
            texts.put(entry.getKey(), entry.getValue().asString());
        });
        return texts;
    }

    WireException refused(String sentence) {
        return new WireException(ErrorCode.BAD_REQUEST, method + ": " + sentence);
    }
}

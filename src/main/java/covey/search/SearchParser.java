package covey.search;

import covey.search.SearchText.Kind;
import covey.search.SearchText.Word;
import covey.wire.Names;
import covey.wire.WireException;
import covey.wire.proto.BadQueryKind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the query language: {@code words "a phrase" begin* size:>10M type:pdf from:@NAME in:#room}. One text, once.
 */
final class SearchParser {
    /** Nobody types more; a name has 255 bytes. */
    static final int CHARS_MAX = 256;

    /** Each costs a list of postings. */
    static final int WORDS_MAX = 12;

    private static final Pattern FIELD = Pattern.compile("([A-Za-z]+):(.*)", Pattern.DOTALL);
    private static final String NUMBER = "([0-9]{1,15}(?:\\.[0-9]{1,6})?)([KMGT]?)(?:I?B)?";
    private static final Pattern BOUND = Pattern.compile("(>=|<=|>|<|=)?" + NUMBER);
    private static final Pattern RANGE = Pattern.compile(NUMBER + "\\.\\." + NUMBER);
    private static final Pattern TYPE = Pattern.compile("\\.?([\\p{L}\\p{N}_-]{1,16})");

    private final int[] text;
    private int at;
    private final List<Word> words = new ArrayList<>();
    private final List<String> types = new ArrayList<>();
    private long sizeMin;
    private long sizeMax = Long.MAX_VALUE;
    private Optional<String> from = Optional.empty();
    private Optional<String> room = Optional.empty();

    private SearchParser(String text) {
        this.text = text.codePoints().toArray();
    }

    /** Throws {@link BadQueryException}. */
    static SearchText parse(String text) {
        return new SearchParser(text).parse();
    }

    private SearchText parse() {
        if (text.length > CHARS_MAX) {
            throw bad(BadQueryKind.TOO_LONG, CHARS_MAX, "a search has at most " + CHARS_MAX + " characters");
        }
        while (skipSpaces()) {
            if (text[at] == '"') {
                phrase();
            } else {
                token();
            }
            if (words.size() > WORDS_MAX) {
                throw bad(BadQueryKind.TOO_LONG, at, "a search has at most " + WORDS_MAX + " words");
            }
        }
        SearchText found = new SearchText(words, types, sizeMin, sizeMax, from, room);
        boolean isAnything =
                !words.isEmpty() || !types.isEmpty() || found.hasSize() || from.isPresent() || room.isPresent();
        if (!isAnything) {
            throw bad(BadQueryKind.NOTHING_ASKED, 0, "there is nothing to look for: give a word of the name");
        }
        return found;
    }

    private boolean skipSpaces() {
        while (at < text.length && Character.isWhitespace(text[at])) {
            at++;
        }
        return at < text.length;
    }

    private void phrase() {
        int start = at++;
        int from = at;
        while (at < text.length && text[at] != '"') {
            at++;
        }
        if (at == text.length) {
            throw bad(BadQueryKind.UNCLOSED_QUOTE, start, "the quote that begins here is not closed");
        }
        add(Kind.PHRASE, new String(text, from, at++ - from));
    }

    private void token() {
        int start = at;
        while (at < text.length && !Character.isWhitespace(text[at])) {
            at++;
        }
        String token = new String(text, start, at - start);
        Matcher field = FIELD.matcher(token);
        if (field.matches()) {
            field(start, field.group(1).toLowerCase(Locale.ROOT), field.group(2));
            return;
        }
        boolean isPrefix = token.endsWith("*") && !token.startsWith("*");
        add(isPrefix ? Kind.PREFIX : Kind.ANYWHERE, token);
    }

    /** What is only punctuation asks for nothing. */
    private void add(Kind kind, String word) {
        String spaced = NameText.spaced(word).strip();
        if (!spaced.isEmpty()) {
            words.add(new Word(kind, spaced));
        }
    }

    private void field(int start, String field, String value) {
        int valueAt = start + field.length() + 1;
        switch (field) {
            case "size" -> size(valueAt, value.toUpperCase(Locale.ROOT));
            case "type" -> type(valueAt, value);
            case "from" -> from = Optional.of(name(valueAt, value, '@', "from:@NAME", Names::account));
            case "in" -> room = Optional.of(name(valueAt, value, '#', "in:#ROOM", text -> Names.room("#" + text)));
            default ->
                throw bad(
                        BadQueryKind.UNKNOWN_FIELD,
                        start,
                        "there is no '" + field + ":' (there are size:, type:, from: and in:); to look for it as text,"
                                + " put it into quotes");
        }
    }

    private void size(int position, String value) {
        Matcher range = RANGE.matcher(value);
        Matcher bound = BOUND.matcher(value);
        if (range.matches()) {
            sizeMin = bytes(range.group(1), range.group(2));
            sizeMax = bytes(range.group(3), range.group(4));
        } else if (bound.matches()) {
            long bytes = bytes(bound.group(2), bound.group(3));
            switch (bound.group(1) == null ? "=" : bound.group(1)) {
                case ">" -> sizeMin = bytes + 1;
                case ">=" -> sizeMin = bytes;
                case "<" -> sizeMax = bytes - 1;
                case "<=" -> sizeMax = bytes;
                default -> {
                    sizeMin = bytes;
                    sizeMax = bytes;
                }
            }
        } else {
            throw bad(
                    BadQueryKind.BAD_SIZE,
                    position,
                    "a size is a number with K, M, G or T (of 1,024), as in size:>10M, size:<=1.5G or size:1M..5M");
        }
    }

    private static long bytes(String number, String unit) {
        int shift = unit.isEmpty() ? 0 : 10 * (1 + "KMGT".indexOf(unit));
        BigDecimal bytes = new BigDecimal(number).multiply(BigDecimal.valueOf(1L << shift));
        return bytes.min(BigDecimal.valueOf(Long.MAX_VALUE / 2)).longValue();
    }

    private void type(int position, String value) {
        for (String one : value.split(",", -1)) {
            Matcher type = TYPE.matcher(one);
            if (!type.matches()) {
                throw bad(
                        BadQueryKind.BAD_TYPE,
                        position,
                        "a type is an extension or one of " + String.join(", ", FileTypes.families())
                                + ", as in type:pdf or type:image");
            }
            types.add(type.group(1).toLowerCase(Locale.ROOT));
        }
    }

    private static String name(int position, String value, char mark, String usage, UnaryOperator<String> canonical) {
        String bare = !value.isEmpty() && value.charAt(0) == mark ? value.substring(1) : value;
        try {
            return canonical.apply(bare);
        } catch (WireException e) {
            throw bad(BadQueryKind.BAD_NAME, position, usage + " is meant: " + e.getMessage());
        }
    }

    private static BadQueryException bad(BadQueryKind kind, int position, String sentence) {
        return new BadQueryException(kind, position, sentence + " (character " + (position + 1) + ").");
    }
}

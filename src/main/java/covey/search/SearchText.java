package covey.search;

import java.util.List;
import java.util.Optional;

/**
 * What is looked for.
 *
 * @param words all of them must be there
 * @param types each an extension or a family of them; one of them must fit; empty = any
 * @param sizeMin in bytes, and {@code sizeMax}: both are within
 * @param from name of an account
 * @param room name of a room, with the '#'
 */
record SearchText(
        List<Word> words,
        List<String> types,
        long sizeMin,
        long sizeMax,
        Optional<String> from,
        Optional<String> room) {
    SearchText {
        words = List.copyOf(words);
        types = List.copyOf(types);
    }

    enum Kind {
        /** Anywhere; of one or two letters, where a word begins. */
        ANYWHERE,
        PREFIX,
        /** Whole words one after the other. */
        PHRASE
    }

    /** @param text as {@link NameText#spaced} makes it, without the spaces at its ends */
    record Word(Kind kind, String text) {
        /** What the spaced text of a name must contain. */
        String needle() {
            return switch (kind) {
                case ANYWHERE -> text.codePointCount(0, text.length()) < 3 ? " " + text : text;
                case PREFIX -> " " + text;
                case PHRASE -> " " + text + " ";
            };
        }
    }

    boolean hasSize() {
        return sizeMin > 0 || sizeMax < Long.MAX_VALUE;
    }

    /** All that is looked for in names, as a name would be spaced. */
    String spaced() {
        StringBuilder all = new StringBuilder(" ");
        words.forEach(word -> all.append(word.text()).append(' '));
        return all.toString();
    }
}

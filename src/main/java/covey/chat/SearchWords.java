package covey.chat;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a text must contain to be found: every word, in any order; what stands in double quotes as one. Case and the way
 * accents are composed do not matter.
 */
record SearchWords(List<String> words) {
    private static final Pattern WORD = Pattern.compile("\"([^\"]+)\"|([^\\s\"]+)");

    static SearchWords of(String search) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(search);
        while (matcher.find()) {
            String word = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
            words.add(folded(word));
        }
        return new SearchWords(List.copyOf(words));
    }

    boolean isIn(String text) {
        if (words.isEmpty()) {
            return true;
        }
        String folded = folded(text);
        return words.stream().allMatch(folded::contains);
    }

    private static String folded(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
    }
}

package covey.search;

import covey.search.SearchText.Word;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import org.apache.lucene.document.LongField;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;

/**
 * What is looked for, in Lucene's terms. Names with all the words come in any order of relevance that whole names and
 * whole words give; the finer ranking is made of the best of them.
 */
final class SearchQuery {
    /** More than all words together. */
    private static final float EXACT_NAME = 1_024;

    private static final float WORD = 4;

    private SearchQuery() {}

    /**
     * Who asks.
     *
     * @param account its index in the directory
     * @param rooms ids of those it is in
     * @param from index of the account whose shares are wanted; negative = of any
     * @param inRoom id of the room whose shares are wanted; empty = of any
     * @param disabled indexes of the accounts whose shares nobody sees now
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Scope(long account, List<byte[]> rooms, long from, byte[] inRoom, List<Long> disabled) {
        Scope {
            rooms = List.copyOf(rooms);
            disabled = List.copyOf(disabled);
        }
    }

    static Query of(SearchText text, Scope scope) {
        BooleanQuery.Builder query = new BooleanQuery.Builder();
        boolean isFiltered = false;
        for (Word word : text.words()) {
            query.add(needle(word.needle()), Occur.FILTER);
            query.add(bonus(key(IndexedName.word(word.text())), WORD), Occur.SHOULD);
            isFiltered = true;
        }
        if (!text.words().isEmpty()) {
            query.add(bonus(key(IndexedName.name(text.spaced())), EXACT_NAME), Occur.SHOULD);
        }
        if (!text.types().isEmpty()) {
            BooleanQuery.Builder types = new BooleanQuery.Builder();
            text.types().stream()
                    .flatMap(type -> FileTypes.extensions(type).stream())
                    .distinct()
                    .forEach(extension -> types.add(key(IndexedName.type(extension)), Occur.SHOULD));
            query.add(types.build(), Occur.FILTER);
            isFiltered = true;
        }
        if (text.hasSize()) {
            query.add(LongField.newRangeQuery(IndexedName.SIZE, text.sizeMin(), text.sizeMax()), Occur.FILTER);
            isFiltered = true;
        }
        if (scope.from() >= 0) {
            query.add(key(IndexedName.owner(scope.from())), Occur.FILTER);
            isFiltered = true;
        }
        if (scope.inRoom().length > 0) {
            query.add(key(IndexedName.room(scope.inRoom())), Occur.FILTER);
            isFiltered = true;
        }
        if (!isFiltered) {
            query.add(MatchAllDocsQuery.INSTANCE, Occur.FILTER);
        }
        query.add(hidden(scope), Occur.MUST_NOT);
        if (!scope.disabled().isEmpty()) {
            query.add(owners(scope.disabled()), Occur.MUST_NOT);
        }
        return query.build();
    }

    /** As {@link IndexedName#rank}, where a score tells it: it is the sum of what is found as a whole. */
    static OptionalInt rank(SearchText text, float score) {
        if (text.words().isEmpty() || score >= EXACT_NAME) {
            return OptionalInt.of(3);
        }
        return score >= WORD * text.words().size() ? OptionalInt.of(2) : OptionalInt.empty();
    }

    /** Most names are for all: it is cheaper to name what is not. */
    private static Query hidden(Scope scope) {
        BooleanQuery.Builder hidden = new BooleanQuery.Builder();
        hidden.add(key(IndexedName.RESTRICTED), Occur.FILTER);
        hidden.add(key(IndexedName.owner(scope.account())), Occur.MUST_NOT);
        hidden.add(key(IndexedName.account(scope.account())), Occur.MUST_NOT);
        scope.rooms().forEach(room -> hidden.add(key(IndexedName.room(room)), Occur.MUST_NOT));
        return hidden.build();
    }

    private static Query owners(List<Long> accounts) {
        List<BytesRef> keys = accounts.stream()
                .map(account -> new BytesRef(IndexedName.owner(account)))
                .toList();
        return new TermInSetQuery(IndexedName.KEYS, keys);
    }

    private static Query key(String key) {
        return new TermQuery(new Term(IndexedName.KEYS, new BytesRef(key)));
    }

    private static Query bonus(Query query, float score) {
        return new BoostQuery(new ConstantScoreQuery(query), score);
    }

    /** Exactly these characters one after the other: every third gram with its place, and the last. */
    private static Query needle(String needle) {
        byte[] utf8 = needle.getBytes(StandardCharsets.UTF_8);
        int[] offsets = IndexedName.offsets(utf8);
        int grams = offsets.length - 3;
        if (grams <= 0) {
            return key(IndexedName.initial(needle.codePointAt(1)));
        }
        if (grams == 1) {
            return new ConstantScoreQuery(new TermQuery(gram(utf8, offsets, 0)));
        }
        PhraseQuery.Builder phrase = new PhraseQuery.Builder();
        for (int at = 0; at < grams - 1; at += 3) {
            phrase.add(gram(utf8, offsets, at), at);
        }
        phrase.add(gram(utf8, offsets, grams - 1), grams - 1);
        return phrase.build();
    }

    private static Term gram(byte[] utf8, int[] offsets, int at) {
        return new Term(IndexedName.GRAMS, new BytesRef(utf8, offsets[at], offsets[at + 3] - offsets[at]));
    }
}

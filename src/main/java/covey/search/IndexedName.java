package covey.search;

import covey.catalog.Audience;
import covey.catalog.ShareRecord;
import covey.catalog.Tables;
import covey.search.SearchText.Word;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.BytesTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.util.BytesRef;

/**
 * A share as Lucene keeps it: every three characters of its spaced path with their positions, so that any part of it is
 * found exactly; and keys for everything that is found as a whole.
 */
final class IndexedName {
    static final String GRAMS = "g";
    static final String KEYS = "k";
    static final String SIZE = "s";
    static final String MODIFIED = "m";
    static final String CONTENT = "c";
    static final String SHARE_KEY = "p";

    private static final FieldType KEY_TYPE = new FieldType();
    private static final FieldType GRAM_TYPE = new FieldType(TextField.TYPE_NOT_STORED);

    static {
        KEY_TYPE.setIndexOptions(IndexOptions.DOCS);
        KEY_TYPE.setOmitNorms(true);
        KEY_TYPE.freeze();
        GRAM_TYPE.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS);
        GRAM_TYPE.setOmitNorms(true);
        GRAM_TYPE.freeze();
    }

    private IndexedName() {}

    // What stands as a whole: one letter says what it is.

    static String word(String word) {
        return "w" + word;
    }

    static String initial(int letter) {
        return "^" + Character.toString(letter);
    }

    static String name(String spaced) {
        return "=" + spaced;
    }

    static String type(String extension) {
        return "x" + extension;
    }

    static String owner(long accountIndex) {
        return "o" + accountIndex;
    }

    static String audience(Audience audience) {
        return switch (audience.kind()) {
            case ALL -> "";
            case ROOM -> room(audience.id());
            case ACCOUNT -> account(audience.accountIndex());
        };
    }

    static String room(byte[] room) {
        return "r" + new String(room, StandardCharsets.ISO_8859_1);
    }

    static String account(long accountIndex) {
        return "a" + accountIndex;
    }

    /** Of everything that is not for all. */
    static final String RESTRICTED = "!";

    /** Tells documents apart. */
    static BytesRef id(byte[] shareKey) {
        byte[] id = shareKey.clone();
        id[0] = '#';
        return new BytesRef(id);
    }

    static Document document(byte[] shareKey, ShareRecord record, long ownerIndex) {
        String path = new String(Tables.pathOf(shareKey), StandardCharsets.UTF_8);
        String name = NameText.name(path);
        String spaced = NameText.spaced(path);
        Set<BytesRef> keys = new LinkedHashSet<>();
        for (String word : spaced.strip().split(" ")) {
            if (!word.isEmpty()) {
                keys.add(new BytesRef(word(word)));
                keys.add(new BytesRef(initial(word.codePointAt(0))));
            }
        }
        keys.add(new BytesRef(name(NameText.spaced(name))));
        keys.add(new BytesRef(name(NameText.spaced(NameText.stem(name)))));
        keys.add(new BytesRef(type(record.isFolder() ? FileTypes.FOLDER : NameText.extension(name))));
        keys.add(new BytesRef(owner(ownerIndex)));
        if (record.audience().kind() != Audience.Kind.ALL) {
            keys.add(new BytesRef(RESTRICTED));
            keys.add(new BytesRef(audience(record.audience())));
        }
        keys.add(id(shareKey));
        Document document = new Document();
        document.add(new Field(GRAMS, new Grams(spaced), GRAM_TYPE));
        document.add(new Field(KEYS, new Terms(keys.toArray(BytesRef[]::new)), KEY_TYPE));
        document.add(new LongField(SIZE, record.size(), Field.Store.NO));
        document.add(new NumericDocValuesField(MODIFIED, record.modifiedMillis()));
        document.add(new NumericDocValuesField(CONTENT, contentMark(record.content())));
        document.add(new BinaryDocValuesField(SHARE_KEY, new BytesRef(shareKey)));
        return document;
    }

    static long contentMark(byte[] content) {
        return java.nio.ByteBuffer.wrap(content).getLong();
    }

    /** Where each character of a UTF-8 text begins, and where the last one ends. */
    static int[] offsets(byte[] utf8) {
        int[] offsets = new int[utf8.length + 1];
        int count = 0;
        for (int i = 0; i < utf8.length; i++) {
            if ((utf8[i] & 0xC0) != 0x80) {
                offsets[count++] = i;
            }
        }
        offsets[count] = utf8.length;
        return Arrays.copyOf(offsets, count + 1);
    }

    /** How well a name fits; the caller knows that it does. */
    static int rank(SearchText text, String path) {
        String name = NameText.name(path);
        String wanted = text.spaced();
        if (text.words().isEmpty()
                || NameText.spaced(name).equals(wanted)
                || NameText.spaced(NameText.stem(name)).equals(wanted)) {
            return 3;
        }
        String spaced = NameText.spaced(path);
        int rank = 2;
        for (Word word : text.words()) {
            if (spaced.contains(" " + word.text() + " ")) {
                continue;
            }
            rank = Math.min(rank, spaced.contains(" " + word.text()) ? 1 : 0);
        }
        return rank;
    }

    /** Every three characters, one after the other. */
    private static final class Grams extends TokenStream {
        private final BytesTermAttribute term = addAttribute(BytesTermAttribute.class);
        private final byte[] utf8;
        private final int[] offsets;
        private final BytesRef gram = new BytesRef();
        private int next;

        Grams(String spaced) {
            utf8 = spaced.getBytes(StandardCharsets.UTF_8);
            offsets = offsets(utf8);
        }

        @Override
        public void reset() {
            next = 0;
        }

        @Override
        public boolean incrementToken() {
            clearAttributes();
            if (next + 3 >= offsets.length) {
                return false;
            }
            gram.bytes = utf8;
            gram.offset = offsets[next];
            gram.length = offsets[next + 3] - offsets[next];
            next++;
            term.setBytesRef(gram);
            return true;
        }
    }

    /** All at one place. */
    private static final class Terms extends TokenStream {
        private final BytesTermAttribute term = addAttribute(BytesTermAttribute.class);
        private final PositionIncrementAttribute step = addAttribute(PositionIncrementAttribute.class);
        private final BytesRef[] terms;
        private int next;

        Terms(BytesRef[] terms) {
            this.terms = terms;
        }

        @Override
        public void reset() {
            next = 0;
        }

        @Override
        public boolean incrementToken() {
            clearAttributes();
            if (next == terms.length) {
                return false;
            }
            term.setBytesRef(terms[next]);
            step.setPositionIncrement(next++ == 0 ? 1 : 0);
            return true;
        }
    }
}

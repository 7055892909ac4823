package covey.bench;

import com.google.protobuf.ByteString;
import covey.wire.proto.Share;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Names as people give them to files, the same ones each time; a file's content follows from its number. */
final class CatalogNames {
    private static final String[] WORDS = ("annual report budget holiday beach sunset invoice draft final music live"
                    + " concert photo scan letter project plan meeting notes backup archive kernel driver source build"
                    + " test data model paper thesis chapter figure table slides talk video clip trailer episode season"
                    + " song track album cover mix demo readme license config setup install update release patch garden"
                    + " kitchen bridge river mountain winter summer spring autumn portrait family wedding birthday tax")
            .split(" ");
    private static final String[] EXTENSIONS =
            "pdf jpg png mp3 flac mkv mp4 txt doc xls zip tar java c py html odt csv".split(" ");
    private static final int PER_FOLDER = 400;

    private final SplittableRandom random = new SplittableRandom(7);

    /** Shares of files from..from+count-1, ascending by path. */
    List<Share> shares(int from, int count) {
        Map<ByteString, Share> shares = new TreeMap<>(ByteString.unsignedLexicographicalComparator());
        for (int number = from; number < from + count; number++) {
            Share share = share(number);
            shares.put(share.getPath(), share);
        }
        List<Share> sorted = new ArrayList<>(shares.values());
        sorted.sort(Comparator.comparing(Share::getPath, ByteString.unsignedLexicographicalComparator()));
        return sorted;
    }

    private Share share(int number) {
        String folder = "home/%06d".formatted(number / PER_FOLDER);
        String name = "%s_%s %d.%s".formatted(word(), word(), number, EXTENSIONS[random.nextInt(EXTENSIONS.length)]);
        return Share.newBuilder()
                .setPath(ByteString.copyFromUtf8(folder + "/" + name))
                .setContent(content(number))
                .setPlain(digest(number, 2))
                .setSize(random.nextInt(1 << 30))
                .setModifiedMillis(1_700_000_000_000L + random.nextInt())
                .build();
    }

    static ByteString content(int number) {
        return ByteString.copyFrom(new byte[] {1}).concat(digest(number, 1));
    }

    private static ByteString digest(int number, int kind) {
        SplittableRandom bits = new SplittableRandom(number * 4L + kind);
        byte[] digest = new byte[32];
        bits.nextBytes(digest);
        return ByteString.copyFrom(digest);
    }

    private String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }

    /** What people type: a word, two, the beginning of one, a part of one, a number. */
    String search(int files) {
        String word = word();
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3, 4 -> word;
            case 5, 6 -> word + " " + word();
            case 7 -> word.substring(0, Math.min(3, word.length())) + "*";
            case 8 -> word.substring(1);
            default -> "" + random.nextInt(files);
        };
    }
}

package covey.identity;

import covey.store.Sha256;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Bytes as words that two people can compare over the telephone: one of 256 for each byte. Any thread. */
public final class Words {
    /** 80 bits: more than an attacker can search for a key that gives the same words. */
    public static final int COMPARE_COUNT = 10;

    private static final List<String> WORDS = List.of("""
            acorn adult agent alarm album amber angle ankle apple april arena arrow atlas attic audio autumn
            badge bagel baker bamboo banana barrel basket beach beacon beaver bench berry bicycle bishop blanket
            blossom border bottle branch bread bridge bronze brother bucket buffalo bullet butter button cabin
            cable cactus camel camera canal candle canoe canyon carbon carpet carrot castle cattle cedar cellar
            cement chain chalk cherry chess chicken chimney circle citrus clay clinic clock cloud clover cobalt
            coconut coffee comet compass copper coral cotton cousin cowboy crater crayon cricket crown crystal
            curtain daisy dancer danger decade denim desert diamond dinner doctor dolphin donkey dragon drawer
            drum duck eagle earth easel echo elbow elder elephant emerald engine fabric falcon farmer feather
            fence ferry fiddle finger flame flower forest fossil fountain fox garden garlic ginger giraffe
            glacier globe goose granite grape gravel guitar hammer harbor harvest hazel helmet hermit hockey
            honey horizon hotel iceberg igloo island ivory jacket jaguar jasmine jelly jewel jungle kettle
            kitchen kitten ladder lagoon lantern laptop lawyer leather lemon lentil library lily lizard lobster
            lumber magnet mango maple marble market meadow melon mentor metal mirror monkey morning mosaic motor
            mountain museum napkin needle nickel north nutmeg oasis ocean olive onion opera orange orchid otter
            oxygen oyster paddle palace panda paper parrot pasta pebble pelican pencil pepper piano pigeon
            pillow pilot pirate planet plaza pocket poem polar pony potato prism pumpkin puzzle python quartz
            rabbit radar raven ribbon river robin rocket saddle salad salmon sandal satin school shadow silver
            sister spider squid summer sunset tango teapot temple
            """.strip().split("\\s+"));

    private Words() {}

    /** Words for the first {@code count} bytes. */
    public static List<String> of(byte[] bytes, int count) {
        if (count < 1 || count > bytes.length) {
            throw new IllegalArgumentException("words: " + count + " of " + bytes.length + " bytes");
        }
        List<String> words = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            words.add(WORDS.get(bytes[i] & 0xff));
        }
        return words;
    }

    /** Words for a key: its hash's first {@link #COMPARE_COUNT}. */
    public static List<String> ofKey(byte[] spki) {
        return of(Sha256.of(spki), COMPARE_COUNT);
    }

    /** The same words for both sides, whoever asks. */
    public static List<String> compare(byte[] spkiA, byte[] spkiB) {
        boolean isOrdered = Arrays.compareUnsigned(spkiA, spkiB) <= 0;
        return of(Sha256.of(isOrdered ? spkiA : spkiB, isOrdered ? spkiB : spkiA), COMPARE_COUNT);
    }
}

package covey.swarm;

import java.util.random.RandomGenerator;

/**
 * Which of the open blocks is rarest among the partial sources (complete ones have every block, so they do not count).
 *
 * <p>Counts are kept in bit planes: plane p holds bit p of every block's count. A holder's whole bitmap is added 64
 * blocks at a time, and the rarest candidates fall out of one pass over the planes, however many sources there are. A
 * choice looks at a window of {@link #WINDOW_BLOCKS}, so its cost does not grow with the content: where there are more
 * blocks, the rarest one of a random window is close enough.
 */
final class Rarity {
    static final int NONE = -1;

    private static final int WINDOW_WORDS = 64;
    static final int WINDOW_BLOCKS = WINDOW_WORDS * Long.SIZE;

    /** Counts up to 127: more than {@link SwarmLimits#CONNECTIONS_MAX}. */
    private static final int PLANES = 7;

    private final long[][] planes;
    private final long[] open;
    /** Bit w: word w of {@link #open} is not 0. */
    private final long[] openWords;

    private final long[] candidates;
    /** Blocks that may be asked for. */
    int openCount;

    Rarity(int blocks) {
        int words = words(blocks);
        planes = new long[PLANES][words];
        open = new long[words];
        openWords = new long[words(words)];
        candidates = new long[Math.min(words, WINDOW_WORDS)];
    }

    static int words(int blocks) {
        return Math.ceilDiv(blocks, Long.SIZE);
    }

    static boolean has(long[] bits, int block) {
        return (bits[block / Long.SIZE] & (1L << block)) != 0;
    }

    /** A partial source with these blocks came, or went. */
    void adjust(long[] holds, boolean isMore) {
        for (int word = 0; word < holds.length; word++) {
            adjust(word, holds[word], isMore);
        }
    }

    /** A partial source gained a block, or lost it. */
    void adjust(int block, boolean isMore) {
        adjust(block / Long.SIZE, 1L << block, isMore);
    }

    private void adjust(int word, long bits, boolean isMore) {
        long carry = bits;
        for (int plane = 0; carry != 0; plane++) {
            long before = planes[plane][word];
            planes[plane][word] = before ^ carry;
            carry &= isMore ? before : ~before;
        }
    }

    int count(int block) {
        int count = 0;
        for (int plane = 0; plane < PLANES; plane++) {
            count |= (has(planes[plane], block) ? 1 : 0) << plane;
        }
        return count;
    }

    /** The block may be asked for. */
    void open(int block) {
        if (!has(open, block)) {
            int word = block / Long.SIZE;
            open[word] |= 1L << block;
            openWords[word / Long.SIZE] |= 1L << word;
            openCount++;
        }
    }

    void shut(int block) {
        if (has(open, block)) {
            int word = block / Long.SIZE;
            open[word] &= ~(1L << block);
            if (open[word] == 0) {
                openWords[word / Long.SIZE] &= ~(1L << word);
            }
            openCount--;
        }
    }

    /** The rarest open block that the source has, any of them when there are several; {@link #NONE} if it has none. */
    int rarest(long[] holds, RandomGenerator random) {
        int length = candidates.length;
        if (openCount == 0) {
            return NONE;
        }
        int from = length < open.length ? random.nextInt(open.length) : 0;
        int found = firstCandidate(holds, from, open.length);
        found = found == NONE ? firstCandidate(holds, 0, from) : found;
        if (found == NONE) {
            return NONE;
        }
        int start = Math.min(found, open.length - length);
        for (int i = 0; i < length; i++) {
            candidates[i] = open[start + i] & holds[start + i];
        }
        for (int plane = PLANES - 1; plane >= 0; plane--) {
            keepUnlessNothingIsLeft(planes[plane], start);
        }
        return start * Long.SIZE + any(random);
    }

    /** First word within the bounds that has a candidate; words without open blocks are stepped over 64 at a time. */
    private int firstCandidate(long[] holds, int from, int end) {
        int word = from;
        while (word < end) {
            long rest = openWords[word / Long.SIZE] >>> word;
            if (rest == 0) {
                word = (word / Long.SIZE + 1) * Long.SIZE;
            } else {
                word += Long.numberOfTrailingZeros(rest);
                if (word < end && (open[word] & holds[word]) != 0) {
                    return word;
                }
                word++;
            }
        }
        return NONE;
    }

    /** Of the candidates only those whose count has not this bit, when there are any. */
    private void keepUnlessNothingIsLeft(long[] plane, int start) {
        long left = 0;
        for (int i = 0; i < candidates.length; i++) {
            left |= candidates[i] & ~plane[start + i];
        }
        if (left != 0) {
            for (int i = 0; i < candidates.length; i++) {
                candidates[i] &= ~plane[start + i];
            }
        }
    }

    private int any(RandomGenerator random) {
        int count = 0;
        for (long word : candidates) {
            count += Long.bitCount(word);
        }
        int skip = random.nextInt(count);
        int word = 0;
        while (skip >= Long.bitCount(candidates[word])) {
            skip -= Long.bitCount(candidates[word]);
            word++;
        }
        long bits = candidates[word];
        for (; skip > 0; skip--) {
            bits &= bits - 1;
        }
        return word * Long.SIZE + Long.numberOfTrailingZeros(bits);
    }
}

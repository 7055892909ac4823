package covey.store;

import java.util.List;

/** RFC 9162, section 2.1, word for word: slow, recursive, and what the real one is compared with. */
final class NaiveMerkle {
    private NaiveMerkle() {}

    static byte[] root(List<byte[]> entries) {
        if (entries.isEmpty()) {
            return Sha256.of();
        }
        if (entries.size() == 1) {
            return Sha256.of(new byte[] {0}, entries.getFirst());
        }
        int split = split(entries.size());
        return Sha256.of(new byte[] {1}, root(entries.subList(0, split)), root(entries.subList(split, entries.size())));
    }

    private static int split(int size) {
        int split = 1;
        while (split * 2 < size) {
            split *= 2;
        }
        return split;
    }
}

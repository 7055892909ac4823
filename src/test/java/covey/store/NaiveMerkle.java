package covey.store;

import java.util.ArrayList;
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

    static List<byte[]> path(int index, List<byte[]> entries) {
        if (entries.size() == 1) {
            return List.of();
        }
        int split = split(entries.size());
        List<byte[]> left = entries.subList(0, split);
        List<byte[]> right = entries.subList(split, entries.size());
        return index < split ? plus(path(index, left), root(right)) : plus(path(index - split, right), root(left));
    }

    static List<byte[]> proof(int oldSize, List<byte[]> entries) {
        return subproof(oldSize, entries, true);
    }

    private static List<byte[]> subproof(int oldSize, List<byte[]> entries, boolean isWholeOldTree) {
        if (oldSize == entries.size()) {
            return isWholeOldTree ? List.of() : List.of(root(entries));
        }
        int split = split(entries.size());
        List<byte[]> left = entries.subList(0, split);
        List<byte[]> right = entries.subList(split, entries.size());
        return oldSize <= split
                ? plus(subproof(oldSize, left, isWholeOldTree), root(right))
                : plus(subproof(oldSize - split, right, false), root(left));
    }

    private static int split(int size) {
        int split = 1;
        while (split * 2 < size) {
            split *= 2;
        }
        return split;
    }

    private static List<byte[]> plus(List<byte[]> path, byte[] last) {
        List<byte[]> longer = new ArrayList<>(path);
        longer.add(last);
        return longer;
    }
}

package covey.content;

import covey.store.Sha256;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** BEP 52 word by word, slow and without anything of the code under test. */
final class NaiveTree {
    private NaiveTree() {}

    /** Over all leaves, those missing up to a power of two being zeros. */
    static byte[] root(byte[] file) {
        List<byte[]> leaves = leaves(file);
        int width = 1;
        while (width < leaves.size()) {
            width *= 2;
        }
        return root(leaves, width);
    }

    /** Hashes that cover so many bytes each, only those that cover some of the file. */
    static byte[] layer(byte[] file, int blockBytes) {
        ByteArrayOutputStream layer = new ByteArrayOutputStream();
        for (int at = 0; at < file.length; at += blockBytes) {
            byte[] block = Arrays.copyOfRange(file, at, Math.min(file.length, at + blockBytes));
            layer.writeBytes(root(leaves(block), blockBytes / 16384));
        }
        return layer.toByteArray();
    }

    static List<byte[]> leaves(byte[] bytes) {
        List<byte[]> leaves = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += 16384) {
            leaves.add(Sha256.of(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 16384))));
        }
        return leaves;
    }

    private static byte[] root(List<byte[]> leaves, int width) {
        List<byte[]> level = new ArrayList<>(leaves);
        while (level.size() < width) {
            level.add(new byte[32]);
        }
        while (level.size() > 1) {
            List<byte[]> above = new ArrayList<>();
            for (int i = 0; i < level.size(); i += 2) {
                above.add(Sha256.of(level.get(i), level.get(i + 1)));
            }
            level = above;
        }
        return level.getFirst();
    }
}

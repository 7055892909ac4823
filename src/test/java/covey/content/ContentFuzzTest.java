package covey.content;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import covey.Damaged;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever bytes come: content within its limits, or a {@link ContentException} with a sentence. */
final class ContentFuzzTest {
    private static final byte[] FILE = MerkleTreeTest.patterned(200_000);

    static Stream<byte[]> manifests() {
        return Damaged.copies(
                1_000,
                ManifestTest.tree().toBytes(),
                Sample.tree(1).manifest().toBytes(),
                Sample.oneFile(16384, 20_000, 1).manifest().toBytes());
    }

    @FuzzTest
    @MethodSource("manifests")
    void manifestsOfOthers(byte[] bytes) {
        try {
            Manifest manifest = Manifest.decode(bytes);
            assertThat(manifest.toBytes()).isEqualTo(bytes);
            assertThat(new BlockMap(manifest).count()).isBetween(0, ContentLimits.BLOCKS_MAX);
            Tree.clash(manifest, Tree::caseless);
        } catch (ContentException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    static Stream<byte[]> layers() {
        return Damaged.copies(1_000, NaiveTree.layer(FILE, 16384), NaiveTree.layer(FILE, 65536));
    }

    /** Only the two genuine layers lead to the root. */
    @FuzzTest
    @MethodSource("layers")
    void layersOfOthers(byte[] bytes) {
        Digest root = Digest.tree(NaiveTree.root(FILE));
        for (int blockBytes = 16384; blockBytes <= ContentLimits.BLOCK_BYTES_MAX; blockBytes *= 2) {
            if (MerkleTree.isLayerOf(root, FILE.length, blockBytes, bytes)) {
                assertThat(bytes).isEqualTo(NaiveTree.layer(FILE, blockBytes));
            }
        }
    }

    static Stream<byte[]> inline() {
        return Damaged.copies(
                1_000,
                new Inline(
                                Sample.of(16384, java.util.Map.of(TreePath.of("a"), new byte[99]))
                                        .manifest(),
                                ByteString.copyFrom(new byte[99]))
                        .toBytes());
    }

    @FuzzTest
    @MethodSource("inline")
    void inlineContentOfOthers(byte[] bytes) {
        try {
            Inline inline = Inline.decode(bytes);
            assertThat((long) inline.data().size()).isEqualTo(inline.manifest().bytes());
        } catch (ContentException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    /** How many leaves, the first of them and how many uncles; then these, then the bytes. */
    static Stream<byte[]> runs() {
        byte[] hashes = new LeafHasher().leaves(ByteBuffer.wrap(FILE, 0, 131_072));
        List<byte[]> genuine = new ArrayList<>();
        for (int[] run : new int[][] {{0, 0}, {0, 7}, {1, 2}, {2, 4}, {3, 0}}) {
            int leaves = 1 << run[0];
            byte[] uncles = new LeafRun(run[1], leaves).uncles(hashes, 3);
            byte[] bytes = Arrays.copyOfRange(FILE, run[1] * 16384, (run[1] + leaves) * 16384);
            byte[] all = Arrays.copyOf(uncles, uncles.length + bytes.length);
            System.arraycopy(bytes, 0, all, uncles.length, bytes.length);
            genuine.add(Damaged.chosen(all, run[0], run[1], uncles.length / 32));
        }
        return Damaged.copies(100, genuine.toArray(byte[][]::new));
    }

    @MethodSource("runs")
    @FuzzTest
    void runsOfOthers(byte[] data) {
        if (data.length < 3) {
            return;
        }
        LeafHasher hasher = new LeafHasher();
        byte[] block = Arrays.copyOf(FILE, 131_072);
        byte[] hash = hasher.blockHash(ByteBuffer.wrap(block), 3);
        int leaves = 1 << (data[0] & 7);
        int first = Byte.toUnsignedInt(data[1]) / leaves * leaves;
        int unclesEnd = Math.min(data.length, 3 + 32 * (data[2] & 7));
        byte[] uncles = Arrays.copyOfRange(data, 3, unclesEnd);
        byte[] bytes = Arrays.copyOfRange(data, unclesEnd, data.length);
        if (new LeafRun(first, leaves).isPartOf(hash, 3, ByteBuffer.wrap(bytes), uncles, hasher)) {
            assertThat(bytes).isEqualTo(Arrays.copyOfRange(block, first * 16384, (first + leaves) * 16384));
        }
    }

    @Test
    void textThatIsNoIdIsRefused() {
        Damaged.copies(500, ManifestTest.tree().id().toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                .map(bytes -> new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1))
                .forEach(text -> {
                    try {
                        assertThat(ContentId.parse(text).toString()).isEqualToIgnoringCase(text);
                    } catch (ContentException e) {
                        assertThat(e.getMessage()).contains("content id");
                    }
                });
    }
}

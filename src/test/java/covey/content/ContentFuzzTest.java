package covey.content;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import covey.Damaged;
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

package covey.content;

import static org.assertj.core.api.Assertions.assertThat;

import covey.env.HashWorkers;
import covey.store.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MerkleTreeTest {
    private static final HashWorkers WORKERS = new HashWorkers(2);

    @AfterAll
    static void closeWorkers() {
        WORKERS.close();
    }

    /** Made with libtorrent 2.0.8 of {@link #patterned} bytes: size, piece size, root, SHA-256 of the piece layer. */
    @ParameterizedTest
    @CsvSource({
        "1,16384,6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d,",
        "16384,16384,127c52d4afc9d4e335b94d914f75fbf75b5dc62e6dbd31c6d71c868fc23e5fe5,",
        "16385,16384,ed50aa6f263172ac5097e54684d484dd9036bae3d7c729b4ede1bd2a125514fe,"
                + "ed50aa6f263172ac5097e54684d484dd9036bae3d7c729b4ede1bd2a125514fe",
        "16385,65536,ed50aa6f263172ac5097e54684d484dd9036bae3d7c729b4ede1bd2a125514fe,",
        "65536,65536,ff68aebb48bc3e3dbd4763ff1c4568ad183e0a3777f6c3395cb9fcf15f561d8e,",
        "100000,32768,7e51d1c08811359e6b6473abd4565d3fdff48ef372bf2ca3444d50efe8fff5ed,"
                + "3bcc9814e731b90c3a2d9fe439c2c15284faf9cc92f744b89783fe966cbfc1a8",
        "163840,65536,1974b4ebe66534e8cbbda1b4ee08caad604f121ecbae2e617beb095772d545a4,"
                + "16919895c3703b0230ef2e1fdd70c766d80e598d1acfc64d07bd08ecd55369f2",
        "1048581,65536,4728c0f5c2809f80bf0f5826e1bf51dc2d2cf07d669d7c8f62e54632865f3dcd,"
                + "09c2bc8118fd4638bb03e1b80c36916f0bfb000bb9ab61716c4e044d0d7061cb",
        "1048581,16384,4728c0f5c2809f80bf0f5826e1bf51dc2d2cf07d669d7c8f62e54632865f3dcd,"
                + "946a0ec6280d7e081f128f875a28897e82ad8a52dad1cd90113fa7fde347a2c0"
    })
    void rootsAndLayersAreThoseOfLibtorrent(int size, int blockBytes, String root, @Nullable String layerHash)
            throws IOException {
        FileHasher.Hashed hashed = hash(patterned(size), blockBytes);

        assertThat(hashed.root().hex()).isEqualTo(root);
        if (layerHash == null) {
            assertThat(hashed.layer()).hasSize(32);
        } else {
            assertThat(HexFormat.of().formatHex(Sha256.of(hashed.layer()))).isEqualTo(layerHash);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aFileReadOnceGivesWhatTheStandardSays(long seed) throws IOException {
        Random random = new Random(seed);
        for (int round = 0; round < 12; round++) {
            byte[] file = new byte[1 + random.nextInt(3 * 1024 * 1024)];
            random.nextBytes(file);
            int blockBytes = 16384 << random.nextInt(9);

            FileHasher.Hashed hashed = hash(file, blockBytes);

            assertThat(hashed.root().toBytes()).isEqualTo(NaiveTree.root(file));
            assertThat(hashed.plain().toBytes()).isEqualTo(Sha256.of(file));
            if (file.length > blockBytes) {
                assertThat(hashed.layer()).isEqualTo(NaiveTree.layer(file, blockBytes));
                assertThat(MerkleTree.isLayerOf(hashed.root(), file.length, blockBytes, hashed.layer()))
                        .isTrue();
                hashed.layer()[random.nextInt(hashed.layer().length)] ^= 1;
                assertThat(MerkleTree.isLayerOf(hashed.root(), file.length, blockBytes, hashed.layer()))
                        .isFalse();
            }
        }
    }

    @Test
    void aLayerOfAnotherLengthIsRefused() throws IOException {
        FileHasher.Hashed hashed = hash(patterned(100_000), 16384);

        byte[] longer = Arrays.copyOf(hashed.layer(), hashed.layer().length + 32);
        assertThat(MerkleTree.isLayerOf(hashed.root(), 100_000, 16384, longer)).isFalse();
        assertThat(MerkleTree.isLayerOf(hashed.root(), 100_000, 16384, new byte[0]))
                .isFalse();
        assertThat(MerkleTree.isLayerOf(
                        hashed.root(), 100_000, 131_072, hashed.root().toBytes()))
                .isFalse();
    }

    @Test
    void aCoarserLayerComesFromAFinerOne() throws IOException {
        byte[] file = patterned(900_001);
        byte[] fine = hash(file, 16384).layer();

        for (int blockBytes = 16384; blockBytes <= 524_288; blockBytes *= 2) {
            assertThat(MerkleTree.coarser(fine, 16384, blockBytes)).isEqualTo(NaiveTree.layer(file, blockBytes));
        }
    }

    @Test
    void arraysAndDirectBuffersHashAlike() {
        byte[] block = patterned(200_000);
        ByteBuffer direct = ByteBuffer.allocateDirect(block.length).put(block).flip();
        LeafHasher hasher = new LeafHasher();

        assertThat(hasher.blockHash(direct, 4)).isEqualTo(hasher.blockHash(ByteBuffer.wrap(block), 4));
        assertThat(direct.remaining()).isEqualTo(block.length);
    }

    private static FileHasher.Hashed hash(byte[] file, int blockBytes) throws IOException {
        return new FileHasher(WORKERS)
                .hash(Channels.newChannel(new ByteArrayInputStream(file)), file.length, blockBytes, new ScanProgress());
    }

    static byte[] patterned(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 7 + (i >> 8) * 13 + (i >> 16) * 29);
        }
        return bytes;
    }
}

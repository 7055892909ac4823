package covey.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MerkleLogTest {
    private static final HexFormat HEX = HexFormat.of();

    /** Leaves and roots of the reference implementation of Certificate Transparency (RFC 6962). */
    private static final List<String> LEAVES =
            List.of("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f");

    private static final List<String> ROOTS = List.of(
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

    private static final int ENTRIES = 70;

    private final MerkleLog log = new MerkleLog((byte) 7);
    private final OrderedStore store = new MemoryStore();

    @Test
    void rootsAreThoseOfTheReference() {
        append(LEAVES.stream().map(HEX::parseHex).toList());
        for (int size = 0; size < ROOTS.size(); size++) {
            assertThat(HEX.formatHex(log.root(store::get, size)))
                    .as("root of %d leaves", size)
                    .isEqualTo(ROOTS.get(size));
        }
    }

    @Test
    void rootsOfAllSizesEqualTheRecursiveDefinition() {
        List<byte[]> entries = append(entries(ENTRIES));
        for (int size = 1; size <= ENTRIES; size++) {
            assertThat(log.root(store::get, size)).isEqualTo(NaiveMerkle.root(entries.subList(0, size)));
        }
    }

    @Test
    void appendsOfOneTransactionAreSeenInItAndVanishWithRollback() {
        append(entries(5));
        byte[] before = log.root(store::get, 5);
        Transaction transaction = new Transaction(store);
        transaction.savepoint();
        log.append(transaction, new byte[] {42});
        assertThat(log.size(transaction::get)).isEqualTo(6);
        assertThat(log.size(store::get)).isEqualTo(5);
        transaction.rollback();
        assertThat(log.root(transaction::get, log.size(transaction::get))).isEqualTo(before);
    }

    @Test
    void entriesComeInPages() {
        List<byte[]> entries = append(entries(20));
        assertThat(log.entries(store, 3, 1)).containsExactly(entries.get(3));
        int twoEntries = entries.get(4).length + entries.get(5).length;
        assertThat(log.entries(store, 4, twoEntries)).containsExactly(entries.get(4), entries.get(5));
        assertThat(log.entries(store, 20, 1_000)).isEmpty();
        assertThat(log.entry(store::get, 7)).contains(entries.get(7));
    }

    @Test
    void aRootBeyondTheEndIsRefused() {
        append(entries(2));
        assertThatThrownBy(() -> log.root(store::get, 3)).hasMessageContaining("size: 3 (expected: 0..2)");
    }

    private List<byte[]> append(List<byte[]> entries) {
        Transaction transaction = new Transaction(store);
        for (byte[] entry : entries) {
            log.append(transaction, entry);
        }
        store.write(transaction.toBatch(), false);
        return entries;
    }

    private static List<byte[]> entries(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> ("entry " + i * i).getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .toList();
    }
}

package covey.content;

import covey.store.Batch;
import covey.store.LargeValues;
import covey.store.OrderedStore;
import java.util.Arrays;
import java.util.Optional;

/** Block layers by root, each once and as fine as it came; coarser ones are computed. Any thread. */
final class Layers {
    private final OrderedStore store;

    Layers(OrderedStore store) {
        this.store = store;
    }

    /** The layer is verified, or made here. A finer one that is there already stays. */
    void put(Batch batch, Digest root, int blockBytes, byte[] layer) {
        if (layer.length <= ContentLimits.HASH_BYTES || blockBytesOf(root) <= blockBytes) {
            return;
        }
        byte[] prefix = Tables.layer(root);
        LargeValues.delete(store, batch, prefix);
        byte[] value = new byte[1 + layer.length];
        value[0] = (byte) Integer.numberOfTrailingZeros(blockBytes);
        System.arraycopy(layer, 0, value, 1, layer.length);
        LargeValues.put(batch, prefix, value);
    }

    /** How fine it is: the size of its blocks; the largest number when there is none. */
    private int blockBytesOf(Digest root) {
        return LargeValues.begin(store, Tables.layer(root))
                .map(value -> 1 << value[0])
                .orElse(Integer.MAX_VALUE);
    }

    /** The layer for blocks of this size, of a file that has more than one of them. */
    Optional<byte[]> get(Digest root, int blockBytes) {
        Optional<byte[]> kept = LargeValues.get(store, Tables.layer(root));
        if (kept.isEmpty() || 1 << kept.get()[0] > blockBytes) {
            return Optional.empty();
        }
        byte[] layer = Arrays.copyOfRange(kept.get(), 1, kept.get().length);
        // Two that were put at once may be mixed: good blocks would be called wrong.
        if (!root.is(MerkleTree.rootOf(layer, MerkleTree.levelOf(1 << kept.get()[0])))) {
            Batch batch = new Batch();
            LargeValues.delete(store, batch, Tables.layer(root));
            store.write(batch, false);
            return Optional.empty();
        }
        return Optional.of(MerkleTree.coarser(layer, 1 << kept.get()[0], blockBytes));
    }

    /** True when {@link #get} has it, or the file's root says it all. */
    boolean knows(Digest root, long fileBytes, int blockBytes) {
        return fileBytes <= blockBytes || blockBytesOf(root) <= blockBytes;
    }
}

package covey.content;

import covey.store.Sha256;
import java.security.MessageDigest;
import java.util.Arrays;

/** Builds a file's block layer and root from its bytes as they come. One thread. */
final class LayerBuilder {
    private static final int HASH_BYTES = ContentLimits.HASH_BYTES;
    private static final int LEAF_BYTES = ContentLimits.LEAF_BYTES;

    private final MessageDigest sha256 = Sha256.newDigest();
    private final int leavesPerBlock;
    private final int levels;
    private final byte[] leaves;
    private final byte[] layer;
    private int leafCount;
    private int layerBytes;

    LayerBuilder(long fileBytes, int blockBytes) {
        leavesPerBlock = blockBytes / LEAF_BYTES;
        levels = BlockMap.levels(blockBytes, fileBytes);
        leaves = new byte[leavesPerBlock * HASH_BYTES];
        layer = new byte[(int) Math.ceilDiv(fileBytes, blockBytes) * HASH_BYTES];
    }

    /** All but the last piece hold whole leaves. */
    void add(byte[] bytes, int length) {
        for (int at = 0; at < length; at += LEAF_BYTES) {
            sha256.update(bytes, at, Math.min(LEAF_BYTES, length - at));
            MerkleTree.digestInto(sha256, leaves, leafCount++ * HASH_BYTES);
            if (leafCount == leavesPerBlock) {
                endBlock();
            }
        }
    }

    private void endBlock() {
        byte[] hash = MerkleTree.fold(sha256, leaves, leafCount, 0, levels);
        System.arraycopy(hash, 0, layer, layerBytes, HASH_BYTES);
        layerBytes += HASH_BYTES;
        leafCount = 0;
    }

    /** The hashes of all blocks; of a file that has only one, its root. */
    byte[] layer() {
        if (leafCount > 0) {
            endBlock();
        }
        return Arrays.copyOf(layer, layerBytes);
    }
}

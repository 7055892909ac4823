package covey.content;

import java.util.Arrays;
import java.util.List;

/**
 * Where the blocks of content lie. Blocks are numbered through all files in the manifest's order; each file begins with
 * a block of its own, and its last one may be shorter. Immutable; any thread.
 */
public final class BlockMap {
    /** 128 to 255 blocks: enough to spread and to overlap, few enough that requests cost nothing. */
    private static final int BLOCKS_AIM = 128;

    private final Manifest manifest;
    private final int[] firstBlock;

    public BlockMap(Manifest manifest) {
        this.manifest = manifest;
        List<Entry> entries = manifest.entries();
        firstBlock = new int[entries.size() + 1];
        for (int i = 0; i < entries.size(); i++) {
            long bytes = entries.get(i) instanceof Entry.File file ? file.size() : 0;
            firstBlock[i + 1] = firstBlock[i] + (int) Math.ceilDiv(bytes, manifest.blockBytes());
        }
    }

    /** At least 64 blocks wherever content allows it, 16 KiB to 4 MiB each. */
    public static int blockBytesFor(long contentBytes) {
        long part = Long.highestOneBit(Math.max(1, contentBytes / BLOCKS_AIM));
        return Math.clamp(part, ContentLimits.BLOCK_BYTES_MIN, ContentLimits.BLOCK_BYTES_MAX);
    }

    /** How many blocks there are. */
    public int count() {
        return firstBlock[firstBlock.length - 1];
    }

    /** Index of the manifest's entry that the block belongs to. */
    public int entryOf(int block) {
        checkBlock(block);
        int found = Arrays.binarySearch(firstBlock, block);
        if (found < 0) {
            return -found - 2;
        }
        // Entries without blocks begin where the next one does.
        while (firstBlock[found + 1] == block) {
            found++;
        }
        return found;
    }

    /** The block's first byte within its file. */
    public long offsetOf(int block) {
        return (long) (block - firstBlock[entryOf(block)]) * manifest.blockBytes();
    }

    public int lengthOf(int block) {
        int entry = entryOf(block);
        long offset = (long) (block - firstBlock[entry]) * manifest.blockBytes();
        return (int) Math.min(manifest.blockBytes(), manifest.file(entry).size() - offset);
    }

    public int firstBlockOf(int entry) {
        return firstBlock[entry];
    }

    public int blocksOf(int entry) {
        return firstBlock[entry + 1] - firstBlock[entry];
    }

    /** Bytes of the entry's block layer: none when its root is the hash of its only block. */
    public int layerBytesOf(int entry) {
        int blocks = blocksOf(entry);
        return blocks > 1 ? blocks * ContentLimits.HASH_BYTES : 0;
    }

    /** Levels of the tree from leaves to the block's hash. */
    public int levelsOf(int block) {
        return levels(manifest.blockBytes(), manifest.file(entryOf(block)).size());
    }

    /** A file of one block has its root over its own leaves only; in larger ones all blocks have equal trees. */
    static int levels(int blockBytes, long fileBytes) {
        int covered = (int) Math.min(blockBytes, fileBytes);
        int leaves = Math.ceilDiv(covered, ContentLimits.LEAF_BYTES);
        return 32 - Integer.numberOfLeadingZeros(Math.max(1, leaves) - 1);
    }

    private void checkBlock(int block) {
        if (block < 0 || block >= count()) {
            throw new IllegalArgumentException("block " + block + " (expected: 0 to " + (count() - 1) + ")");
        }
    }
}

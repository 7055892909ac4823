package covey.store;

import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.DataBlockIndexType;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.WALRecoveryMode;

/** RocksDB's many switches in one place: bounded memory, few files, little talk. Owns native memory. */
final class RocksSettings implements AutoCloseable {
    private static final int BLOCK_BYTES = 8 << 10;

    /** Bits per key: one look-up in a hundred for an absent key reads a block in vain. */
    private static final double BLOOM_BITS = 10;

    /** A block larger than its share of the cache would be read again and again: few and large shares. */
    private static final int CACHE_SHARD_BITS = 1;

    /** Indexes and filters come in blocks too, so that only the parts in use take memory. */
    private static final int METADATA_BLOCK_BYTES = 4 << 10;

    /** One buffer fills while another is being written out. */
    private static final int WRITE_BUFFERS = 3;

    /** Bounds file handles; a home must work under the usual limit of 1,024 with sockets beside it. */
    private static final int OPEN_FILES_MAX = 256;

    /** RocksDB's own log: enough to see what happened last. */
    private static final long INFO_LOG_BYTES = 1 << 20;

    private static final int INFO_LOG_FILES = 2;

    /** The first two levels are rewritten soon, and much of what comes is sealed and does not shrink. */
    private static final List<CompressionType> COMPRESSION =
            List.of(CompressionType.NO_COMPRESSION, CompressionType.NO_COMPRESSION, CompressionType.LZ4_COMPRESSION);

    private static final double MEMTABLE_BLOOM_SHARE = 0.03;

    /** Write-out to the device goes on steadily instead of in one burst that delays an fsync. */
    private static final long BYTES_PER_SYNC = 1 << 20;

    private static final long MANIFEST_PREALLOCATION_BYTES = 64 << 10;

    private final Cache cache;
    private final BloomFilter bloom = new BloomFilter(BLOOM_BITS);
    private final Options options;

    RocksSettings(RocksStore.Options use) {
        cache = new LRUCache(use.cacheBytes(), CACHE_SHARD_BITS);
        options = new Options()
                .setCreateIfMissing(true)
                .setParanoidChecks(true)
                // A torn tail is what a crash leaves; damage anywhere else must be told, not skipped.
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                .setWriteBufferSize(use.writeBufferBytes())
                .setMaxWriteBufferNumber(WRITE_BUFFERS)
                // Most keys that are looked for are new: a filter says so without a search.
                .setMemtablePrefixBloomSizeRatio(MEMTABLE_BLOOM_SHARE)
                .setMemtableWholeKeyFiltering(true)
                .setMaxTotalWalSize(use.writeBufferBytes() * WRITE_BUFFERS)
                .setTargetFileSizeBase(Math.max(use.writeBufferBytes(), 8 << 20))
                .setCompressionPerLevel(COMPRESSION)
                .setMaxBackgroundJobs(2)
                .setMaxOpenFiles(OPEN_FILES_MAX)
                .setBytesPerSync(BYTES_PER_SYNC)
                .setManifestPreallocationSize(MANIFEST_PREALLOCATION_BYTES)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(INFO_LOG_BYTES)
                .setKeepLogFileNum(INFO_LOG_FILES)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setTableFormatConfig(use.hasLog() ? small() : quick());
    }

    private BlockBasedTableConfig tables() {
        return new BlockBasedTableConfig()
                .setBlockSize(BLOCK_BYTES)
                .setBlockCache(cache)
                .setFilterPolicy(bloom);
    }

    /** Indexes and filters count into the cache, else memory grows with the data. */
    private BlockBasedTableConfig small() {
        return tables().setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setIndexType(IndexType.kTwoLevelIndexSearch)
                .setPartitionFilters(true)
                .setMetadataBlockSize(METADATA_BLOCK_BYTES)
                .setPinTopLevelIndexAndFilter(true);
    }

    /** A hundredth of the data stays in memory, so that one key is found with one look into the cache of blocks. */
    private BlockBasedTableConfig quick() {
        return tables().setDataBlockIndexType(DataBlockIndexType.kDataBlockBinaryAndHash);
    }

    Options options() {
        return options;
    }

    @Override
    public void close() {
        options.close();
        bloom.close();
        cache.close();
    }
}

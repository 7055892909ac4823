package covey.content;

import covey.content.Disk.BlockFile;
import covey.env.HashWorkers;
import covey.store.Batch;
import covey.wire.proto.KeptHoldingState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Content that this device holds, whole or in part: its blocks are written here as they come, and read from here by
 * whoever serves or exports them. A block is verified before it is kept, and only kept blocks are read.
 *
 * <p>Any thread; calls block on the disk, and {@link #write} hashes: call it from a {@link HashWorkers} thread. Many
 * blocks may be written and read at once. {@code claimed} guards the bits and what hangs on them. Got from {@link
 * BlockStore}; close it when done: the same content opened twice is the same object.
 */
public final class Holding implements AutoCloseable {
    /** Blocks that a kill at the worst moment may cost (they are fetched again). */
    private static final int CLAIM_BLOCKS = 64;

    /** The same in bytes: a few of the largest blocks. */
    private static final long CLAIM_BYTES = 16L * 1024 * 1024;

    /** What is read again after a power loss, at most: a fifth of a second of hashing. */
    private static final long SYNC_BYTES = 256L * 1024 * 1024;

    /** Syncing a file costs milliseconds: for more small files than this it is left to the system, as by cp. */
    private static final int SYNC_FILES_MAX = 256;

    private static final long SMALL_FILE_BYTES = 4L * 1024 * 1024;

    private final BlockStore store;
    private final ContentId id;
    private final Manifest manifest;
    private final BlockMap map;
    private final Map<Integer, byte[]> layers = new ConcurrentHashMap<>();

    /** Held over a sync: what another thread is about to sync must not be taken for synced. */
    private final ReentrantLock syncing = new ReentrantLock();

    /** Held by whoever writes a block, against files appearing where the store has just cleared up. */
    private final ReentrantReadWriteLock placing = new ReentrantReadWriteLock();

    private final BitSet claimed;
    final BitSet synced;
    final BitSet unsyncedEntries = new BitSet();
    private final long claimBytes;
    private int have;
    private int unclaimedBlocks;
    private long unclaimedBytes;
    private long unsyncedBytes;
    private boolean isSyncing;

    /** Guarded by {@code syncing}. */
    private @Nullable ContentException syncFailure;

    /** Written only by the store, under its guard; replaced as a whole. */
    private volatile Place place;

    /**
     * Where the bytes are.
     *
     * @param origins the user's own files or folders; none when the bytes lie in {@code folder}
     */
    record Place(KeptHoldingState state, List<Path> origins, Path folder) {
        boolean isOrigin() {
            return !origins.isEmpty();
        }
    }

    Holding(BlockStore store, ContentId id, Manifest manifest, Place place) {
        this.store = store;
        this.id = id;
        this.manifest = manifest;
        this.place = place;
        map = new BlockMap(manifest);
        claimed = Tables.bits(store.records, Tables.claimed(id));
        synced = Tables.bits(store.records, Tables.synced(id));
        have = claimed.cardinality();
        // The record of claims grows with the content: what writing it costs in all stays below a thousandth.
        claimBytes = Math.max(CLAIM_BYTES, manifest.bytes() / 4_096);
    }

    public ContentId id() {
        return id;
    }

    public Manifest manifest() {
        return manifest;
    }

    public BlockMap map() {
        return map;
    }

    /** True when every block is here; it may still need {@link #finish}. */
    public boolean isComplete() {
        synchronized (claimed) {
            return isFinished() || have == map.count();
        }
    }

    /** True when it was finished: it is served from then on until it is withdrawn. */
    public boolean isFinished() {
        return place.state == KeptHoldingState.HOLDING_COMPLETE;
    }

    /** The user's own file or folder that is served; empty when the bytes lie in the block store. */
    public Optional<Path> origin() {
        return place.origins.stream().findFirst();
    }

    Place place() {
        return place;
    }

    /** Waits until no block is being written. */
    void moveTo(Place next) {
        placing.writeLock().lock();
        try {
            place = next;
        } finally {
            placing.writeLock().unlock();
        }
    }

    public boolean has(int block) {
        if (isFinished()) {
            return block >= 0 && block < map.count();
        }
        synchronized (claimed) {
            return claimed.get(block);
        }
    }

    /** The blocks that are here: a copy. */
    public BitSet have() {
        if (isFinished()) {
            BitSet all = new BitSet(map.count());
            all.set(0, map.count());
            return all;
        }
        synchronized (claimed) {
            return (BitSet) claimed.clone();
        }
    }

    /** The entry's block layer, to be passed on; empty when it has none, or is not here yet. */
    public Optional<byte[]> layer(int entry) {
        if (map.layerBytesOf(entry) == 0) {
            return Optional.empty();
        }
        byte[] kept = layers.get(entry);
        if (kept != null) {
            return Optional.of(kept);
        }
        Optional<byte[]> found = store.layers.get(manifest.file(entry).root(), manifest.blockBytes());
        found.ifPresent(layer -> layers.put(entry, layer));
        return found;
    }

    /** Entries whose layer must be fetched before their blocks can be verified. */
    public BitSet missingLayers() {
        BitSet missing = new BitSet();
        for (int entry = 0; entry < manifest.entries().size(); entry++) {
            if (map.layerBytesOf(entry) > 0
                    && !layers.containsKey(entry)
                    && !store.layers.knows(manifest.file(entry).root(), Long.MAX_VALUE, manifest.blockBytes())) {
                missing.set(entry);
            }
        }
        return missing;
    }

    /** Keeps an entry's block layer after verifying it; throws {@link ContentException} (DAMAGED) if it is wrong. */
    public void putLayer(int entry, byte[] layer) {
        Entry.File file = manifest.file(entry);
        if (!MerkleTree.isLayerOf(file.root(), file.size(), manifest.blockBytes(), layer)) {
            throw ContentException.damaged(
                    "The block hashes of entry " + entry + " of " + id.shortText() + "... do not lead to its root.");
        }
        layers.put(entry, layer.clone());
        Batch batch = new Batch();
        store.layers.put(batch, file.root(), manifest.blockBytes(), layer);
        store.records.write(batch, false);
    }

    /** What the block must hash to; throws {@link ContentException} (NOT_FOUND) without layer. */
    public byte[] blockHash(int block) {
        int entry = map.entryOf(block);
        if (map.blocksOf(entry) == 1) {
            return manifest.file(entry).root().toBytes();
        }
        byte[] layer = layer(entry)
                .orElseThrow(() -> ContentException.notFound(
                        "The block hashes of entry " + entry + " of " + id.shortText() + "... are missing."));
        int at = (block - map.firstBlockOf(entry)) * ContentLimits.HASH_BYTES;
        return Arrays.copyOfRange(layer, at, at + ContentLimits.HASH_BYTES);
    }

    /**
     * Verifies a block and keeps it; the buffer's remaining bytes are the whole block, and are used up. False when it
     * was here already. Throws {@link ContentException}: DAMAGED when the bytes are wrong (nothing was kept; tell and
     * drop who sent them), NO_SPACE, FAILED.
     */
    public boolean write(int block, ByteBuffer bytes) {
        if (has(block)) {
            return false;
        }
        verify(block, bytes);
        int length = bytes.remaining();
        int entry = map.entryOf(block);
        store.checkSpace(place.folder, length);
        placing.readLock().lock();
        try {
            // The second of two that fetched the same block may come when all is done and moved away.
            if (has(block)) {
                return false;
            }
            withFile(place, entry, true, file -> file.write(bytes, map.offsetOf(block)));
        } finally {
            placing.readLock().unlock();
        }
        boolean mustSync;
        synchronized (claimed) {
            if (claimed.get(block)) {
                return false;
            }
            claimed.set(block);
            have++;
            unsyncedEntries.set(entry);
            unsyncedBytes += length;
            unclaimedBlocks++;
            unclaimedBytes += length;
            if (unclaimedBlocks >= CLAIM_BLOCKS || unclaimedBytes >= claimBytes) {
                claim();
            }
            mustSync = unsyncedBytes >= SYNC_BYTES && !isSyncing;
            isSyncing |= mustSync;
        }
        if (mustSync) {
            store.env.background("sync " + id.shortText(), this::syncQuietly);
        }
        return true;
    }

    void verify(int block, ByteBuffer bytes) {
        int length = map.lengthOf(block);
        boolean isGood = bytes.remaining() == length;
        if (isGood) {
            byte[] expected = blockHash(block);
            isGood = store.withHasher(hasher -> hasher.isBlock(bytes, map.levelsOf(block), expected));
        }
        if (!isGood) {
            throw ContentException.damaged("Block " + block + " of " + id.shortText() + "... is wrong: "
                    + bytes.remaining() + " bytes that do not match its hash.");
        }
    }

    /**
     * Reads from a block into the buffer, as much as fits or until the block ends; returns the number of bytes. Throws
     * {@link ContentException}: NOT_FOUND when the block is not here, CHANGED when the user's file is not any more what
     * it was (the content is withdrawn then), FAILED.
     */
    public int read(int block, int offset, ByteBuffer into) {
        int length = Math.min(into.remaining(), map.lengthOf(block) - offset);
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("offset: " + offset + " (expected: within the block)");
        }
        int entry = map.entryOf(block);
        while (has(block)) {
            Place now = place;
            ByteBuffer part = into.slice(into.position(), length);
            if (readFrom(now, entry, map.offsetOf(block) + offset, part)) {
                into.position(into.position() + length);
                return length;
            }
            store.dropOrigin(this, now);
        }
        throw ContentException.notFound("Block " + block + " of " + id.shortText() + "... is not here.");
    }

    /** False when the user's file is not what it was: checked afterwards, so that a change meanwhile shows too. */
    private boolean readFrom(Place from, int entry, long position, ByteBuffer into) {
        try {
            withFile(from, entry, false, file -> file.read(into, position));
        } catch (ContentException e) {
            // It may have been moved to its place while it was read.
            if (place.equals(from) && store.isUnchanged(this, from, entry)) {
                throw e;
            }
            return false;
        }
        return store.isUnchanged(this, from, entry);
    }

    /** Where the entry's bytes are. */
    Path fileOf(Place from, int entry) {
        if (!from.isOrigin()) {
            return from.folder.resolve(Integer.toString(entry));
        }
        Path file = from.origins.getFirst();
        for (String name : manifest.entries().get(entry).path().names()) {
            file = file.resolve(name);
        }
        return file;
    }

    private interface FileUse {
        void with(BlockFile file) throws IOException;
    }

    private void withFile(Place from, int entry, boolean isWriting, FileUse use) {
        try {
            // Opening costs some microseconds: no file stays open, and no interrupted thread closes it for others.
            try (BlockFile file =
                    store.disk.open(fileOf(from, entry), manifest.file(entry).size(), isWriting)) {
                use.with(file);
            }
        } catch (IOException e) {
            throw ContentException.of(
                    "A file of " + id.shortText() + "... cannot be " + (isWriting ? "written" : "read"), e);
        }
    }

    /** Keeps which blocks are here, so that a kill from now on costs none; cheap. Called now and then by the owner. */
    public void flush() {
        synchronized (claimed) {
            claim();
        }
    }

    /** Under the guard. A claimed block that power loss may have taken is read again before it is trusted. */
    private void claim() {
        if (unclaimedBlocks == 0) {
            return;
        }
        store.records.write(new Batch().put(Tables.claimed(id), claimed.toByteArray()), false);
        unclaimedBlocks = 0;
        unclaimedBytes = 0;
    }

    /** Trouble of the disk shows again when the owner calls {@link #finish}. */
    private void syncQuietly() {
        try {
            sync();
        } catch (ContentException e) {
            BlockStore.log.warn("not synced content={}: {}", id.shortText(), e.getMessage());
        } finally {
            synchronized (claimed) {
                isSyncing = false;
            }
        }
    }

    /** Makes what is here survive power loss, so that none of it is read again; takes as long as the disk does. */
    public void sync() {
        syncing.lock();
        try {
            if (syncFailure != null) {
                // The system forgets what it could not write: a second sync would say all is well.
                throw syncFailure;
            }
            BitSet blocks;
            BitSet entries;
            synchronized (claimed) {
                claim();
                blocks = (BitSet) claimed.clone();
                entries = (BitSet) unsyncedEntries.clone();
                unsyncedEntries.clear();
                unsyncedBytes = 0;
            }
            BitSet left = entriesLeftToTheSystem(entries);
            try {
                Place now = place;
                entries.stream()
                        .filter(entry -> !left.get(entry))
                        .forEach(entry -> withFile(now, entry, true, BlockFile::sync));
            } catch (ContentException e) {
                syncFailure = e;
                distrust(entries);
                throw e;
            }
            synchronized (claimed) {
                unsyncedEntries.or(left);
                left.stream().forEach(entry -> blocks.andNot(blocksOf(entry)));
                synced.or(blocks);
                store.records.write(new Batch().put(Tables.synced(id), synced.toByteArray()), true);
            }
        } finally {
            syncing.unlock();
        }
    }

    /** What is read back now would come from the system's memory, which says nothing about the disk. */
    private void distrust(BitSet entries) {
        BitSet lost = new BitSet();
        entries.stream().forEach(entry -> lost.or(blocksOf(entry)));
        synchronized (claimed) {
            lost.andNot(synced);
            store.records.write(forget(new BitSet(), lost), true);
        }
    }

    private BitSet entriesLeftToTheSystem(BitSet entries) {
        BitSet small = new BitSet();
        if (entries.cardinality() > SYNC_FILES_MAX) {
            entries.stream()
                    .filter(entry -> manifest.file(entry).size() < SMALL_FILE_BYTES)
                    .forEach(small::set);
        }
        return small;
    }

    /** Ends the fetching of content all of whose blocks are here: synced and recorded when this returns. */
    public void finish() {
        if (isFinished()) {
            return;
        }
        sync();
        if (!isComplete()) {
            throw new IllegalStateException("finish: " + have + " blocks (expected: " + map.count() + ")");
        }
        store.finished(this);
    }

    BitSet blocksOf(int entry) {
        BitSet blocks = new BitSet();
        blocks.set(map.firstBlockOf(entry), map.firstBlockOf(entry) + map.blocksOf(entry));
        return blocks;
    }

    /** What to write of it, in one with the state. */
    Batch forget(BitSet before, BitSet lost) {
        synchronized (claimed) {
            claimed.or(before);
            claimed.andNot(lost);
            synced.andNot(lost);
            have = claimed.cardinality();
            return new Batch()
                    .put(Tables.claimed(id), claimed.toByteArray())
                    .put(Tables.synced(id), synced.toByteArray());
        }
    }

    /** Keeps what was claimed; the object is gone when the last who opened it closes it. */
    @Override
    public void close() {
        if (!isFinished()) {
            flush();
        }
        store.release(this);
    }
}

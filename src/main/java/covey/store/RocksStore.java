package covey.store;

import covey.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.rocksdb.Checkpoint;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * A store in RocksDB. Every block has a checksum that is verified when read.
 *
 * <p>Any thread. {@code lock} keeps native memory alive: shared by every use, exclusive for closing.
 */
public final class RocksStore implements OrderedStore {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Path folder;
    private final boolean hasLog;
    private final RocksSettings settings;
    private final RocksDB db;
    private final ReadOptions reading = new ReadOptions().setVerifyChecksums(true);
    private final WriteOptions durably;
    private final WriteOptions lazily;
    private boolean closed;

    /** How a store is used, and how much memory it may take beside its files. */
    public record Options(boolean hasLog, long cacheBytes, long writeBufferBytes) {
        private static final long MIB = 1 << 20;

        public Options {
            if (cacheBytes < MIB || writeBufferBytes < MIB / 4) {
                throw new IllegalArgumentException("cacheBytes: " + cacheBytes + ", writeBufferBytes: "
                        + writeBufferBytes + " (expected: at least 1 MiB and 256 KiB)");
            }
        }

        /**
         * State under a replicated log, which is its write-ahead log: nothing is durable before a checkpoint, and the
         * live folder is thrown away at the next start. A large write buffer: windows and counters are overwritten with
         * every command, and what is overwritten in memory is never written out nor compacted.
         */
        public static Options replicated() {
            return new Options(false, 256 * MIB, 64 * MIB);
        }

        /** A peer's own data: durable writes are fsynced. Small, because peers run on laptops beside other work. */
        public static Options local() {
            return new Options(true, 8 * MIB, 4 * MIB);
        }
    }

    private RocksStore(Path folder, Options options, RocksSettings settings, RocksDB db) {
        this.folder = folder;
        this.hasLog = options.hasLog();
        this.settings = settings;
        this.db = db;
        durably = new WriteOptions().setSync(hasLog).setDisableWAL(!hasLog);
        lazily = new WriteOptions().setDisableWAL(!hasLog);
    }

    /** Opens or creates. The folder's parents are created. */
    public static RocksStore open(Path folder, Options options) {
        RocksLibrary.load();
        RocksSettings settings = new RocksSettings(options);
        boolean isOpen = false;
        try {
            Files.createDirectories(folder);
            RocksLogInspection.inspect(folder);
            RocksDB db = RocksDB.open(settings.options(), folder.toString());
            isOpen = true;
            return new RocksStore(folder, options, settings, db);
        } catch (RocksDBException e) {
            throw RocksFailure.of(folder, "open", e);
        } catch (IOException e) {
            throw new StoreException("The folder " + folder + " for a store could not be made: " + e, e, Reason.FAILED);
        } finally {
            if (!isOpen) {
                settings.close();
            }
        }
    }

    /** Replicated state: see {@link Options#replicated()}. */
    public static StoreFactory factory(Options options) {
        return new StoreFactory() {
            @Override
            public OrderedStore empty(Path folder) {
                Folders.delete(folder);
                return open(folder, options);
            }

            @Override
            public OrderedStore copyOf(Path checkpoint, Path folder) {
                Folders.delete(folder);
                Folders.share(checkpoint, folder);
                return open(folder, options);
            }
        };
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        lock.readLock().lock();
        try {
            checkOpen();
            return Optional.ofNullable(db.get(reading, key));
        } catch (RocksDBException e) {
            throw RocksFailure.of(folder, "read", e);
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void scan(byte[] from, byte[] to, boolean reverse, Visitor visitor) {
        if (Transaction.ORDER.compare(from, to) >= 0) {
            return;
        }
        lock.readLock().lock();
        try {
            checkOpen();
            // Bounds, not comparisons: RocksDB must not wade through deleted keys beyond the range.
            try (Slice lower = new Slice(from);
                    Slice upper = new Slice(to);
                    ReadOptions bounded =
                            new ReadOptions(reading).setIterateLowerBound(lower).setIterateUpperBound(upper);
                    RocksIterator entries = db.newIterator(bounded)) {
                visit(entries, reverse, visitor);
                entries.status();
            }
        } catch (RocksDBException e) {
            throw RocksFailure.of(folder, "read", e);
        } finally {
            lock.readLock().unlock();
        }
    }

    private static void visit(RocksIterator entries, boolean reverse, Visitor visitor) {
        if (reverse) {
            entries.seekToLast();
        } else {
            entries.seekToFirst();
        }
        while (entries.isValid() && visitor.visit(entries.key(), entries.value())) {
            if (reverse) {
                entries.prev();
            } else {
                entries.next();
            }
        }
    }

    @Override
    public void write(Batch batch, boolean durable) {
        lock.readLock().lock();
        try (WriteBatch changes = new WriteBatch((int) Math.min(batch.bytes() + 64, 1 << 24))) {
            checkOpen();
            for (Batch.Change change : batch.changes()) {
                switch (change) {
                    case Batch.Put(byte[] key, byte[] value) -> changes.put(key, value);
                    case Batch.Delete(byte[] key) -> changes.delete(key);
                }
            }
            db.write(durable ? durably : lazily, changes);
        } catch (RocksDBException e) {
            throw RocksFailure.of(folder, "write", e);
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void checkpoint(Path target) {
        lock.readLock().lock();
        try {
            checkOpen(); // before anything native: a closed database would take the process along
            try (Checkpoint checkpoint = Checkpoint.create(db)) {
                checkpoint.createCheckpoint(target.toString());
            }
        } catch (RocksDBException e) {
            throw RocksFailure.of(folder, "make a checkpoint", e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Waits for reads under way; idempotent. Not from within a scan. */
    @Override
    public void close() {
        if (lock.getReadHoldCount() > 0) {
            throw new IllegalStateException("store closed from within a scan of it: " + folder);
        }
        lock.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            db.close();
            durably.close();
            lazily.close();
            reading.close();
            settings.close();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new StoreException("The store in " + folder + " is closed.", Reason.FAILED);
        }
    }
}

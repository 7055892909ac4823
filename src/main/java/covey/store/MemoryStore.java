package covey.store;

import covey.store.StoreException.Reason;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory for tests and the simulator, which can do what disks do: lose what was not durable, fail, fill up
 * and rot. Any thread; {@code this} guards changes, readers see one tree.
 */
public final class MemoryStore implements OrderedStore {
    private static final String CHECKPOINT_FILE = "memory.store";

    private volatile SortedTree live;
    private volatile SortedTree damaged = SortedTree.EMPTY;
    private volatile boolean closed;
    private final LongAdder reads = new LongAdder();
    private SortedTree durable;
    private long maxBytes = Long.MAX_VALUE;
    private @Nullable String nextFailure;

    public MemoryStore() {
        this(SortedTree.EMPTY);
    }

    private MemoryStore(SortedTree content) {
        live = content;
        durable = content;
    }

    /** Replicated state in memory; only checkpoints touch the disk. */
    public static StoreFactory factory() {
        return new StoreFactory() {
            @Override
            public OrderedStore empty(Path folder) {
                return new MemoryStore();
            }

            @Override
            public OrderedStore copyOf(Path checkpoint, Path folder) {
                return new MemoryStore(readCheckpoint(checkpoint.resolve(CHECKPOINT_FILE)));
            }
        };
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        checkOpen();
        checkSound(key);
        reads.increment();
        byte[] value = live.get(key);
        return value == null ? Optional.empty() : Optional.of(value.clone());
    }

    @Override
    public void scan(byte[] from, byte[] to, boolean reverse, Visitor visitor) {
        checkOpen();
        live.scan(from, to, reverse, (key, value) -> {
            checkSound(key);
            reads.increment();
            return visitor.visit(key.clone(), value.clone());
        });
    }

    @Override
    public synchronized void write(Batch batch, boolean isDurable) {
        checkOpen();
        if (nextFailure != null) {
            String why = nextFailure;
            nextFailure = null;
            throw new StoreException("The store in memory could not write: " + why, Reason.FAILED);
        }
        SortedTree next = live;
        SortedTree nextDamaged = damaged;
        for (Batch.Change change : batch.changes()) {
            switch (change) {
                case Batch.Put(byte[] key, byte[] value) -> {
                    next = next.put(key.clone(), value.clone());
                    nextDamaged = nextDamaged.delete(key);
                }
                case Batch.Delete(byte[] key) -> {
                    next = next.delete(key);
                    nextDamaged = nextDamaged.delete(key);
                }
            }
        }
        if (next.bytes() > maxBytes && next.bytes() > live.bytes()) {
            throw new StoreException(
                    "The disk is full: the store in memory may hold " + maxBytes + " bytes. Free some space.",
                    Reason.DISK_FULL);
        }
        live = next;
        damaged = nextDamaged;
        if (isDurable) {
            durable = next;
        }
    }

    /** Power loss: what was not written durably is gone. A durable write also saves what was written before it. */
    public synchronized void crash() {
        live = durable;
    }

    /** As {@link #crash}, but the dead process keeps this object, closed, and the next one gets the returned one. */
    public synchronized MemoryStore restart() {
        closed = true;
        MemoryStore next = new MemoryStore(durable);
        next.damaged = damaged;
        next.maxBytes = maxBytes;
        return next;
    }

    /** The next write throws and changes nothing. */
    public synchronized void failNextWrite(String why) {
        nextFailure = why;
    }

    /** Writes that would make keys and values larger than this throw "disk full"; deleting goes on. */
    public synchronized void limitBytes(long bytes) {
        maxBytes = bytes;
    }

    /** Records that were read so far. */
    public long reads() {
        return reads.sum();
    }

    /** A byte of this record flips: reading it throws until it is written again. */
    public synchronized void damage(byte[] key) {
        damaged = damaged.put(key.clone(), new byte[0]);
    }

    @Override
    public void checkpoint(Path folder) {
        checkOpen();
        SortedTree tree = live;
        CRC32C crc = new CRC32C();
        try {
            Files.createDirectory(folder);
            try (DataOutputStream out = new DataOutputStream(new CheckedOutputStream(
                    new BufferedOutputStream(Files.newOutputStream(folder.resolve(CHECKPOINT_FILE))), crc))) {
                out.writeLong(tree.count());
                IOException[] failure = new IOException[1];
                tree.scan(new byte[0], END, false, (key, value) -> {
                    try {
                        write(out, key);
                        write(out, value);
                        return true;
                    } catch (IOException e) {
                        failure[0] = e;
                        return false;
                    }
                });
                if (failure[0] != null) {
                    throw failure[0];
                }
                out.writeLong(crc.getValue());
            }
        } catch (IOException e) {
            throw new StoreException("The checkpoint " + folder + " could not be written: " + e, e, Reason.FAILED);
        }
    }

    /** Longer than any key a checkpoint may hold begins with: keys begin with a prefix of at most 254. */
    private static final byte[] END = {(byte) 0xFF};

    private static SortedTree readCheckpoint(Path file) {
        CRC32C crc = new CRC32C();
        try (DataInputStream in =
                new DataInputStream(new CheckedInputStream(new BufferedInputStream(Files.newInputStream(file)), crc))) {
            long count = in.readLong();
            SortedTree tree = SortedTree.EMPTY;
            for (long i = 0; i < count; i++) {
                byte[] key = read(in, file);
                tree = tree.put(key, read(in, file));
            }
            long expected = crc.getValue();
            if (in.readLong() != expected) {
                throw damagedFile(file, null);
            }
            return tree;
        } catch (IOException e) {
            throw damagedFile(file, e);
        }
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] read(DataInputStream in, Path file) throws IOException {
        int length = in.readInt();
        byte[] bytes = length < 0 ? new byte[0] : in.readNBytes(length);
        if (bytes.length != length) {
            throw damagedFile(file, null);
        }
        return bytes;
    }

    private static StoreException damagedFile(Path file, @Nullable IOException cause) {
        String message = "The checkpoint file " + file + " is damaged: its checksum does not match.";
        return cause == null
                ? new StoreException(message, Reason.DAMAGED)
                : new StoreException(message, cause, Reason.DAMAGED);
    }

    /** The content stays for {@link #restart}; a closed store refuses everything else. */
    @Override
    public synchronized void close() {
        if (!closed) {
            durable = live;
            closed = true;
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new StoreException("The store in memory is closed.", Reason.FAILED);
        }
    }

    private void checkSound(byte[] key) {
        if (damaged.count() > 0 && damaged.get(key) != null) {
            throw new StoreException(
                    "A record of the store in memory is damaged: its checksum does not match.", Reason.DAMAGED);
        }
    }
}

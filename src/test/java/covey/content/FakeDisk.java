package covey.content;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** A disk in memory that loses what was not synced, fills up and fails. Any thread. */
final class FakeDisk implements Disk {
    private static final int SECTOR_BYTES = 4096;

    /** A file's bytes as programs see them and as the disk has them; the sectors between which they differ. */
    private static final class Content {
        byte[] live;
        byte[] durable;
        final Set<Integer> dirty = new HashSet<>();
        final long inode;
        long modified;

        Content(int bytes, long inode) {
            live = new byte[bytes];
            durable = new byte[bytes];
            this.inode = inode;
        }

        void resize(int bytes) {
            live = Arrays.copyOf(live, bytes);
            durable = Arrays.copyOf(durable, bytes);
        }
    }

    private final Map<Path, Content> files = new TreeMap<>();
    private long time = 1_000_000_000L;
    long free = Long.MAX_VALUE;
    boolean failsToSync;

    /** Happens while a folder is read. */
    Runnable onList = () -> {};

    /** Happens within a sync, outside the disk's guard. */
    Runnable onSync = () -> {};

    /** Happens before a file is opened, outside the disk's guard. */
    Runnable onOpen = () -> {};

    int syncs;
    int reads;

    @Override
    public BlockFile open(Path file, long bytes, boolean isWritable) throws IOException {
        onOpen.run();
        return opened(file, bytes, isWritable);
    }

    private synchronized BlockFile opened(Path file, long bytes, boolean isWritable) throws IOException {
        if (!files.containsKey(file)) {
            if (!isWritable) {
                throw new NoSuchFileException(file.toString());
            }
            files.put(file, new Content(0, ++time));
        }
        Content content = content(file);
        if (isWritable && content.live.length > bytes) {
            content.resize((int) bytes);
        }
        return new Open(content);
    }

    /** The user writes a file. */
    synchronized void put(Path file, byte[] bytes) {
        Content content = new Content(bytes.length, ++time);
        content.live = bytes.clone();
        content.durable = bytes.clone();
        content.modified = ++time;
        files.put(file, content);
    }

    synchronized void remove(Path file) {
        files.remove(file);
    }

    synchronized byte[] bytes(Path file) {
        return content(file).live.clone();
    }

    private Content content(Path file) {
        return Objects.requireNonNull(files.get(file), () -> "no file " + file);
    }

    synchronized List<Path> files() {
        return List.copyOf(files.keySet());
    }

    /** Of what was not synced, some sectors are lost, each by the toss of a coin. */
    synchronized void losePower(Random random) {
        for (Content content : files.values()) {
            for (int sector : content.dirty) {
                int from = sector * SECTOR_BYTES;
                int length = Math.min(SECTOR_BYTES, content.live.length - from);
                if (random.nextBoolean()) {
                    System.arraycopy(content.durable, from, content.live, from, length);
                } else {
                    System.arraycopy(content.live, from, content.durable, from, length);
                }
            }
            content.dirty.clear();
        }
    }

    /** A bit of the medium turns. */
    synchronized void rot(Path file, int at) {
        content(file).live[at] ^= 1;
    }

    @Override
    public synchronized Optional<Fingerprint> fingerprint(Path file) {
        return Optional.ofNullable(files.get(file))
                .map(content -> new Fingerprint(content.live.length, content.modified, "ino=" + content.inode));
    }

    @Override
    public synchronized long freeBytes(Path folder) {
        return free;
    }

    @Override
    public synchronized List<Path> list(Path folder) {
        onList.run();
        List<Path> children = new ArrayList<>();
        for (Path file : files.keySet()) {
            if (file.startsWith(folder) && !file.equals(folder)) {
                Path child = folder.resolve(folder.relativize(file).getName(0));
                if (!children.contains(child)) {
                    children.add(child);
                }
            }
        }
        return children;
    }

    @Override
    public synchronized void deleteFolder(Path folder) {
        files.keySet().removeIf(file -> file.startsWith(folder));
    }

    private final class Open implements BlockFile {
        private final Content content;

        Open(Content content) {
            this.content = content;
        }

        @Override
        public void read(ByteBuffer into, long position) throws IOException {
            synchronized (FakeDisk.this) {
                reads++;
                if (position + into.remaining() > content.live.length) {
                    throw new EOFException("the file ends at " + content.live.length);
                }
                into.put(content.live, (int) position, into.remaining());
            }
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            synchronized (FakeDisk.this) {
                if (bytes.remaining() > free) {
                    throw new IOException("No space left on device");
                }
                free -= bytes.remaining();
                int end = (int) position + bytes.remaining();
                if (end > content.live.length) {
                    content.resize(end);
                }
                int first = (int) position / SECTOR_BYTES;
                int last = (int) (position + bytes.remaining() - 1) / SECTOR_BYTES;
                bytes.get(content.live, (int) position, bytes.remaining());
                for (int sector = first; sector <= last; sector++) {
                    content.dirty.add(sector);
                }
                content.modified = ++time;
            }
        }

        @Override
        public void sync() throws IOException {
            onSync.run();
            synchronized (FakeDisk.this) {
                if (failsToSync) {
                    throw new IOException("Input/output error");
                }
                syncs++;
                content.durable = content.live.clone();
                content.dirty.clear();
            }
        }

        @Override
        public void close() {}
    }
}

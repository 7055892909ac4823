package covey.content;

import covey.store.Folders;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The machine's file system. */
final class SystemDisk implements Disk {
    static final SystemDisk INSTANCE = new SystemDisk();

    private static final Set<OpenOption> READING = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

    private static final Set<OpenOption> WRITING = Set.of(
            StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE, LinkOption.NOFOLLOW_LINKS);

    private SystemDisk() {}

    @Override
    public BlockFile open(Path file, long bytes, boolean isWritable) throws IOException {
        if (!isWritable) {
            return new Open(FileChannel.open(file, READING));
        }
        Files.createDirectories(file.toAbsolutePath().getParent());
        FileChannel channel = FileChannel.open(file, WRITING);
        try {
            if (channel.size() > bytes) {
                channel.truncate(bytes);
            }
            return new Open(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public Optional<Fingerprint> fingerprint(Path file) {
        try {
            return Optional.of(Fingerprint.of(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw ContentException.of(file + " cannot be looked at", e);
        }
    }

    @Override
    public long freeBytes(Path folder) {
        try {
            Path there = folder.toAbsolutePath();
            while (!Files.exists(there) && there.getParent() != null) {
                there = there.getParent();
            }
            return Files.getFileStore(there).getUsableSpace();
        } catch (IOException e) {
            throw ContentException.of("The free space of " + folder + " cannot be told", e);
        }
    }

    @Override
    public List<Path> list(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw ContentException.of("The folder " + folder + " cannot be read", e);
        }
    }

    @Override
    public void deleteFolder(Path folder) {
        Folders.delete(folder);
    }

    private record Open(FileChannel channel) implements BlockFile {
        @Override
        public void read(ByteBuffer into, long position) throws IOException {
            long at = position;
            while (into.hasRemaining()) {
                int count = channel.read(into, at);
                if (count < 0) {
                    throw new EOFException("the file ends at " + at);
                }
                at += count;
            }
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            long at = position;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        }

        @Override
        public void sync() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}

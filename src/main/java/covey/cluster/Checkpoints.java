package covey.cluster;

import covey.store.Folders;
import covey.store.StoreException;
import covey.store.StoreException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of a member: folders {@code checkpoint.TERM.INDEX} with the state's files and a list of their
 * checksums, without which a checkpoint does not count. The newest two are kept, so that a damaged one costs only a
 * longer replay. Called by the apply thread, and at start before there is one.
 */
final class Checkpoints {
    private static final Logger log = LoggerFactory.getLogger(Checkpoints.class);

    static final String STATE = "state";
    static final String LIST = "files.list";

    private static final int KEPT = 2;
    private static final Pattern NAME = Pattern.compile("checkpoint\\.(\\d+)\\.(\\d+)");
    private static final String DAMAGED = "damaged.";
    private static final String UNFINISHED = "unfinished.";
    private static final String FIRST_LINE = "covey-checkpoint 1";

    private final Path folder;

    /** Checksums of the newest one's files by the file itself: a checkpoint shares most of them with the one before. */
    private Map<Object, Entry> known = new HashMap<>();

    /** Newest first. */
    private final Map<Checkpoint, StoreException> damaged = new LinkedHashMap<>();

    Checkpoints(Path folder) {
        this.folder = folder;
    }

    /** One whole checkpoint. */
    record Checkpoint(Path folder, long term, long index) {
        Path state() {
            return folder.resolve(STATE);
        }
    }

    /** The newest that is whole. */
    Optional<Checkpoint> newestGood() {
        remove(UNFINISHED);
        damaged.clear();
        for (Checkpoint checkpoint : list().reversed()) {
            try {
                known = verify(checkpoint);
                return Optional.of(checkpoint);
            } catch (StoreException e) {
                damaged.put(checkpoint, e);
                log.warn("checkpoint: not used index={} why={}", checkpoint.index(), e.getMessage());
            }
        }
        return Optional.empty();
    }

    /** Why the newest could not be used. */
    Optional<StoreException> trouble() {
        return damaged.values().stream().findFirst();
    }

    /** Those found damaged no longer count; the next one taken deletes them. */
    void setDamagedAside() {
        for (Checkpoint checkpoint : damaged.keySet()) {
            Path aside = folder.resolve(DAMAGED + checkpoint.index());
            try {
                Folders.delete(aside);
                Files.move(checkpoint.folder(), aside);
            } catch (IOException e) {
                throw failed("set aside", e);
            }
        }
    }

    /** All that are there, oldest first, unverified. */
    List<Checkpoint> list() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Checkpoint> found = new ArrayList<>();
        try (Stream<Path> paths = Files.list(folder)) {
            for (Path path : paths.toList()) {
                Matcher name = NAME.matcher(path.getFileName().toString());
                if (name.matches()) {
                    found.add(new Checkpoint(path, Long.parseLong(name.group(1)), Long.parseLong(name.group(2))));
                }
            }
        } catch (IOException e) {
            throw failed("list", e);
        }
        found.sort(Comparator.comparingLong(Checkpoint::index));
        return found;
    }

    /**
     * Takes one and makes it durable before it gets its name.
     *
     * @param writer writes the state into the folder it is given
     */
    Checkpoint take(long term, long index, Consumer<Path> writer) {
        Path unfinished = folder.resolve(UNFINISHED + index);
        Path target = folder.resolve("checkpoint." + term + "." + index);
        try {
            Folders.delete(unfinished);
            Files.createDirectories(unfinished);
            writer.accept(unfinished.resolve(STATE));
            Map<Object, Entry> entries = digest(unfinished.resolve(STATE));
            writeList(unfinished.resolve(LIST), entries);
            force(unfinished.resolve(STATE));
            force(unfinished);
            Folders.delete(target);
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
            force(folder);
            known = entries;
        } catch (IOException e) {
            throw failed("write", e);
        }
        remove(DAMAGED);
        List<Checkpoint> all = list();
        all.subList(0, Math.max(0, all.size() - KEPT)).forEach(old -> Folders.delete(old.folder()));
        return new Checkpoint(target, term, index);
    }

    private void remove(String beginning) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.list(folder)) {
            paths.filter(path -> name(path).startsWith(beginning)).toList().forEach(Folders::delete);
        } catch (IOException e) {
            throw failed("tidy", e);
        }
    }

    private Map<Object, Entry> digest(Path state) throws IOException {
        Map<Object, Entry> entries = new HashMap<>();
        for (Path file : files(state)) {
            Object identity = identity(file);
            long size = Files.size(file);
            Entry before = known.get(identity);
            entries.put(
                    identity,
                    before != null && before.size() == size && before.name().equals(name(file))
                            ? before
                            : new Entry(name(file), size, forceAndSum(file)));
        }
        return entries;
    }

    private static void writeList(Path list, Map<Object, Entry> entries) throws IOException {
        StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
        entries.values().stream()
                .sorted(Comparator.comparing(Entry::name))
                .forEach(entry -> text.append(entry.line()).append('\n'));
        CRC32C crc = new CRC32C();
        crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
        text.append("end ").append(crc.getValue()).append('\n');
        Files.writeString(list, text);
        force(list);
    }

    /** Compares every file with the list; throws a sentence that names the first that differs. */
    private static Map<Object, Entry> verify(Checkpoint checkpoint) {
        Map<Object, Entry> entries = new HashMap<>();
        try {
            for (Entry entry : readList(checkpoint.folder().resolve(LIST))) {
                Path file = checkpoint.state().resolve(entry.name());
                if (!Files.isRegularFile(file) || Files.size(file) != entry.size() || sum(file) != entry.sum()) {
                    throw damaged(file);
                }
                entries.put(identity(file), entry);
            }
            return entries;
        } catch (IOException e) {
            throw new StoreException(
                    "The checkpoint " + checkpoint.folder() + " could not be read: " + e, e, Reason.FAILED);
        }
    }

    private static List<Entry> readList(Path list) throws IOException {
        if (!Files.isRegularFile(list)) {
            throw damaged(list);
        }
        String text = Files.readString(list, StandardCharsets.ISO_8859_1);
        int end = text.lastIndexOf("end ");
        CRC32C crc = new CRC32C();
        crc.update(text.substring(0, Math.max(0, end)).getBytes(StandardCharsets.ISO_8859_1));
        if (end < 0 || !text.substring(end).equals("end " + crc.getValue() + "\n") || !text.startsWith(FIRST_LINE)) {
            throw damaged(list);
        }
        return text.substring(0, end).lines().skip(1).map(Entry::parse).toList();
    }

    private static StoreException damaged(Path file) {
        return new StoreException(
                "The checkpoint file " + file + " is damaged: it is not what was written.", Reason.DAMAGED);
    }

    private StoreException failed(String doing, IOException e) {
        boolean isFull = String.valueOf(e.getMessage()).contains("No space left");
        return isFull
                ? new StoreException("The disk is full: no checkpoint in " + folder + ".", e, Reason.DISK_FULL)
                : new StoreException("Could not " + doing + " checkpoints in " + folder + ": " + e, e, Reason.FAILED);
    }

    /** Ratis leaves .md5 files beside what it fetched from another member. */
    private static List<Path> files(Path state) throws IOException {
        try (Stream<Path> paths = Files.list(state)) {
            return paths.filter(path -> !path.toString().endsWith(".md5")).toList();
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    /**
     * Equal for two names of one table, which never changes once written. Other files have one of their own each time,
     * since a new file may get the inode of a deleted one.
     */
    private static Object identity(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return attributes.fileKey() != null && name(file).endsWith(".sst")
                ? List.of(attributes.fileKey(), attributes.lastModifiedTime())
                : file;
    }

    private static long forceAndSum(Path file) throws IOException {
        force(file);
        return sum(file);
    }

    private static long sum(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 18);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer) >= 0) {
                crc.update(buffer.flip());
                buffer.clear();
            }
        }
        return crc.getValue();
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private record Entry(String name, long size, long sum) {
        String line() {
            return size + " " + sum + " " + name;
        }

        static Entry parse(String line) {
            String[] parts = line.split(" ", 3);
            return new Entry(parts[2], Long.parseLong(parts[0]), Long.parseLong(parts[1]));
        }
    }
}

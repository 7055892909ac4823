package covey.content;

import covey.env.HashWorkers;
import covey.store.Folders;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * Puts whole content into a place of the user's choice, whole or not at all: it is built in a hidden folder beside the
 * place and moved there at once; nothing that exists is overwritten. Fetched files are moved, not copied, where the
 * file system can. Any thread; blocks on the disk, and hashes when asked to: call it from a {@link HashWorkers} thread.
 */
public final class Exporter {
    /** What Covey makes for a while beside the user's files begins so; it is never shared. */
    static final String STAGING = ".covey-";

    /** Beyond that many files it is left to the system when they are on the disk for certain, as by cp. */
    private static final int SYNC_FILES_MAX = 256;

    /** Of "name (2)", "name (3)" and so on. */
    private static final int NAMES_TRIED_MAX = 1_000;

    /** What to do when something is at the target already. */
    public enum Collision {
        REFUSE,
        /** Takes the first free of {@code name (2)}, {@code name (3)}... */
        RENAME
    }

    /**
     * How to export.
     *
     * @param checksPlain reads each file once more and compares its plain SHA-256 with the manifest's
     * @param handsOver the content is served from the target from then on, and the block store's copy is given up
     */
    public record Options(Collision collision, boolean checksPlain, boolean handsOver) {}

    private final BlockStore store;
    private final Set<Path> underWay = ConcurrentHashMap.newKeySet();

    public Exporter(BlockStore store) {
        this.store = store;
    }

    /**
     * Returns where the content is now. Throws {@link ContentException}: EXISTS, REFUSED for names that the target
     * cannot tell apart or express, NOT_FOUND without a folder for the target, DAMAGED, NO_SPACE, FAILED. Nothing is
     * left behind then.
     *
     * @param target the file or folder to make; the folder that is to hold it must exist
     */
    public Path export(Holding holding, Path target, Options options) {
        return export(holding, target, options, () -> {});
    }

    /** @param lastWord runs when all is ready and has no name yet; what it throws ends the export */
    public Path export(Holding holding, Path target, Options options, Runnable lastWord) {
        if (!holding.isFinished()) {
            throw ContentException.notFound("The content " + holding.id().shortText() + "... is not whole yet.");
        }
        Path parent = folderOf(target);
        String name = nameOf(target);
        Optional<Path> before = placedBefore(holding, parent, name, options.collision);
        if (options.handsOver && before.isPresent()) {
            return handOver(holding, before.get(), options);
        }
        if (options.collision == Collision.REFUSE && Files.exists(parent.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
            throw exists(parent.resolve(name));
        }
        Path staging = parent.resolve(STAGING + "export-" + holding.id());
        if (!underWay.add(staging)) {
            throw ContentException.exists(
                    "The same content is being brought into " + parent + " already. Wait for that.");
        }
        try {
            Folders.delete(staging);
            Files.createDirectory(staging);
            Path top =
                    new Tree(staging, holding.manifest()).build((entry, file) -> bring(holding, entry, file, options));
            lastWord.run();
            return handOver(holding, place(top, parent, name, options.collision), options);
        } catch (InvalidPathException e) {
            throw ContentException.refused(
                    "A name cannot be expressed here: " + e.getMessage() + ". Set LC_ALL=C.UTF-8 and start again.");
        } catch (IOException e) {
            throw ContentException.of("The content cannot be brought to " + target, e);
        } finally {
            Folders.delete(staging);
            underWay.remove(staging);
        }
    }

    private static Path folderOf(Path target) {
        Path folder = target.toAbsolutePath().normalize().getParent();
        try {
            if (folder != null && Files.isDirectory(folder)) {
                return folder.toRealPath();
            }
        } catch (IOException e) {
            throw ContentException.of("The folder of " + target + " cannot be used", e);
        }
        throw ContentException.notFound("There is no folder for " + target + ". Make it first.");
    }

    private static String nameOf(Path target) {
        String name = String.valueOf(target.toAbsolutePath().normalize().getFileName());
        return TreePath.of(name).names().getFirst();
    }

    /** A kill after the last step and before its record leaves our own file there, under two names. */
    private static Optional<Path> placedBefore(Holding holding, Path parent, String name, Collision collision) {
        return IntStream.rangeClosed(1, collision == Collision.REFUSE ? 1 : NAMES_TRIED_MAX)
                .mapToObj(i -> parent.resolve(numbered(name, i)))
                .takeWhile(target -> Files.exists(target, LinkOption.NOFOLLOW_LINKS))
                .filter(target -> isAlreadyThere(holding, target))
                .findFirst();
    }

    private static boolean isAlreadyThere(Holding holding, Path target) {
        if (holding.origin().isPresent()) {
            return false;
        }
        for (int i = 0; i < holding.manifest().entries().size(); i++) {
            if (holding.manifest().entries().get(i) instanceof Entry.File file && file.size() > 0) {
                try {
                    Path there = target;
                    for (String name : file.path().names()) {
                        there = there.resolve(name);
                    }
                    return Files.isSameFile(holding.fileOf(holding.place(), i), there);
                } catch (IOException | InvalidPathException e) {
                    return false;
                }
            }
        }
        return false;
    }

    private Path handOver(Holding holding, Path target, Options options) {
        if (options.handsOver && holding.origin().isEmpty()) {
            store.exported(holding, target);
        }
        return target;
    }

    /** Links our own file to its new name, or copies it. */
    private static void bring(Holding holding, int entry, Path file, Options options) throws IOException {
        boolean isOurs = options.handsOver
                && holding.origin().isEmpty()
                && holding.manifest().file(entry).size() > 0;
        if (!isOurs || !isLinked(holding.fileOf(holding.place(), entry), file)) {
            copy(holding, entry, file);
        }
        boolean isSynced = holding.manifest().entries().size() <= SYNC_FILES_MAX;
        if (!options.checksPlain && !isSynced) {
            return;
        }
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            if (options.checksPlain) {
                checkPlain(holding.manifest().file(entry), channel);
            }
            if (isSynced) {
                channel.force(true);
            }
        }
    }

    private static void copy(Holding holding, int entry, Path file) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(holding.manifest().blockBytes());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            int first = holding.map().firstBlockOf(entry);
            for (int block = first; block < first + holding.map().blocksOf(entry); block++) {
                holding.read(block, 0, buffer.clear());
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        }
    }

    private static void checkPlain(Entry.File file, FileChannel channel) throws IOException {
        java.security.MessageDigest plain = covey.store.Sha256.newDigest();
        ByteBuffer buffer = ByteBuffer.allocate(FileHasher.PIECE_BYTES);
        while (channel.read(buffer.clear()) >= 0) {
            plain.update(buffer.flip());
        }
        byte[] found = plain.digest();
        if (!file.plain().is(found)) {
            throw ContentException.damaged("The file '" + file.path() + "' has another SHA-256 than its manifest says: "
                    + Digest.plain(found).hex() + " (expected: "
                    + file.plain().hex()
                    + "). Who shared it told a wrong one; it was not put into place.");
        }
    }

    private static Path place(Path top, Path parent, String name, Collision collision) throws IOException {
        for (int i = 1; i <= NAMES_TRIED_MAX; i++) {
            Path target = parent.resolve(numbered(name, i));
            if (isPlaced(top, target)) {
                syncFolder(parent);
                return target;
            }
            if (collision == Collision.REFUSE) {
                throw exists(target);
            }
        }
        throw exists(parent.resolve(numbered(name, NAMES_TRIED_MAX)));
    }

    /** False when something is there; never overwrites it, whoever comes between. */
    private static boolean isPlaced(Path top, Path target) throws IOException {
        boolean isFolder = Files.isDirectory(top, LinkOption.NOFOLLOW_LINKS);
        try {
            if (!isFolder && isLinked(top, target)) {
                return true;
            }
            // A name that we made ourselves may be overwritten, and an empty folder only.
            Path claim = isFolder ? Files.createDirectory(target) : Files.createFile(target);
            try {
                Files.move(top, claim, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                Files.deleteIfExists(claim);
                throw e;
            }
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    /** A second name is made only where there is nothing; some file systems know none. */
    private static boolean isLinked(Path top, Path target) throws IOException {
        try {
            Files.createLink(target, top);
            return true;
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException e) {
            return false;
        }
    }

    /** {@code name.txt}, {@code name (2).txt}; a name that is all ending keeps it. */
    static String numbered(String name, int number) {
        int dot = name.lastIndexOf('.');
        boolean hasEnding = dot > 0;
        String stem = hasEnding ? name.substring(0, dot) : name;
        return number == 1 ? name : stem + " (" + number + ")" + (hasEnding ? name.substring(dot) : "");
    }

    private static void syncFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder)) {
            channel.force(true);
        } catch (IOException e) {
            // Some file systems cannot; the name is there all the same.
            BlockStore.log.debug("folder not synced folder={}: {}", folder, e.getMessage());
        }
    }

    private static ContentException exists(Path target) {
        return ContentException.exists(target + " exists already and is left as it is. Choose another place.");
    }
}

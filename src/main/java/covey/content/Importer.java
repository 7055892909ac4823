package covey.content;

import covey.env.Env;
import covey.env.HashWorkers;
import covey.store.Batch;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.wire.proto.KeptFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes a manifest of files as they lie on the disk; they stay where they are. Reads what is new or changed, and knows
 * the rest from the time before (the store's table of files). Any thread; callers block while workers hash.
 */
public final class Importer {
    private final Env env;
    private final OrderedStore store;
    private final HashWorkers workers;
    private final FileHasher hasher;
    private final Layers layers;

    /**
     * How to scan.
     *
     * @param blockBytes of the manifest; 0 chooses by the content's size
     * @param skipsRefused what cannot be shared (pipes, links that lead out, unreadable files) is left out and told in
     *     {@link Imported#skipped}; else it ends the scan
     */
    public record Options(int blockBytes, boolean skipsRefused) {
        public static final Options STRICT = new Options(0, false);
        public static final Options SKIPPING = new Options(0, true);
    }

    /** A file's entry, and whether it had to be read. */
    private record Made(Entry.File entry, boolean isHashed) {}

    public Importer(Env env, OrderedStore store, HashWorkers workers) {
        this.env = env;
        this.store = store;
        this.workers = workers;
        hasher = new FileHasher(workers);
        layers = new Layers(store);
    }

    /**
     * Scans a file or folder. Throws {@link ContentException}: REFUSED for what is no file or folder, CHANGED for a
     * file that somebody writes to meanwhile, LIMIT, NOT_FOUND, FAILED.
     */
    public Imported scan(Path path, Options options) {
        return scan(path, options, new ScanProgress());
    }

    /** As {@link #scan(Path, Options)}, for somebody who waits for it and may stop it. */
    public Imported scan(Path path, Options options, ScanProgress progress) {
        Path origin = realPath(path);
        Walk walk = Walk.of(origin, options.skipsRefused, progress);
        long bytes = walk.files.stream()
                .mapToLong(found -> found.fingerprint().size())
                .sum();
        progress.found(walk.files.size(), bytes);
        int blockBytes = options.blockBytes != 0 ? options.blockBytes : BlockMap.blockBytesFor(bytes);
        List<Entry> entries = new ArrayList<>(walk.others);
        int filesHashed = 0;
        long bytesHashed = 0;
        for (Made made : makeAll(walk, blockBytes, progress)) {
            entries.add(made.entry);
            if (made.isHashed) {
                filesHashed++;
                bytesHashed += made.entry.size();
            }
        }
        if (entries.isEmpty()) {
            String why = walk.skipped.isEmpty() ? "" : " " + walk.skipped.getFirst();
            throw ContentException.refused(origin + " holds nothing that can be shared." + why);
        }
        Manifest manifest = Manifest.of(blockBytes, entries);
        progress.check();
        return new Imported(origin, manifest, manifest.id(), walk.skipped, filesHashed, bytesHashed, walk.folders);
    }

    private static Path realPath(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw ContentException.of(path + " cannot be shared", e);
        }
    }

    /** In lanes, so that many small files keep all workers busy. What fails is left out, or ends it. */
    private List<Made> makeAll(Walk walk, int blockBytes, ScanProgress progress) {
        List<Walk.Found> files = walk.files;
        Queue<Made> made = new ConcurrentLinkedQueue<>();
        AtomicInteger next = new AtomicInteger();
        Runnable lane = () -> {
            for (int i = next.getAndIncrement(); i < files.size(); i = next.getAndIncrement()) {
                try {
                    made.add(make(files.get(i), blockBytes, progress));
                    progress.fileDone();
                } catch (ContentException e) {
                    // The other lanes need not go on when this one ends.
                    int rest = walk.mayLeaveOut(e) ? i + 1 : files.size();
                    next.accumulateAndGet(rest, Math::max);
                    walk.refuse(e);
                }
            }
        };
        List<CompletableFuture<Void>> lanes = new ArrayList<>();
        for (int i = 0; i < Math.min(workers.count(), files.size()); i++) {
            lanes.add(workers.beside(lane));
        }
        lanes.forEach(HashWorkers::await);
        return List.copyOf(made);
    }

    private Made make(Walk.Found found, int blockBytes, ScanProgress progress) {
        Fingerprint before = found.fingerprint();
        if (before.size() == 0) {
            return new Made(Entry.File.empty(found.path(), found.executable()), false);
        }
        // As fine as the file alone would have it, unless told finer: of use for every content it may be part of.
        int fine = Math.min(blockBytes, BlockMap.blockBytesFor(before.size()));
        Optional<Entry.File> known = known(found, fine);
        if (known.isPresent()) {
            progress.known(before.size());
            return new Made(known.get(), false);
        }
        FileHasher.Hashed hashed = read(found, fine, progress);
        Batch batch = new Batch();
        layers.put(batch, hashed.root(), fine, hashed.layer());
        batch.put(
                Tables.file(found.file()),
                kept(before, hashed.root(), hashed.plain()).toByteArray());
        store.write(batch, false);
        return new Made(
                new Entry.File(found.path(), before.size(), hashed.root(), hashed.plain(), found.executable()), true);
    }

    private KeptFile kept(Fingerprint fingerprint, Digest root, Digest plain) {
        return kept(fingerprint, root, plain, env.clock().wallMillis());
    }

    static KeptFile kept(Fingerprint fingerprint, Digest root, Digest plain, long wallMillis) {
        return KeptFile.newBuilder()
                .setSize(fingerprint.size())
                .setModifiedNanos(fingerprint.modifiedNanos())
                .setKey(fingerprint.key())
                .setHashedMillis(wallMillis)
                .setRoot(root.toByteString())
                .setPlain(plain.toByteString())
                .build();
    }

    private Optional<Entry.File> known(Walk.Found found, int blockBytes) {
        return store.get(Tables.file(found.file()))
                .map(value -> Records.parse(KeptFile.parser(), value))
                .filter(kept -> Fingerprint.of(kept).equals(found.fingerprint())
                        && found.fingerprint().isSettledAt(kept.getHashedMillis())
                        && layers.knows(Tables.root(kept.getRoot()), kept.getSize(), blockBytes))
                .map(kept -> new Entry.File(
                        found.path(),
                        kept.getSize(),
                        Tables.root(kept.getRoot()),
                        Digest.plain(kept.getPlain().toByteArray()),
                        found.executable()));
    }

    private FileHasher.Hashed read(Walk.Found found, int blockBytes, ScanProgress progress) {
        try (FileChannel channel = FileChannel.open(found.file(), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            FileHasher.Hashed hashed = hasher.hash(channel, found.fingerprint().size(), blockBytes, progress);
            if (!Fingerprint.of(found.file()).equals(found.fingerprint())) {
                throw changed(found.file());
            }
            return hashed;
        } catch (java.io.EOFException e) {
            throw changed(found.file());
        } catch (IOException e) {
            if (!Files.exists(found.file(), LinkOption.NOFOLLOW_LINKS)) {
                throw changed(found.file());
            }
            throw ContentException.of(found.file() + " cannot be read", e);
        }
    }

    private static ContentException changed(Path file) {
        return ContentException.changed(
                file + " was changed while it was read. Share it again when nothing writes to it any more.");
    }
}

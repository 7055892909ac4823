package covey.content;

import covey.content.Holding.Place;
import covey.env.Env;
import covey.store.Batch;
import covey.store.Keys;
import covey.store.LargeValues;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.wire.proto.KeptFile;
import covey.wire.proto.KeptHolding;
import covey.wire.proto.KeptHoldingState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What content this device holds, and where: fetched blocks in files of its own, shared files in the user's place.
 * Which blocks are here is kept in the ordered store, after their bytes were written: a kill -9 at any moment costs the
 * last few blocks at most, and a power loss makes the doubtful ones be read again, never trusted.
 *
 * <p>Any thread; calls block on the disk. {@code this} guards which holdings are open and changes of their places.
 */
public final class BlockStore {
    static final Logger log = LoggerFactory.getLogger(BlockStore.class);

    /** How often the free space is asked for while blocks come: asking costs a microsecond, a full disk much more. */
    private static final long SPACE_CHECK_BYTES = 64L * 1024 * 1024;

    /** Of one content: more copies of a file do not make it safer. */
    private static final int ORIGINS_MAX = 16;

    /**
     * Where blocks are kept.
     *
     * @param folder for what is fetched; made when needed
     * @param freeFloorBytes what must stay free on the device
     */
    public record Settings(Path folder, long freeFloorBytes) {}

    /** Hears, on the thread that met it, that content cannot be served any more. */
    public interface Listener {
        void withdrawn(ContentId id, String sentence);
    }

    private static final class Open {
        final Holding holding;
        int users;
        /** Guarded by this object: who opens it meanwhile waits, for as long as it is read, and for nothing else. */
        private boolean isChecked;

        Open(Holding holding, boolean isChecked) {
            this.holding = holding;
            this.isChecked = isChecked;
        }

        synchronized void check(BlockStore store) {
            if (!isChecked) {
                new Recheck(store, holding).run(false);
                isChecked = true;
            }
        }
    }

    final Env env;
    final OrderedStore records;
    final Disk disk;
    private final Settings settings;
    private final Listener listener;
    final Layers layers;
    private final ConcurrentLinkedQueue<LeafHasher> hashers = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytesUntilSpaceCheck = new AtomicLong();
    private final Map<ContentId, Open> open = new HashMap<>();

    public BlockStore(Env env, OrderedStore records, Disk disk, Settings settings, Listener listener) {
        this.env = env;
        this.records = records;
        this.disk = disk;
        this.settings = settings;
        this.listener = listener;
        layers = new Layers(records);
    }

    /**
     * Opens content for fetching, beginning it if need be; what is here already stays. Throws {@link ContentException}
     * (NO_SPACE) when the device would have less than the floor left in the end.
     *
     * @param owner who wants it: it is retained as by {@link #retain}
     */
    public Holding begin(Manifest manifest, String owner) {
        return begin(manifest, owner, settings.folder);
    }

    /** As {@link #begin(Manifest, String)}, on another device: in a hidden folder within {@code beside}. */
    public Holding begin(Manifest manifest, String owner, Path beside) {
        boolean isNew = isBegun(manifest, owner, beside);
        Holding holding = open(manifest.id()).orElseThrow();
        if (!isNew && !holding.isFinished()) {
            checkRoomForRest(holding);
        }
        return holding;
    }

    /** True when nothing of it was here. */
    private synchronized boolean isBegun(Manifest manifest, String owner, Path beside) {
        byte[] bytes = manifest.toBytes();
        ContentId id = ContentId.ofManifest(bytes);
        Optional<KeptHolding> kept = kept(id);
        boolean isNew = kept.isEmpty() || kept.get().getState() == KeptHoldingState.HOLDING_WITHDRAWN;
        if (isNew) {
            Path folder = beside.toAbsolutePath().resolve(Exporter.STAGING + id);
            checkRoom(folder, manifest.bytes());
            Batch batch = new Batch();
            deleteBits(batch, id);
            LargeValues.put(batch, Tables.manifest(id), bytes);
            putPlace(batch, id, new Place(KeptHoldingState.HOLDING_PARTIAL, List.of(), folder), "");
            batch.put(Tables.reference(id, owner), new byte[0]);
            // What an earlier attempt left there was never recorded.
            deleteFolder(folder);
            records.write(batch, true);
            // It must not be taken for what somebody still has open.
            open.remove(id);
        } else {
            retain(id, owner);
        }
        return isNew;
    }

    private void checkRoomForRest(Holding holding) {
        try {
            long have =
                    holding.have().stream().mapToLong(holding.map()::lengthOf).sum();
            checkRoom(holding.place().folder(), holding.manifest().bytes() - have);
        } catch (ContentException e) {
            holding.close();
            throw e;
        }
    }

    /**
     * Opens what is here, whole or in part; empty when it is not known. What an earlier process did not get onto the
     * disk for certain is read again first, which may take a while.
     */
    public Optional<Holding> open(ContentId id) {
        Optional<Open> found = opened(id);
        found.ifPresent(one -> {
            try {
                one.check(this);
            } catch (RuntimeException e) {
                release(one.holding);
                throw e;
            }
        });
        return found.map(one -> one.holding);
    }

    private synchronized Optional<Open> opened(ContentId id) {
        Open known = open.get(id);
        if (known == null) {
            Optional<KeptHolding> kept = kept(id);
            if (kept.isEmpty()) {
                return Optional.empty();
            }
            Manifest manifest = Manifest.decode(id, manifestBytes(id).orElseThrow(() -> incomplete(id)));
            Holding holding = new Holding(this, id, manifest, placeOf(kept.get()));
            known = new Open(holding, kept.get().getState() != KeptHoldingState.HOLDING_PARTIAL);
            open.put(id, known);
        }
        known.users++;
        return Optional.of(known);
    }

    /** The canonical manifest of what is held; the bytes that others ask for. */
    public Optional<byte[]> manifestBytes(ContentId id) {
        return LargeValues.get(records, Tables.manifest(id));
    }

    /** How long that is. */
    public int manifestLength(ContentId id) {
        return LargeValues.length(records, Tables.manifest(id));
    }

    /** Some of it, to be passed on; fewer bytes at its end, none beyond. */
    public byte[] manifestPiece(ContentId id, int offset, int bytes) {
        return LargeValues.piece(records, Tables.manifest(id), offset, bytes);
    }

    /**
     * Holds scanned files where they lie: many in one durable write. Content that is here already gets a second place
     * to be read from.
     */
    public synchronized void link(Collection<Imported> all, String owner) {
        Batch batch = new Batch();
        Map<ContentId, Place> places = new HashMap<>();
        for (Imported imported : all) {
            ContentId id = imported.id();
            Optional<Place> whole = Optional.ofNullable(places.get(id))
                    .or(() -> kept(id).map(this::placeOf))
                    .filter(place -> place.state() == KeptHoldingState.HOLDING_COMPLETE);
            boolean isKnown = whole.filter(place -> !place.isOrigin()
                            || place.origins().contains(imported.origin())
                            || place.origins().size() >= ORIGINS_MAX)
                    .isPresent();
            if (!isKnown) {
                List<Path> origins = new ArrayList<>(List.of(imported.origin()));
                whole.ifPresent(place -> origins.addAll(place.origins()));
                Place place = new Place(KeptHoldingState.HOLDING_COMPLETE, origins, settings.folder);
                LargeValues.put(batch, Tables.manifest(id), imported.manifest().toBytes());
                putPlace(batch, id, place, "");
                deleteBits(batch, id);
                places.put(id, place);
            }
            if (records.get(Tables.reference(id, owner)).isEmpty()) {
                batch.put(Tables.reference(id, owner), new byte[0]);
            }
        }
        records.write(batch, !batch.isEmpty()); // mostly all is as it was
        places.forEach((id, place) -> Optional.ofNullable(open.get(id)).ifPresent(one -> one.holding.moveTo(place)));
    }

    /** Content stays as long as anybody retains it. Owners are words of the caller: {@code share}, a rollout's id. */
    public void retain(ContentId id, String owner) {
        records.write(new Batch().put(Tables.reference(id, owner), new byte[0]), true);
    }

    /** The owner does not need it any more; {@link #gc} removes what nobody needs. */
    public void release(ContentId id, String owner) {
        release(List.of(id), owner);
    }

    /** As {@link #release(ContentId, String)}, for many. */
    public void release(Collection<ContentId> ids, String owner) {
        Batch batch = new Batch();
        ids.forEach(id -> batch.delete(Tables.reference(id, owner)));
        records.write(batch, false);
    }

    /** Who retains it. */
    public List<String> owners(ContentId id) {
        List<String> owners = new ArrayList<>();
        byte[] prefix = Tables.references(id);
        records.scan(
                prefix,
                Keys.end(prefix),
                false,
                (key, value) -> owners.add(Keys.read(key).skip(prefix.length).string()));
        return owners;
    }

    /** Withdraws shared content by hand, as when the user stops sharing it. */
    public synchronized void withdraw(ContentId id, String sentence) {
        kept(id).ifPresent(kept -> {
            Place place = placeOf(kept);
            if (place.isOrigin()) {
                Place withdrawn = new Place(KeptHoldingState.HOLDING_WITHDRAWN, List.of(), place.folder());
                replace(id, withdrawn, sentence);
                listener.withdrawn(id, sentence);
            }
        });
    }

    /** How {@link #verify} went: of so many blocks that should be here, these were lost. */
    public record Verification(int blocks, int lost) {}

    /**
     * Reads and verifies everything that is here of a content. Lost blocks of fetched content are to be fetched again;
     * shared content that has any is withdrawn. Throws {@link ContentException} (NOT_FOUND).
     */
    public Verification verify(ContentId id) {
        try (Holding holding = open(id).orElseThrow(() -> ContentException.notFound(id + " is not here."))) {
            int blocks = holding.have().cardinality();
            int lost = new Recheck(this, holding).run(true).cardinality();
            if (lost > 0) {
                withdraw(id, "Its file holds other bytes than when it was shared. Share it again.");
            }
            return new Verification(blocks, lost);
        }
    }

    /** What is known of one content. */
    public record Listing(
            ContentId id, KeptHoldingState state, List<Path> origins, String reason, boolean isReferenced) {}

    /** Everything that is held or was withdrawn, in order of ids. */
    public List<Listing> list() {
        List<Listing> all = new ArrayList<>();
        records.scan(Tables.HOLDINGS, Keys.end(Tables.HOLDINGS), false, (key, value) -> {
            ContentId id = Tables.idOfHolding(key);
            KeptHolding kept = Records.parse(KeptHolding.parser(), value);
            all.add(new Listing(
                    id,
                    kept.getState(),
                    kept.getOriginsList().stream().map(Path::of).toList(),
                    kept.getReason(),
                    !owners(id).isEmpty()));
            return true;
        });
        return all;
    }

    /** Removes what nobody retains and nobody has open; returns how many contents that were. */
    public int gc() {
        return new Sweep(this, records, disk, settings.folder).run();
    }

    /** For {@link Sweep}: true when it is removed, records first, so that a kill leaves nothing that points nowhere. */
    synchronized boolean remove(ContentId id) {
        Optional<KeptHolding> kept = kept(id);
        if (open.containsKey(id) || !owners(id).isEmpty() || kept.isEmpty()) {
            return false;
        }
        Batch batch = new Batch();
        batch.delete(Tables.holding(id));
        LargeValues.delete(records, batch, Tables.manifest(id));
        deleteBits(batch, id);
        records.write(batch, true);
        deleteFolder(placeOf(kept.get()).folder());
        return true;
    }

    /** For {@link Sweep}: looks again under the guard, since content may have been begun there a moment ago. */
    synchronized void deleteUnlessKnown(Path child) {
        String name = child.getFileName().toString().substring(Exporter.STAGING.length());
        boolean isKnown =
                ContentId.looksLikeOne(name) && kept(ContentId.parse(name)).isPresent();
        if (!isKnown) {
            disk.deleteFolder(child);
        }
    }

    /** All blocks are here and synced. */
    synchronized void finished(Holding holding) {
        Place next = new Place(
                KeptHoldingState.HOLDING_COMPLETE, List.of(), holding.place().folder());
        replace(holding.id(), next, "");
    }

    /** Some blocks were lost: it is fetched on. */
    synchronized void reopened(Holding holding, Batch bits) {
        Place next = new Place(
                KeptHoldingState.HOLDING_PARTIAL, List.of(), holding.place().folder());
        replace(bits, holding.id(), next, "");
    }

    /** The content lies at {@code target} now, whole; our own files of it are not needed any more. */
    synchronized void exported(Holding holding, Path target) {
        Place before = holding.place();
        Place next = new Place(KeptHoldingState.HOLDING_COMPLETE, List.of(target), before.folder());
        Batch batch = new Batch();
        long now = env.clock().wallMillis();
        for (int i = 0; i < holding.manifest().entries().size(); i++) {
            if (holding.manifest().entries().get(i) instanceof Entry.File file) {
                Path path = holding.fileOf(next, i);
                Fingerprint fingerprint = disk.fingerprint(path)
                        .orElseThrow(() -> ContentException.changed(path + " was removed while it was exported."));
                KeptFile kept = Importer.kept(fingerprint, file.root(), file.plain(), now);
                batch.put(Tables.file(path), kept.toByteArray());
            }
        }
        putPlace(batch, holding.id(), next, "");
        records.write(batch, true);
        holding.moveTo(next);
        deleteFolder(before.folder());
    }

    /** The first of the origins is not what it was: the next one takes its place, or the content is withdrawn. */
    synchronized void dropOrigin(Holding holding, Place from) {
        Place now = holding.place();
        if (!now.equals(from)) {
            return;
        }
        Path origin = now.origins().getFirst();
        List<Path> left = now.origins().subList(1, now.origins().size());
        if (!left.isEmpty()) {
            replace(holding.id(), new Place(now.state(), left, now.folder()), "");
            return;
        }
        String sentence = origin + " was changed or removed since it was shared, so it is not served any more. Share it"
                + " again to serve what is there now.";
        replace(holding.id(), new Place(KeptHoldingState.HOLDING_WITHDRAWN, left, now.folder()), sentence);
        log.info("withdrawn content={} origin={}", holding.id().shortText(), origin);
        listener.withdrawn(holding.id(), sentence);
        throw ContentException.changed(sentence);
    }

    private void replace(ContentId id, Place place, String reason) {
        replace(new Batch(), id, place, reason);
    }

    private void replace(Batch batch, ContentId id, Place place, String reason) {
        putPlace(batch, id, place, reason);
        if (place.state() != KeptHoldingState.HOLDING_PARTIAL) {
            deleteBits(batch, id);
        }
        records.write(batch, true);
        Optional.ofNullable(open.get(id)).ifPresent(one -> one.holding.moveTo(place));
    }

    /** True when the file is what it was when it was hashed to this entry; always for our own files. */
    boolean isUnchanged(Holding holding, Place place, int entry) {
        if (!place.isOrigin()) {
            return true;
        }
        Path file = holding.fileOf(place, entry);
        Digest root = holding.manifest().file(entry).root();
        Optional<KeptFile> seen = records.get(Tables.file(file)).map(value -> Records.parse(KeptFile.parser(), value));
        return seen.isPresent()
                && Tables.root(seen.get().getRoot()).equals(root)
                && disk.fingerprint(file).equals(seen.map(Fingerprint::of));
    }

    /** True when our own file of the entry is there in its full length. */
    boolean reaches(Holding holding, int entry, long bytes) {
        return disk.fingerprint(holding.fileOf(holding.place(), entry))
                .filter(found -> found.size() >= bytes)
                .isPresent();
    }

    /** Before bytes are written; mostly a subtraction. */
    void checkSpace(Path folder, long bytes) {
        if (bytesUntilSpaceCheck.addAndGet(-bytes) < 0) {
            checkRoom(folder, bytes);
            bytesUntilSpaceCheck.set(SPACE_CHECK_BYTES);
        }
    }

    private void checkRoom(Path folder, long bytes) {
        long free = disk.freeBytes(folder);
        if (free - bytes < settings.freeFloorBytes) {
            throw ContentException.noSpace(
                    "Not enough space: " + bytes + " bytes are needed in " + folder + ", where " + free
                            + " are free and " + settings.freeFloorBytes
                            + " must stay so. Free some space, or choose another place.");
        }
    }

    <T> T withHasher(Function<LeafHasher, T> use) {
        LeafHasher pooled = hashers.poll();
        LeafHasher hasher = pooled == null ? new LeafHasher() : pooled;
        try {
            return use.apply(hasher);
        } finally {
            hashers.add(hasher);
        }
    }

    synchronized void release(Holding holding) {
        Open one = open.get(holding.id());
        if (one != null && one.holding == holding && --one.users == 0) {
            open.remove(holding.id());
        }
    }

    private void deleteFolder(Path folder) {
        // The settings' own folder stands in the place of content that never had one.
        if (!folder.equals(settings.folder)) {
            disk.deleteFolder(folder);
        }
    }

    private Optional<KeptHolding> kept(ContentId id) {
        return records.get(Tables.holding(id)).map(value -> Records.parse(KeptHolding.parser(), value));
    }

    private Place placeOf(KeptHolding kept) {
        return new Place(
                kept.getState(),
                kept.getOriginsList().stream().map(Path::of).toList(),
                kept.getFolder().isEmpty() ? settings.folder : Path.of(kept.getFolder()));
    }

    private void putPlace(Batch batch, ContentId id, Place place, String reason) {
        KeptHolding.Builder kept =
                KeptHolding.newBuilder().setState(place.state()).setReason(reason);
        place.origins().forEach(origin -> kept.addOrigins(origin.toString()));
        if (!place.folder().equals(settings.folder)) {
            kept.setFolder(place.folder().toString());
        }
        batch.put(Tables.holding(id), kept.build().toByteArray());
    }

    private static void deleteBits(Batch batch, ContentId id) {
        batch.delete(Tables.claimed(id)).delete(Tables.synced(id));
    }

    private static ContentException incomplete(ContentId id) {
        return ContentException.damaged(
                "The manifest of " + id.shortText() + "... is missing from this device's store.");
    }
}

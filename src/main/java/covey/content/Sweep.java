package covey.content;

import covey.store.Batch;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.wire.proto.KeptFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One round of removing what nobody needs: contents, folders without a record, layers and files that nobody names. */
final class Sweep {
    /** Deletions written at once. */
    private static final int BATCH_BYTES = 1024 * 1024;

    private final BlockStore blocks;
    private final OrderedStore records;
    private final Disk disk;
    private final Path folder;

    Sweep(BlockStore blocks, OrderedStore records, Disk disk, Path folder) {
        this.blocks = blocks;
        this.records = records;
        this.disk = disk;
        this.folder = folder;
    }

    int run() {
        int removed = 0;
        // First: one that is written while we look is no candidate.
        List<byte[]> layers = layers();
        Set<Digest> roots = new HashSet<>();
        Set<ContentId> seen = new HashSet<>();
        for (BlockStore.Listing listing : blocks.list()) {
            if (!listing.isReferenced() && blocks.remove(listing.id())) {
                removed++;
            } else if (seen.add(listing.id())) {
                addRoots(listing.id(), roots);
            }
        }
        for (Path child : disk.list(folder)) {
            if (String.valueOf(child.getFileName()).startsWith(Exporter.STAGING)) {
                blocks.deleteUnlessKnown(child);
            }
        }
        forgetFiles(roots);
        synchronized (blocks) { // nothing begins meanwhile
            // What was begun meanwhile may have taken up a layer that nobody named before.
            blocks.list().stream()
                    .filter(listing -> seen.add(listing.id()))
                    .forEach(listing -> addRoots(listing.id(), roots));
            layers.removeIf(key -> roots.contains(Digest.tree(Tables.rootOfLayer(key))));
            delete(layers);
        }
        return removed;
    }

    private void addRoots(ContentId id, Set<Digest> roots) {
        blocks.manifestBytes(id).map(Manifest::decode).stream()
                .flatMap(manifest -> manifest.entries().stream())
                .filter(Entry.File.class::isInstance)
                .forEach(entry -> roots.add(((Entry.File) entry).root()));
    }

    /** Files that are gone; what is still there keeps its place, that a rescan need not read it. */
    private void forgetFiles(Set<Digest> roots) {
        List<byte[]> gone = new ArrayList<>();
        records.scan(Tables.FILES, Keys.end(Tables.FILES), false, (key, value) -> {
            if (disk.fingerprint(Tables.pathOfFile(key)).isEmpty()) {
                gone.add(key);
            } else {
                roots.add(Tables.root(Records.parse(KeptFile.parser(), value).getRoot()));
            }
            return true;
        });
        delete(gone);
    }

    private List<byte[]> layers() {
        List<byte[]> keys = new ArrayList<>();
        records.scan(Tables.LAYERS, Keys.end(Tables.LAYERS), false, (key, value) -> keys.add(key));
        return keys;
    }

    private void delete(List<byte[]> keys) {
        Batch batch = new Batch();
        for (byte[] key : keys) {
            batch.delete(key);
            if (batch.bytes() > BATCH_BYTES) {
                records.write(batch, false);
                batch = new Batch();
            }
        }
        if (!batch.isEmpty()) {
            records.write(batch, false);
        }
    }
}

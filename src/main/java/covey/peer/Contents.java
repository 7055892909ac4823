package covey.peer;

import covey.content.BlockStore;
import covey.content.ContentException;
import covey.content.ContentId;
import covey.content.Disk;
import covey.content.Exporter;
import covey.content.HashWorkers;
import covey.content.Importer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this peer holds of content: the store of verified blocks, the threads that hash, and the ways in and out. Any
 * thread; calls block on the disk.
 */
public final class Contents implements AutoCloseable, BlockStore.Listener {
    private static final Logger log = LoggerFactory.getLogger(Contents.class);

    /**
     * How this peer keeps and moves files.
     *
     * @param blocks folder of the block store
     * @param downloads where fetched files go that no place was named for
     * @param freeFloorBytes what must stay free on every device that is written to
     */
    public record Settings(Path blocks, Path downloads, long freeFloorBytes) {}

    private final PeerNode node;
    private final Settings settings;
    private final HashWorkers workers = HashWorkers.forThisMachine();
    private final BlockStore store;
    private final Importer importer;
    private final Exporter exporter;

    /** Over the store of the node, which must not be closed before this. */
    public Contents(PeerNode node, Settings settings) {
        this.node = node;
        this.settings = settings;
        prepare(settings.blocks());
        store = new BlockStore(
                node.env(),
                node.store(),
                Disk.system(),
                new BlockStore.Settings(settings.blocks(), settings.freeFloorBytes()),
                this);
        importer = new Importer(node.env(), node.store(), workers);
        exporter = new Exporter(store);
    }

    /** What others sent us is nobody else's on this machine. */
    private static void prepare(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw new ContentException(
                    ContentException.Reason.FAILED,
                    "The folder " + folder + " for fetched files cannot be made: " + e.getMessage() + ".",
                    e);
        }
    }

    public Settings settings() {
        return settings;
    }

    public BlockStore store() {
        return store;
    }

    public Importer importer() {
        return importer;
    }

    public Exporter exporter() {
        return exporter;
    }

    /** Hashing and writing belong on these. */
    public HashWorkers workers() {
        return workers;
    }

    @Override
    public void withdrawn(ContentId id, String sentence) {
        log.info("withdrawn content={} why=\"{}\"", id.shortText(), sentence);
        node.warn(sentence);
    }

    @Override
    public void close() {
        workers.close();
    }
}

package covey.files;

import com.google.protobuf.ByteString;
import covey.catalog.Shares;
import covey.catalog.Tickets;
import covey.chat.Attachment;
import covey.chat.ChatMessage;
import covey.content.BlockStore;
import covey.content.ContentException;
import covey.content.ContentId;
import covey.content.Disk;
import covey.content.Entry;
import covey.content.Exporter;
import covey.content.Imported;
import covey.content.Importer;
import covey.content.Manifest;
import covey.content.ScanProgress;
import covey.directory.DirectoryView.Account;
import covey.env.HashWorkers;
import covey.env.Loop.Cancellable;
import covey.peer.HubStatus;
import covey.peer.PeerEvent;
import covey.peer.PeerNode;
import covey.peer.RouteState;
import covey.swarm.DownloadCaps;
import covey.swarm.Uploads;
import covey.transfer.Numbers;
import covey.transfer.Offers;
import covey.transfer.Results;
import covey.transfer.Sharing;
import covey.transfer.Transfer;
import covey.transfer.Transfers;
import covey.transfer.Wanted;
import covey.wire.DeviceId;
import covey.wire.proto.KeptRoot;
import covey.wire.proto.KeptTransfer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.function.Consumer;
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
     * @param acceptBytesMax offered files up to this size are fetched at once; 0 = none
     * @param downloadCaps what all fetches may take
     * @param uploads what others are given
     */
    public record Settings(
            Path blocks,
            Path downloads,
            long freeFloorBytes,
            long acceptBytesMax,
            DownloadCaps downloadCaps,
            Uploads.Settings uploads) {}

    private final PeerNode node;
    private final Settings settings;
    private final HashWorkers workers = HashWorkers.forThisMachine();
    private final BlockStore store;
    private final Importer importer;
    private final Offers offers;
    private final Results results;
    private final Finder finder;
    private final Watching watching;
    private final Sharing sharing;
    private final Transfers transfers;
    private final Traffic traffic;
    private final Cancellable watch;

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
        Numbers numbers = new Numbers(node.store());
        offers = new Offers(node.env(), node.store(), store, numbers);
        results = new Results(node.env(), node.store());
        finder = new Finder(node, results);
        watching = new Watching(node, this::sharing);
        Shares shares = new Shares(this::accountIndex);
        sharing = new Sharing(
                new Sharing.Ports(node.env(), node.store(), store, importer, shares, new HubWay(node), watching));
        Guests guests = new Guests(new PeerHouse(node, new Inquiry(node), offers, sharing, this::isFetched));
        traffic = new Traffic(node, store, workers, settings, guests, new Hosts(node, finder));
        transfers = new Transfers(
                new Transfers.Ports(node.env(), node.store(), numbers, store, workers, new Exporter(store), traffic));
        watch = node.watch(this::heard);
    }

    private boolean isFetched(ContentId content, boolean isBegun) {
        return transfers.isFetched(content, isBegun ? Long.MAX_VALUE / 2 : Tickets.LIFETIME_MILLIS);
    }

    /** Goes on with what had not ended; once the node is started. */
    public void start() {
        node.env().background("transfers", () -> {
            offers.expire();
            transfers.start();
            watching.start();
        });
    }

    /** As the hub counts it in its digest; an account that is unknown here is told wrong, and all is told again. */
    private long accountIndex(String account) {
        return node.directory().account(account).map(Account::index).orElse(0L);
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

    public Transfers transfers() {
        return transfers;
    }

    /**
     * Shares a file or folder from now on, for somebody who waits: told how far it is a few times a second.
     *
     * @param progress stops it
     */
    public Sharing.Scanned share(String name, KeptRoot root, ScanProgress progress, Consumer<Hashing.View> told) {
        try (Hashing hashing = new Hashing(node, name, progress)) {
            hashing.tellTo(told);
            return sharing.share(name, root, progress);
        }
    }

    /** What is shared under names of its own. */
    public Sharing sharing() {
        return sharing;
    }

    /** What the last search found. */
    public Results results() {
        return results;
    }

    /** What the hub's catalog knows. */
    public Finder finder() {
        return finder;
    }

    public Offers offers() {
        return offers;
    }

    /** Block bytes given to others since the start. */
    public long servedBytes() {
        return traffic.servedBytes();
    }

    /**
     * Makes a file or folder ready to be told of with a message to {@code to}: whoever that is may fetch it from now
     * on. Reads it all, unless it is known.
     */
    public Attachment offer(Path path, String to) {
        Imported imported = importer.scan(path, Importer.Options.STRICT);
        Manifest manifest = imported.manifest();
        int files = (int) manifest.entries().stream()
                .filter(entry -> entry instanceof Entry.File)
                .count();
        String name = String.valueOf(imported.origin().getFileName());
        String sha256 = manifest.isOneFile() ? manifest.file(0).plain().hex() : "";
        Attachment attachment = new Attachment(
                imported.id(), name, manifest.bytes(), manifest.isOneFile() ? 1 : Math.max(2, files), sha256);
        offers.add(imported, to, name, attachment.files());
        return attachment;
    }

    /** Nobody gets it by this offer any more, also who is fetching it. */
    public void takeBack(Offers.Offer offer) {
        offers.withdraw(offer.content(), offer.to());
        traffic.review();
    }

    /** Ends a share, also for those who are fetching it. */
    public void unshare(String name) {
        sharing.remove(name);
        traffic.review();
    }

    /** The transfer that an incoming message's offer is, made when it is looked at first; empty without an offer. */
    public Optional<Transfer> offered(ChatMessage message) {
        return message.attachment()
                .filter(offer -> !message.outgoing())
                .map(offer -> transfers.offered(
                        message.id(),
                        KeptTransfer.newBuilder()
                                .setContent(ByteString.copyFrom(offer.content().toBytes()))
                                .setName(offer.name())
                                .setBytes(offer.bytes())
                                .setFiles(offer.files())
                                .setFrom(message.from())
                                .build()));
    }

    /** Where something of this name goes when no place was named; the folder is made. */
    public Path download(String name) {
        prepare(settings.downloads());
        return settings.downloads().resolve(name);
    }

    /** An offer as it is accepted when no place was named. */
    private Wanted wanted(Transfer offer) {
        KeptTransfer kept = offer.kept();
        return new Wanted(
                offer.content(),
                kept.getName(),
                kept.getBytes(),
                kept.getFiles(),
                kept.getSha256(),
                download(kept.getName()),
                true,
                offer.only());
    }

    /** How the device is reached just now; empty when no link was wanted. */
    public Optional<RouteState> route(DeviceId device) {
        return new Inquiry(node).loop(answer -> answer.complete(node.route(device)));
    }

    /** Where the path leads, free of links. */
    public Path realPath(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw new ContentException(
                    ContentException.Reason.NOT_FOUND,
                    "There is no file or folder " + path + ", or it cannot be read.",
                    e);
        }
    }

    private void heard(PeerEvent event) {
        if (event instanceof PeerEvent.Directory) {
            traffic.review(); // a device may have been revoked
        } else if (event instanceof PeerEvent.Settled) {
            node.env().background("shares", sharing::hubIsUp);
        } else if (event instanceof PeerEvent.Hub(HubStatus status) && !status.isConnected()) {
            sharing.hubIsAway();
        }
        if (event instanceof PeerEvent.Message(ChatMessage message)
                && message.attachment()
                        .filter(offer -> settings.acceptBytesMax() > 0 && offer.bytes() <= settings.acceptBytesMax())
                        .isPresent()) {
            node.env().background("accept", () -> accept(message));
        }
    }

    private void accept(ChatMessage message) {
        try {
            offered(message)
                    .filter(offer -> offer.state() == Transfer.State.OFFERED)
                    .ifPresent(offer -> transfers.accept(offer.number(), wanted(offer)));
        } catch (ContentException e) {
            node.warn("What @" + message.from() + " offered was not fetched: " + e.getMessage());
        }
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
        watch.cancel();
        watching.close();
        sharing.stop();
        transfers.close();
        traffic.close();
        workers.close();
    }
}

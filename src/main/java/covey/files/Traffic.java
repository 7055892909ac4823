package covey.files;

import covey.content.BlockStore;
import covey.content.ContentException.Reason;
import covey.content.ContentId;
import covey.content.Manifest;
import covey.env.HashWorkers;
import covey.exchange.Fetch;
import covey.exchange.FetchPorts;
import covey.exchange.Server;
import covey.peer.PeerNode;
import covey.swarm.Downloader;
import covey.swarm.SwarmLimits;
import covey.transfer.Fetcher;
import covey.transfer.Progress;
import covey.transfer.Transfer;
import covey.transport.BlockBuffers;
import covey.wire.DeviceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the exchange to work for this peer: serves others over bulk connections, and fetches for its transfers. */
final class Traffic implements Fetcher, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Traffic.class);

    /** Bytes of blocks in memory, of all fetches together; the same again for serving. */
    private static final long BUFFER_BYTES_MAX = 128L << 20;

    /** A fetch that is stopped still verifies what has arrived and notes it: a second on a slow disk. */
    private static final long CLOSE_MILLIS_MAX = 10_000;

    private final PeerNode node;
    private final BlockStore store;
    private final HashWorkers workers;
    private final Contents.Settings settings;
    private final Hosts hosts;
    private final BlockBuffers arriving = new BlockBuffers(BUFFER_BYTES_MAX);
    private final Server server;
    private final Downloader.Settings downloads;

    /** Fetches that may still write to the store; its own guard. */
    private final Set<Telling> underWay = new HashSet<>();

    Traffic(
            PeerNode node,
            BlockStore store,
            HashWorkers workers,
            Contents.Settings settings,
            Guests guests,
            Hosts hosts) {
        this.node = node;
        this.store = store;
        this.workers = workers;
        this.settings = settings;
        this.hosts = hosts;
        downloads = new Downloader.Settings(
                SwarmLimits.CONNECTIONS_USUAL, SwarmLimits.IN_FLIGHT_BYTES_MAX, settings.downloadCaps());
        server = new Server(
                new Server.Ports(node.env(), store, new BlockBuffers(BUFFER_BYTES_MAX), guests, node.networkId()),
                settings.uploads());
        node.acceptBulk(server);
    }

    long servedBytes() {
        return server.servedBytes();
    }

    @Override
    public Runnable fetch(Transfer transfer, String owner, Hearer hearer) {
        AtomicBoolean isOver = new AtomicBoolean();
        Telling telling = new Telling(transfer.content(), hearer);
        FetchPorts ports = new FetchPorts(
                telling.errands,
                store,
                workers,
                arriving,
                node::dialBulk,
                content -> telling.found(hosts.of(transfer, isOver::get)),
                node.networkId(),
                downloads);
        Set<DeviceId> only = transfer.only();
        Fetch.Order order = new Fetch.Order(
                transfer.content(),
                owner,
                beside(Path.of(transfer.kept().getTarget())),
                only.isEmpty() ? Optional.empty() : Optional.of(only));
        Fetch fetch = new Fetch(ports, order, telling);
        synchronized (underWay) {
            underWay.add(telling);
        }
        fetch.start();
        return () -> {
            isOver.set(true);
            fetch.cancel();
        };
    }

    /** Another device than the block store's: then the blocks lie there from the beginning, so that none is copied. */
    private Optional<Path> beside(Path target) {
        Path parent = target.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            return Optional.empty();
        }
        try {
            boolean isElsewhere = !Files.getFileStore(parent).equals(Files.getFileStore(settings.blocks()));
            return isElsewhere ? Optional.of(parent) : Optional.empty();
        } catch (IOException e) {
            log.debug("the device of a target cannot be told target={}", target, e);
            return Optional.empty();
        }
    }

    /** In the words of a transfer; and to the hub, which knows the content already when it gave a ticket for it. */
    private final class Telling implements Fetch.Listener {
        private final Errands errands = new Errands(node.env(), this::closed);
        private final Announcing announcing;
        private final Hearer hearer;
        private volatile boolean isShared;

        Telling(ContentId content, Hearer hearer) {
            this.announcing = new Announcing(content);
            this.hearer = hearer;
        }

        FetchPorts.Found found(FetchPorts.Found found) {
            isShared |= !found.ticket().isEmpty();
            return found;
        }

        @Override
        public void known(Manifest manifest) {
            hearer.known(manifest.bytes());
        }

        @Override
        public void progressed(Fetch.Progress now) {
            List<Progress.FromDevice> sources = now.sources().stream()
                    .map(one -> new Progress.FromDevice(one.source(), one.receivedBytes(), one.bytesPerSecond()))
                    .toList();
            if (isShared) {
                long millis = node.env().clock().monotonicMillis();
                announcing.holds(now.haveBytes(), now.totalBytes(), millis).ifPresent(node::track);
            }
            hearer.progressed(
                    new Progress(now.haveBytes(), now.totalBytes(), now.bytesPerSecond(), now.millisLeft(), sources));
        }

        @Override
        public void stalled(String sentence) {
            hearer.stalled(sentence);
        }

        @Override
        public void reported(DeviceId device, String sentence) {
            String whose = node.directory()
                    .accountOf(device)
                    .map(known -> "@" + known.name() + "'s")
                    .orElse("Somebody's");
            String told = whose + " device " + device.shortText() + " sent other bytes than it promised (" + sentence
                    + "): they were thrown away, and it is asked no more.";
            log.warn("a source sent other bytes than promised device={} why=\"{}\"", device, sentence);
            node.warn(told);
            hearer.stalled(told);
        }

        @Override
        public void finished() {
            hearer.finished();
            ended();
        }

        private void ended() {
            announcing.leaves().ifPresent(node::track);
            errands.ended();
        }

        @Override
        public void failed(Reason reason, String sentence) {
            hearer.failed(reason, sentence);
            ended();
        }

        /** It does nothing with the store any more. */
        private void closed() {
            synchronized (underWay) {
                underWay.remove(this);
                underWay.notifyAll();
            }
        }
    }

    /** Somebody may have less than before. */
    void review() {
        server.review();
    }

    /** Once this returns no fetch, all of which were stopped before, writes to the store. */
    @Override
    public void close() {
        server.close();
        long end = node.env().clock().monotonicMillis() + CLOSE_MILLIS_MAX;
        synchronized (underWay) {
            try {
                for (long left = CLOSE_MILLIS_MAX; !underWay.isEmpty() && left > 0; ) {
                    underWay.wait(left);
                    left = end - node.env().clock().monotonicMillis();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (!underWay.isEmpty()) {
                log.warn("fetches have not ended in time count={}", underWay.size());
            }
        }
    }
}

package covey.exchange;

import com.google.protobuf.ByteString;
import covey.content.BlockMap;
import covey.content.BlockStore;
import covey.content.ContentException;
import covey.content.ContentException.Reason;
import covey.content.ContentId;
import covey.content.Holding;
import covey.content.Manifest;
import covey.env.HashWorkers;
import covey.env.Loop;
import covey.store.StoreException;
import covey.swarm.DownloadAction;
import covey.swarm.DownloadEvent;
import covey.swarm.Downloader;
import covey.swarm.Downloader.SourceView;
import covey.swarm.SwarmLimits;
import covey.transport.BlockBuffer;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Messages;
import covey.wire.proto.Declined;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FetchReply;
import covey.wire.proto.FetchRequest;
import covey.wire.proto.Have;
import covey.wire.proto.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches one content into the block store: does what its {@link Downloader} decides, over connections of its own.
 * Blocks are verified by {@link HashWorkers} before they are kept, and what is kept stays: a fetch begun again, also
 * after a kill -9, goes on where it was.
 *
 * <p>Its loop owns all state; what blocks (disk, hashing, asking for sources) runs beside it.
 */
public final class Fetch {
    private static final Logger log = LoggerFactory.getLogger(Fetch.class);

    /** Between two notes of what is here and two reports of how far it is. */
    private static final long FLUSH_MILLIS = 250;

    /** When no buffer is free for a block, because other downloads have them. */
    private static final long NO_BUFFER_MILLIS = 50;

    /** Hears of a fetch on its loop; must not block. */
    public interface Listener {
        /** Beside the loop, before any of it is written; throws {@link ContentException} when it is not wanted so. */
        default void known(Manifest manifest) {}

        void progressed(Progress progress);

        /** It waits, and goes on by itself when it can. */
        void stalled(String sentence);

        /** A source sent what is not the content, and is left. */
        void reported(DeviceId device, String sentence);

        /** Every block is here, verified and synced: the content can be opened and exported. Last. */
        void finished();

        /** It ended without success; what is here stays, to go on with later. Last. */
        void failed(Reason reason, String sentence);
    }

    /** How far it is. {@code millisLeft} is -1 when nobody can know. */
    public record Progress(
            long haveBytes, long totalBytes, long bytesPerSecond, long millisLeft, List<SourceView> sources) {}

    /**
     * What is wanted.
     *
     * @param owner who wants it, as for {@link BlockStore#retain}
     * @param beside a folder on the device where it shall be exported to
     * @param only no other device is asked
     */
    public record Order(ContentId content, String owner, Optional<Path> beside, Optional<Set<DeviceId>> only) {}

    private final FetchPorts ports;
    private final Order order;
    private final Listener listener;
    private final Loop loop;
    private final Downloader downloader;
    private final Verifier verifier;
    private final Map<DeviceId, SourceLink> links = new LinkedHashMap<>();
    private final Set<DeviceId> known = new HashSet<>();
    private final Set<DeviceId> refused = new HashSet<>();
    private volatile Optional<Holding> holding = Optional.empty();
    private final ShownTickets tickets = new ShownTickets();
    private final Speed speed = new Speed();
    private long haveBytes;
    private long flushedMillis;
    private boolean isAsking;
    private boolean isOver;

    public Fetch(FetchPorts ports, Order order, Listener listener) {
        this.ports = ports;
        this.order = order;
        this.listener = listener;
        this.loop = ports.env().newLoop("fetch " + order.content().shortText());
        this.downloader =
                new Downloader(ports.settings(), order.only(), ports.env().random(), now());
        this.verifier = new Verifier(ports.env(), ports.workers(), this);
    }

    /** Begins, or goes on with what is here already. */
    public void start() {
        beside(() -> {
            Optional<Holding> here = ports.store().open(order.content());
            here.ifPresent(Holding::close);
            // Beginning it again retains it, and takes up what was withdrawn.
            here.map(Holding::manifest).ifPresent(this::begin);
            onLoop(() -> {
                tell(new DownloadEvent.Tick());
                tick();
            });
        });
    }

    /** Ends it; what is here stays. */
    public void cancel() {
        onLoop(() -> fail(Reason.REFUSED, "The fetch of " + order.content().shortText() + "... was cancelled."));
    }

    private long now() {
        return ports.env().clock().monotonicNanos();
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(() -> {
                if (!isOver) {
                    task.run();
                }
            });
        } catch (RejectedExecutionException e) {
            log.trace("the fetch has ended, what came late is dropped", e);
        }
    }

    /** Runs what blocks; trouble of the disk ends the fetch. */
    private void beside(Runnable task) {
        ports.env().background("fetch " + order.content().shortText(), () -> {
            try {
                task.run();
            } catch (ContentException e) {
                onLoop(() -> fail(e.reason(), String.valueOf(e.getMessage())));
            } catch (StoreException e) {
                onLoop(() -> fail(e.isDiskFull() ? Reason.NO_SPACE : Reason.FAILED, String.valueOf(e.getMessage())));
            } catch (RuntimeException e) {
                log.error("the fetch failed content={}", order.content().shortText(), e);
                onLoop(() -> fail(Reason.FAILED, "The fetch failed: " + e));
            }
        });
    }

    private void tick() {
        long millis = now() / 1_000_000;
        if (millis - flushedMillis >= FLUSH_MILLIS) {
            flushedMillis = millis;
            holding.ifPresent(held -> {
                beside(held::flush);
                listener.progressed(progress(held));
            });
        }
        loop.schedule(SwarmLimits.TICK_MILLIS, () -> onLoop(this::tick));
        tell(new DownloadEvent.Tick());
    }

    private Progress progress(Holding held) {
        long total = held.manifest().bytes();
        List<SourceView> sources = downloader.sources();
        long perSecond = speed.at(now(), sources);
        long left = perSecond == 0 ? -1 : (total - haveBytes) * 1_000 / perSecond;
        return new Progress(haveBytes, total, perSecond, left, sources);
    }

    private void tell(DownloadEvent event) {
        long now = now();
        Map<SourceLink, List<Integer>> wanted = new LinkedHashMap<>();
        for (DownloadAction action : downloader.on(event, now)) {
            if (!isOver) {
                act(action, wanted);
            }
        }
        wanted.forEach(SourceLink::want);
    }

    private void act(DownloadAction action, Map<SourceLink, List<Integer>> wanted) {
        switch (action) {
            case DownloadAction.AskSources ask -> askSources();
            case DownloadAction.Connect connect -> connect(connect.source());
            case DownloadAction.Disconnect no -> close(no.source());
            case DownloadAction.AskManifest ask ->
                link(ask.source()).ifPresent(link -> link.askHashes(0, link.manifestBytes));
            case DownloadAction.AskLayer ask ->
                link(ask.source()).ifPresent(link -> link.askHashes(ask.entry() + 1, map().layerBytesOf(ask.entry())));
            case DownloadAction.Want want -> link(want.source()).ifPresent(link -> want(link, want.block(), wanted));
            case DownloadAction.Unwant unwant ->
                link(unwant.source()).ifPresent(link -> {
                    List<Integer> notSent = wanted.getOrDefault(link, new ArrayList<>());
                    if (notSent.remove(/* element */ (Integer) unwant.block())) {
                        link.forget(unwant.block());
                    } else {
                        link.unwant(unwant.block());
                    }
                });
            case DownloadAction.Drop drop -> {
                log.warn("dropped source={} why=\"{}\"", drop.source().shortText(), drop.sentence());
                listener.reported(drop.source(), drop.sentence());
                refuse(drop.source(), Reason.DAMAGED, drop.sentence());
            }
            case DownloadAction.Stalled stalled -> listener.stalled(stalled.sentence());
            case DownloadAction.Done done -> finish();
        }
    }

    private Optional<SourceLink> link(DeviceId device) {
        return Optional.ofNullable(links.get(device));
    }

    private BlockMap map() {
        return holding().map();
    }

    private void askSources() {
        if (isAsking) {
            return;
        }
        isAsking = true;
        beside(() -> {
            FetchPorts.Found found = ports.sources().find(order.content());
            onLoop(() -> found(found));
        });
    }

    private void found(FetchPorts.Found found) {
        isAsking = false;
        tickets.found(found, now() / 1_000_000);
        found.devices().stream()
                .filter(device ->
                        order.only().map(only -> only.contains(device)).orElse(true))
                .forEach(known::add);
        if (known.isEmpty()) {
            fail(Reason.NOT_FOUND, "Nobody who can be asked has it now.");
            return;
        }
        tell(new DownloadEvent.SourcesTold(found.devices()));
    }

    private void connect(DeviceId device) {
        FetchRequest request = FetchRequest.newBuilder()
                .setContent(ByteString.copyFrom(order.content().toBytes()))
                .setTicket(tickets.of(device))
                .setManifestWanted(holding.isEmpty())
                .build();
        SourceLink link = new SourceLink(device, loop, ports.buffers(), ports.networkId(), request, this);
        links.put(device, link);
        ports.dialler().dial(device, link);
    }

    private void close(DeviceId device) {
        SourceLink link = links.remove(device);
        if (link != null) {
            link.close();
        }
    }

    private void lost(SourceLink link, DownloadEvent.Loss loss, long retryAfterMillis) {
        close(link.device);
        tell(new DownloadEvent.SourceLost(link.device, loss, retryAfterMillis));
    }

    /** It is never asked again; when that was the last one, nobody is left. */
    private void refuse(DeviceId device, Reason reason, String sentence) {
        close(device);
        refused.add(device);
        if (refused.containsAll(known)) {
            fail(reason, "Nobody is left to fetch it from. " + sentence);
        }
    }

    private void want(SourceLink link, int block, Map<SourceLink, List<Integer>> wanted) {
        if (link.reserve(block, map().lengthOf(block))) {
            wanted.computeIfAbsent(link, first -> new ArrayList<>()).add(block);
        } else {
            onLoop(() -> tell(new DownloadEvent.Declined(link.device, block, NO_BUFFER_MILLIS)));
        }
    }

    // What its sources say, on the loop.

    void replied(SourceLink link, FetchReply reply) {
        if (reply.getRetryAfterMillis() > 0) {
            lost(link, DownloadEvent.Loss.BUSY, reply.getRetryAfterMillis());
            return;
        }
        link.partial = reply.getComplete() ? Optional.empty() : Optional.of(new BitSet());
        if (holding.isPresent() || reply.getManifest().isEmpty()) {
            ready(link);
            return;
        }
        // Told first: else the downloader would ask for what is here.
        beside(() -> {
            manifest(link, reply.getManifest().toByteArray());
            onLoop(() -> ready(link));
        });
    }

    private void ready(SourceLink link) {
        link.isReady = true;
        tell(new DownloadEvent.SourceReady(link.device, link.partial));
    }

    /** Beside the loop. */
    private void manifest(SourceLink link, byte[] bytes) {
        Manifest manifest;
        try {
            manifest = Manifest.decode(order.content(), bytes);
        } catch (ContentException e) {
            onLoop(() -> tell(new DownloadEvent.HashesRefused(link.device, DownloadEvent.MANIFEST, true)));
            return;
        }
        begin(manifest);
    }

    /** Beside the loop. */
    private void begin(Manifest manifest) {
        listener.known(manifest);
        Holding begun = order.beside().isPresent()
                ? ports.store().begin(manifest, order.owner(), order.beside().get())
                : ports.store().begin(manifest, order.owner());
        BitSet have = begun.have();
        BitSet missingLayers = begun.missingLayers();
        long bytes = have.stream().mapToLong(begun.map()::lengthOf).sum();
        try {
            loop.execute(() -> {
                if (isOver || holding.isPresent()) {
                    begun.close();
                    return;
                }
                holding = Optional.of(begun);
                haveBytes = bytes;
                tell(new DownloadEvent.ManifestKnown(begun.map(), have, missingLayers));
            });
        } catch (RejectedExecutionException e) {
            begun.close();
        }
    }

    void frame(SourceLink link, Frame frame) {
        switch (Messages.decode(frame)) {
            case Have have -> gained(link, have.getRunsList());
            case Declined declined -> {
                link.forget(declined.getBlock());
                tell(new DownloadEvent.Declined(
                        link.device, declined.getBlock(), Integer.toUnsignedLong(declined.getRetryAfterMillis())));
            }
            case Problem problem when problem.getCode() == ErrorCode.BUSY -> lost(link, DownloadEvent.Loss.BUSY, 0);
            case Problem problem
            when tickets.isProvisional(link.device, link.ticket(), problem) -> {
                lost(link, DownloadEvent.Loss.BUSY, ShownTickets.AGAIN_MILLIS);
                askSources();
            }
            case Problem problem -> {
                lost(link, DownloadEvent.Loss.REFUSED, 0);
                refuse(link.device, ShownTickets.reason(problem), problem.getMessage());
            }
            default -> log.debug("not expected from a source type={}", frame.type());
        }
    }

    private void gained(SourceLink link, List<Integer> runs) {
        int at = 0;
        for (int i = 0; i + 1 < runs.size(); i += 2) {
            int first = at + runs.get(i);
            at = first + runs.get(i + 1);
            if (link.isReady && at > first) {
                tell(new DownloadEvent.HaveGained(link.device, first, at - first));
            } else {
                // Its manifest is still being looked at.
                link.partial.orElseGet(BitSet::new).set(first, at);
            }
        }
    }

    void hashesArrived(SourceLink link, int part, byte[] bytes) {
        beside(() -> {
            if (part == 0) {
                manifest(link, bytes);
                return;
            }
            int entry = part - 1;
            DownloadEvent known = new DownloadEvent.LayerKnown(entry);
            try {
                holding().putLayer(entry, bytes);
            } catch (ContentException e) {
                if (e.reason() != Reason.DAMAGED) {
                    throw e;
                }
                known = new DownloadEvent.HashesRefused(link.device, entry, true);
            }
            DownloadEvent outcome = known;
            onLoop(() -> tell(outcome));
        });
    }

    void hashesRefused(SourceLink link, int part, boolean isWrong) {
        tell(new DownloadEvent.HashesRefused(link.device, part == 0 ? DownloadEvent.MANIFEST : part - 1, isWrong));
    }

    /** On the I/O thread. */
    void bytesArrived(SourceLink link, int block, int bytes) {
        onLoop(() -> tell(new DownloadEvent.BytesArrived(link.device, block, bytes)));
    }

    /** On the I/O thread: the whole block is in the buffer, which is the owner's now. */
    void blockFilled(SourceLink link, int block, BlockBuffer bytes) {
        verifier.add(link.device, block, bytes);
    }

    // On a worker.

    Holding holding() {
        return holding.orElseThrow();
    }

    /** The block is what it should be, and here; not new when another source was sooner. */
    void kept(DeviceId source, int block, int bytes, boolean isNew) {
        onLoop(() -> {
            haveBytes += isNew ? bytes : 0;
            tell(new DownloadEvent.BlockArrived(source, block, true));
        });
    }

    void wrong(DeviceId source, int block) {
        onLoop(() -> tell(new DownloadEvent.BlockArrived(source, block, false)));
    }

    void notKept(Reason reason, String sentence) {
        onLoop(() -> fail(reason, sentence));
    }

    // On the loop.

    /** Once, last. */
    void ended(SourceLink link, String why) {
        if (links.remove(link.device, link)) {
            tell(new DownloadEvent.SourceLost(link.device, DownloadEvent.Loss.GONE, 0));
        }
    }

    private void finish() {
        links.values().forEach(SourceLink::close);
        links.clear();
        Holding held = holding();
        listener.progressed(progress(held));
        beside(() -> {
            held.finish();
            onLoop(() -> {
                end();
                log.info("fetched content={} bytes={}", order.content().shortText(), haveBytes);
                listener.finished();
            });
        });
    }

    private void fail(Reason reason, String sentence) {
        if (!isOver) {
            end();
            log.info("not fetched content={} why=\"{}\"", order.content().shortText(), sentence);
            listener.failed(reason, sentence);
        }
    }

    private void end() {
        isOver = true;
        links.values().forEach(SourceLink::close);
        links.clear();
        holding.ifPresent(held -> ports.env().background("close", () -> {
            // Else it could be opened anew while blocks are still written through what was closed.
            verifier.awaitIdle();
            held.flush();
            held.close();
        }));
        loop.close();
    }
}

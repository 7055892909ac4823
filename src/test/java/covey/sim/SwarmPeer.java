package covey.sim;

import com.google.protobuf.ByteString;
import covey.swarm.DownloadAction;
import covey.swarm.DownloadEvent;
import covey.swarm.DownloadEvent.Loss;
import covey.swarm.Downloader;
import covey.swarm.SwarmLimits;
import covey.swarm.Uploads;
import covey.swarm.Uploads.Request;
import covey.swarm.Uploads.Turn;
import covey.wire.DeviceId;
import covey.wire.proto.Track;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;

/** One device of a {@link SwarmWorld}: it fetches, and serves what it has, as well or as badly as it is told. */
final class SwarmPeer {
    /** What one connection holds between two devices: socket buffers and what the receiver allows. */
    private static final int WINDOW_BYTES = 512 * 1024;

    /** As in the shell of the exchange. */
    private static final int HASH_PIECE_BYTES = 32 * 1024;

    private static final long TRACK_MILLIS = 2_000;
    private static final int FETCH = 1;

    final DeviceId device;
    final BitSet have = new BitSet();
    final BitSet layers = new BitSet();
    boolean hasManifest;
    final List<DownloadAction> said = new ArrayList<>();
    /** Blocks that were not what the content promises. */
    int refused;

    boolean isLiar;
    boolean isFrozen;
    boolean isOnline = true;
    double finishedAt = Double.NaN;
    long receivedBytes;
    final Map<DeviceId, Long> sentBytes = new HashMap<>();

    private final SwarmWorld swarm;
    private double upBytesPerNano;
    private final double downBytesPerNano;
    private Optional<Downloader> downloader = Optional.empty();
    private Uploads uploads;
    private final Map<DeviceId, Link> serves = new HashMap<>();
    private final Map<DeviceId, Link> fetches = new HashMap<>();
    private long upFreeNanos;
    private long downFreeNanos;
    private boolean isPumpPlanned;

    /** A connection over which {@code from} serves {@code to}. */
    private static final class Link {
        final SwarmPeer from;
        final SwarmPeer to;
        boolean isOpen = true;
        int unreceivedBytes;
        /** Parts of the hashes that are on their way. */
        final Set<Integer> parts = new HashSet<>();

        Link(SwarmPeer from, SwarmPeer to) {
            this.from = from;
            this.to = to;
        }
    }

    SwarmPeer(SwarmWorld swarm, DeviceId device, double upBytesPerSecond, double downBytesPerSecond) {
        this.swarm = swarm;
        this.device = device;
        this.upBytesPerNano = upBytesPerSecond / 1e9;
        this.downBytesPerNano = downBytesPerSecond / 1e9;
        this.uploads = new Uploads(swarm.uploads, now());
    }

    void upRate(double bytesPerSecond) {
        upBytesPerNano = bytesPerSecond / 1e9;
    }

    /** Begins to fetch, or goes on after it was away. */
    void fetch() {
        if (downloader.isPresent()) {
            return;
        }
        isOnline = true;
        Downloader fresh = new Downloader(swarm.settings, Optional.empty(), new Random(swarm.random.nextLong()), now());
        downloader = Optional.of(fresh);
        if (hasManifest) {
            manifest();
        }
        tick(fresh);
        track(fresh);
    }

    /** Loses power: connections break, what was kept stays. */
    void leave() {
        isOnline = false;
        downloader = Optional.empty();
        uploads = new Uploads(swarm.uploads, now());
        List.copyOf(serves.values()).forEach(link -> end(link, Loss.GONE, 0));
        List.copyOf(fetches.values()).forEach(link -> end(link, Loss.GONE, 0));
        swarm.tracker.gone(device);
    }

    boolean isDone() {
        return have.cardinality() == swarm.map.count();
    }

    private long now() {
        return swarm.world.nowNanos();
    }

    private void tick(Downloader mine) {
        if (isCurrent(mine) && !mine.isDone()) {
            on(new DownloadEvent.Tick());
            swarm.world.schedule(SwarmLimits.TICK_MILLIS * 1_000_000L, () -> tick(mine));
        }
    }

    private void track(Downloader mine) {
        if (isCurrent(mine)) {
            swarm.tracker.track(
                    device,
                    Track.newBuilder()
                            .setContent(ByteString.copyFrom(swarm.content.toBytes()))
                            .setTotalBlocks(swarm.map.count())
                            .setHaveBlocks(have.cardinality())
                            .build(),
                    now() / 1_000_000);
            swarm.world.schedule(TRACK_MILLIS * 1_000_000, () -> track(mine));
        }
    }

    private boolean isCurrent(Downloader mine) {
        return downloader.isPresent() && downloader.get() == mine;
    }

    private void on(DownloadEvent event) {
        downloader.ifPresent(mine -> mine.on(event, now()).forEach(this::perform));
    }

    private void manifest() {
        BitSet missing = swarm.layered();
        missing.andNot(layers);
        on(new DownloadEvent.ManifestKnown(swarm.map, (BitSet) have.clone(), missing));
    }

    private void perform(DownloadAction action) {
        switch (action) {
            case DownloadAction.AskSources ignored ->
                swarm.later(() -> {
                    List<DeviceId> told = swarm
                            .tracker
                            .sources(device, swarm.content, swarm.complete, this::isHere, now() / 1_000_000)
                            .stream()
                            .map(source -> source.device())
                            .toList();
                    swarm.later(() -> on(new DownloadEvent.SourcesTold(told)));
                });
            case DownloadAction.Connect connect -> swarm.later(() -> swarm.later(() -> connect(connect.source())));
            case DownloadAction.Disconnect disconnect -> end(disconnect.source());
            case DownloadAction.Drop drop -> {
                said.add(drop);
                end(drop.source());
            }
            case DownloadAction.AskManifest ask -> askHashes(ask.source(), DownloadEvent.MANIFEST);
            case DownloadAction.AskLayer ask -> askHashes(ask.source(), ask.entry());
            case DownloadAction.Want want -> {
                said.add(want);
                overLink(want.source(), link -> link.from.wanted(link, want.block()));
            }
            case DownloadAction.Unwant unwant -> {
                said.add(unwant);
                overLink(unwant.source(), link -> link.from.uploads.unwant(device, FETCH, unwant.block()));
            }
            case DownloadAction.Stalled stalled -> said.add(stalled);
            case DownloadAction.Done ignored -> finishedAt = swarm.seconds();
        }
    }

    private boolean isHere(DeviceId other) {
        SwarmPeer peer = swarm.peers.get(other);
        return peer != null && peer.isOnline;
    }

    private void overLink(DeviceId source, java.util.function.Consumer<Link> action) {
        Link link = fetches.get(source);
        if (link != null) {
            swarm.later(() -> {
                if (link.isOpen && !link.from.isFrozen) {
                    action.accept(link);
                }
            });
        }
    }

    private void connect(DeviceId source) {
        SwarmPeer other = swarm.peers.get(source);
        if (other == null || !other.isOnline || !isOnline || fetches.containsKey(source)) {
            on(new DownloadEvent.SourceLost(source, Loss.GONE, 0));
            return;
        }
        OptionalLong busy = other.uploads.join(device, FETCH, swarm.content, now());
        if (busy.isPresent()) {
            other.uploads.evict(now()).ifPresent(idle -> {
                Link link = other.serves.get(idle);
                if (link != null) {
                    other.end(link, Loss.BUSY, 1_000);
                }
            });
            swarm.later(() -> on(new DownloadEvent.SourceLost(source, Loss.BUSY, busy.getAsLong())));
            return;
        }
        Link link = new Link(other, this);
        other.serves.put(device, link);
        fetches.put(source, link);
        on(new DownloadEvent.SourceReady(
                source, other.isDone() ? Optional.empty() : Optional.of((BitSet) other.have.clone())));
    }

    private void end(DeviceId source) {
        Link link = fetches.get(source);
        if (link != null) {
            link.isOpen = false;
            fetches.remove(source);
            link.from.serves.remove(device);
            link.from.uploads.gone(device);
        }
    }

    /** Broken or closed by who serves. */
    private void end(Link link, Loss loss, long retryMillis) {
        if (link.isOpen) {
            link.isOpen = false;
            link.from.serves.remove(link.to.device);
            link.from.uploads.gone(link.to.device);
            link.to.fetches.remove(link.from.device);
            swarm.later(() -> link.to.on(new DownloadEvent.SourceLost(link.from.device, loss, retryMillis)));
        }
    }

    private void wanted(Link link, int block) {
        boolean hasIt = have.get(block);
        if (!hasIt || !uploads.want(new Request(link.to.device, FETCH, block, swarm.map.lengthOf(block)))) {
            long retry = hasIt ? 200 : 0;
            swarm.later(() -> {
                if (link.isOpen) {
                    link.to.on(new DownloadEvent.Declined(device, block, retry));
                }
            });
            return;
        }
        pump();
    }

    private void askHashes(DeviceId source, int part) {
        said.add(new DownloadAction.AskLayer(source, part));
        Link link = fetches.get(source);
        if (link != null && link.parts.add(part)) {
            overLink(source, open -> open.from.giveHashes(open, part, 0));
        }
    }

    /** Piece by piece, before blocks that wait; what is asked for anew goes on where it was. */
    private void giveHashes(Link link, int part, int offset) {
        if (!link.isOpen || isFrozen || !isOnline) {
            return;
        }
        if (!(part == DownloadEvent.MANIFEST ? hasManifest : layers.get(part))) {
            link.parts.remove(part);
            swarm.later(() -> link.to.on(new DownloadEvent.HashesRefused(device, part, false)));
            return;
        }
        int whole = part == DownloadEvent.MANIFEST ? swarm.manifestBytes : swarm.layerBytes;
        int bytes = Math.min(HASH_PIECE_BYTES, whole - offset);
        boolean isLast = offset + bytes == whole;
        upFreeNanos = Math.max(now(), upFreeNanos) + (long) (bytes / upBytesPerNano);
        swarm.world.schedule(upFreeNanos - now(), () -> {
            swarm.later(() -> link.to.takeHashes(link, part, bytes, isLast));
            if (!isLast) {
                giveHashes(link, part, offset + bytes);
            }
        });
    }

    private void takeHashes(Link link, int part, int bytes, boolean isLast) {
        downFreeNanos = Math.max(downFreeNanos, now()) + (long) (bytes / downBytesPerNano);
        swarm.world.schedule(downFreeNanos - now(), () -> {
            if (!link.isOpen || !isOnline || downloader.isEmpty()) {
                return;
            }
            receivedBytes += bytes;
            on(new DownloadEvent.BytesArrived(link.from.device, DownloadEvent.NO_BLOCK, bytes));
            if (isLast) {
                link.parts.remove(part);
                hashesArrived(link.from, part);
            }
        });
    }

    private void hashesArrived(SwarmPeer from, int part) {
        if (from.isLiar) {
            refused++;
            on(new DownloadEvent.HashesRefused(from.device, part, true));
        } else if (part == DownloadEvent.MANIFEST && !hasManifest) {
            hasManifest = true;
            manifest();
        } else if (part != DownloadEvent.MANIFEST) {
            layers.set(part);
            on(new DownloadEvent.LayerKnown(part));
        }
    }

    /** Sends the next piece when the link is free. */
    private void pump() {
        if (isPumpPlanned || isFrozen || !isOnline) {
            return;
        }
        if (upFreeNanos > now()) {
            plan(upFreeNanos - now());
            return;
        }
        switch (uploads.next(now())) {
            case Turn.Send send -> {
                transmit(send);
                plan(upFreeNanos - now());
            }
            case Turn.Wait wait -> plan(wait.nanos());
            case Turn.Idle ignored -> {}
        }
    }

    private void plan(long nanos) {
        isPumpPlanned = true;
        swarm.world.schedule(nanos, () -> {
            isPumpPlanned = false;
            pump();
        });
    }

    private void transmit(Turn.Send send) {
        Link link = serves.get(send.request().peer());
        if (link == null) {
            return;
        }
        link.unreceivedBytes += send.bytes();
        sentBytes.merge(link.to.device, (long) send.bytes(), Long::sum);
        uploads.blocked(link.to.device, FETCH, link.unreceivedBytes >= WINDOW_BYTES);
        long began = now();
        upFreeNanos = began + (long) (send.bytes() / upBytesPerNano);
        long wayNanos = (long) (swarm.latencyMillis * 1e6);
        // The receiving link takes it while it comes in, after what came before.
        long takesNanos = (long) (send.bytes() / link.to.downBytesPerNano);
        long beginsNanos = Math.max(began, upFreeNanos - takesNanos) + wayNanos;
        swarm.world.schedule(beginsNanos - now(), () -> link.to.take(link, send, takesNanos));
    }

    private void take(Link link, Turn.Send send, long takesNanos) {
        downFreeNanos = Math.max(downFreeNanos, now()) + takesNanos;
        swarm.world.schedule(downFreeNanos - now(), () -> {
            if (link.isOpen && isOnline) {
                arrived(link, send);
                swarm.later(() -> link.from.received(link, send.bytes()));
            }
        });
    }

    private void received(Link link, int bytes) {
        link.unreceivedBytes -= bytes;
        if (link.isOpen) {
            uploads.blocked(link.to.device, FETCH, link.unreceivedBytes >= WINDOW_BYTES);
            pump();
        }
    }

    private void arrived(Link link, Turn.Send send) {
        int block = send.request().block();
        receivedBytes += send.bytes();
        on(new DownloadEvent.BytesArrived(link.from.device, block, send.bytes()));
        boolean isLast = send.offset() + send.bytes() == send.request().bytes();
        if (!isLast || downloader.isEmpty()) {
            return;
        }
        boolean isGenuine = !link.from.isLiar;
        if (isGenuine && !have.get(block)) {
            have.set(block);
            serves.values()
                    .forEach(served -> swarm.later(() -> {
                        if (served.isOpen) {
                            served.to.on(new DownloadEvent.HaveGained(device, block, 1));
                        }
                    }));
        }
        refused += isGenuine ? 0 : 1;
        on(new DownloadEvent.BlockArrived(link.from.device, block, isGenuine));
    }
}

package covey.swarm;

import covey.wire.DeviceId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Decides how one content is fetched: whom to connect to, which block to ask of whom, whom to replace. State and event
 * give actions; time comes with the event, chance from the generator. One owner, no thread of its own.
 *
 * <ul>
 *   <li>Rarest block first, any of them when there are several; each source's pipe is kept full (rate times latency,
 *       at least two blocks), within a bound for all.
 *   <li>Who has nothing left to give takes over from who would be last: what was not begun there moves, what was begun
 *       is asked of both at the very end, and the later one is called off.
 *   <li>Silent for twice the time of a block, at least 50 ms: <em>demoted</em>. Its blocks go to others, and it is
 *       tried with one at a time until it delivers. A wrong block: dropped and reported.
 * </ul>
 *
 * <p>Say every {@link DownloadEvent} by {@link #on}, do every {@link DownloadAction}, and say Tick.
 */
public final class Downloader {
    private static final long ASK_NANOS = 10_000_000_000L;
    private static final long ASK_NANOS_IN_NEED = 1_000_000_000L;

    /** With fewer sources than these it asks for more soon: in a crowd that just began there is nobody yet. */
    private static final int SOURCES_ENOUGH = 8;

    private static final long STALL_NANOS = 5_000_000_000L;

    /** A source that gave nothing for so long makes room for another that waits. */
    private static final long USELESS_NANOS = 10_000_000_000L;

    private final Settings settings;
    private final Map<DeviceId, Source> sources = new LinkedHashMap<>();
    private final List<DownloadAction> out = new ArrayList<>();
    private final Candidates candidates;
    private final HashWants hashes;
    private final Shared shared;
    private Optional<BlockWants> blocks = Optional.empty();
    private long askNanos;
    private long movedNanos;
    private boolean isStallTold;
    private boolean isDone;

    /**
     * What a process sets once.
     *
     * @param connectionsMax sources at once
     * @param inFlightBytesMax asked for and not here yet; at least one block is asked for all the same
     * @param caps of all downloads of the process
     */
    public record Settings(int connectionsMax, long inFlightBytesMax, DownloadCaps caps) {
        public static final Settings USUAL =
                new Settings(SwarmLimits.CONNECTIONS_USUAL, SwarmLimits.IN_FLIGHT_BYTES_MAX);

        /** With no caps. */
        public Settings(int connectionsMax, long inFlightBytesMax) {
            this(connectionsMax, inFlightBytesMax, new DownloadCaps(0, 0, 0));
        }

        public Settings {
            if (connectionsMax < 1 || connectionsMax > SwarmLimits.CONNECTIONS_MAX || inFlightBytesMax < 1) {
                throw new IllegalArgumentException("download settings: " + connectionsMax + " connections, "
                        + inFlightBytesMax + " bytes in flight (expected: 1 to " + SwarmLimits.CONNECTIONS_MAX
                        + ", and at least 1)");
            }
        }
    }

    /** What the parts of a downloader share. */
    record Shared(
            Map<DeviceId, Source> sources,
            long inFlightBytesMax,
            DownloadCaps caps,
            RandomGenerator random,
            List<DownloadAction> out) {}

    /** One source, for a screen. */
    public record SourceView(DeviceId source, long receivedBytes, long bytesPerSecond, boolean isDemoted) {}

    /**
     * Begins with nothing known.
     *
     * @param only when given, no other device is asked ({@code --from})
     */
    public Downloader(Settings settings, Optional<Set<DeviceId>> only, RandomGenerator random, long nowNanos) {
        this.settings = settings;
        this.candidates = new Candidates(only);
        this.hashes = new HashWants(random, out, nowNanos);
        this.shared = new Shared(sources, settings.inFlightBytesMax(), settings.caps(), random, out);
        this.askNanos = nowNanos;
        this.movedNanos = nowNanos;
    }

    /** Takes what happened and says what to do now, in this order. */
    public List<DownloadAction> on(DownloadEvent event, long nowNanos) {
        if (!isDone) {
            apply(event, nowNanos);
            if (blocks.isPresent() && blocks.get().isComplete()) {
                isDone = true;
                // Their slots are wanted by others.
                devices().forEach(device -> out.add(new DownloadAction.Disconnect(device)));
                out.add(new DownloadAction.Done());
            }
        }
        List<DownloadAction> actions = List.copyOf(out);
        out.clear();
        return actions;
    }

    public boolean isDone() {
        return isDone;
    }

    /** The connected sources, as they are now. */
    public List<SourceView> sources() {
        return sources.values().stream()
                .map(source -> new SourceView(
                        source.device, source.receivedBytes, (long) (source.bytesPerNano() * 1e9), source.isDemoted))
                .toList();
    }

    private void apply(DownloadEvent event, long now) {
        switch (event) {
            case DownloadEvent.SourcesTold told -> {
                told.sources().forEach(device -> candidates.told(device, now));
                connect(now);
            }
            case DownloadEvent.SourceReady ready -> ready(ready, now);
            case DownloadEvent.SourceLost lost -> lost(lost, now);
            case DownloadEvent.HaveGained gained -> withSource(gained.source(), source -> gained(source, gained, now));
            case DownloadEvent.ManifestKnown known -> manifestKnown(known, now);
            case DownloadEvent.LayerKnown known -> layerKnown(known.entry(), now);
            case DownloadEvent.HashesRefused refused -> hashesRefused(refused, now);
            case DownloadEvent.BytesArrived arrived ->
                withSource(arrived.source(), source -> bytesArrived(source, arrived, now));
            case DownloadEvent.BlockArrived arrived -> blockArrived(arrived, now);
            case DownloadEvent.Declined declined ->
                withSource(declined.source(), source -> declined(source, declined, now));
            case DownloadEvent.Tick ignored -> tick(now);
        }
    }

    private void withSource(DeviceId device, java.util.function.Consumer<Source> action) {
        Source source = sources.get(device);
        if (source != null) {
            action.accept(source);
        }
    }

    private void connect(long now) {
        while (sources.size() + candidates.connecting() < settings.connectionsMax()) {
            Optional<DeviceId> next = candidates.next(now);
            if (next.isEmpty()) {
                return;
            }
            out.add(new DownloadAction.Connect(next.get()));
        }
    }

    private void ready(DownloadEvent.SourceReady ready, long now) {
        if (!candidates.ready(ready.source())) {
            return;
        }
        Source source = new Source(ready.source(), ready.partial(), now);
        sources.put(source.device, source);
        blocks.ifPresent(wants -> {
            wants.joined(source);
            wants.fill(source, now);
        });
        hashes.fill(devices(), now);
    }

    private void lost(DownloadEvent.SourceLost lost, long now) {
        leave(lost.source(), now);
        switch (lost.loss()) {
            case GONE -> candidates.retry(lost.source(), 0, now);
            case BUSY -> candidates.retry(lost.source(), lost.retryAfterMillis(), now);
            case REFUSED -> candidates.bar(lost.source());
        }
        connect(now);
    }

    private void leave(DeviceId device, long now) {
        Source source = sources.remove(device);
        if (source != null) {
            blocks.ifPresent(wants -> {
                wants.left(source, now);
                wants.fillAll(now);
            });
            hashes.fill(devices(), now);
        }
    }

    private void gained(Source source, DownloadEvent.HaveGained gained, long now) {
        if (blocks.isPresent()) {
            blocks.get().gained(source, gained.first(), gained.count());
            blocks.get().fill(source, now);
        } else {
            source.toldBeforeManifest(gained.first(), gained.count());
        }
    }

    private void manifestKnown(DownloadEvent.ManifestKnown known, long now) {
        if (blocks.isPresent()) {
            return;
        }
        movedNanos = now;
        BlockWants wants = new BlockWants(known, shared);
        blocks = Optional.of(wants);
        sources.values().forEach(wants::joined);
        hashes.manifestKnown(known.missingLayers());
        wants.openAllBut(known.missingLayers());
        hashes.fill(devices(), now);
        wants.fillAll(now);
    }

    private void layerKnown(int entry, long now) {
        if (blocks.isPresent() && hashes.known(entry)) {
            movedNanos = now;
            blocks.get().openEntry(entry);
            hashes.fill(devices(), now);
            blocks.get().fillAll(now);
        }
    }

    private void hashesRefused(DownloadEvent.HashesRefused refused, long now) {
        if (refused.isWrong()) {
            drop(refused.source(), refused.entry() == DownloadEvent.MANIFEST ? "a manifest" : "block hashes", now);
        } else {
            hashes.failed(refused.source(), refused.entry(), devices(), now);
        }
    }

    private void bytesArrived(Source source, DownloadEvent.BytesArrived arrived, long now) {
        movedNanos = now;
        if (arrived.block() == DownloadEvent.NO_BLOCK) {
            hashes.heard(arrived.source(), now);
            source.heardHashes(arrived.bytes(), now);
        } else if (blocks.isPresent()) {
            blocks.get().bytesArrived(source, arrived.block(), arrived.bytes(), now);
            blocks.get().fill(source, now);
        }
    }

    private void blockArrived(DownloadEvent.BlockArrived arrived, long now) {
        if (!arrived.isGenuine()) {
            drop(arrived.source(), "block " + arrived.block(), now);
            return;
        }
        movedNanos = now;
        isStallTold = false;
        blocks.ifPresent(wants -> {
            withSource(arrived.source(), source -> wants.delivered(source, arrived.block(), now));
            wants.kept(arrived.block(), now);
            withSource(arrived.source(), source -> wants.fill(source, now));
        });
    }

    private void drop(DeviceId device, String what, long now) {
        if (sources.containsKey(device)) {
            candidates.bar(device);
            out.add(new DownloadAction.Drop(
                    device,
                    "The device " + device.shortText() + " sent " + what
                            + " that is not what the content's id promises; nothing of it was kept, and this download"
                            + " asks it no more."));
            leave(device, now);
            connect(now);
        }
    }

    private void declined(Source source, DownloadEvent.Declined declined, long now) {
        boolean isBusy = declined.retryAfterMillis() > 0;
        if (isBusy) {
            source.quietNanos = Math.max(source.quietNanos, now + declined.retryAfterMillis() * 1_000_000);
        }
        blocks.ifPresent(wants -> {
            wants.declined(source, declined.block(), isBusy, now);
            wants.fillAll(now);
        });
    }

    private void tick(long now) {
        makeRoom(now);
        connect(now);
        hashes.fill(devices(), now);
        blocks.ifPresent(wants -> wants.watch(now));
        boolean isInNeed = sources.size() < SOURCES_ENOUGH
                || blocks.isEmpty()
                || !blocks.get().isAsked();
        if (now >= askNanos && sources.size() + candidates.connecting() < settings.connectionsMax()) {
            askNanos = now + (isInNeed ? ASK_NANOS_IN_NEED : ASK_NANOS);
            out.add(new DownloadAction.AskSources());
        } else if (isInNeed) {
            askNanos = Math.min(askNanos, now + ASK_NANOS_IN_NEED);
        }
        if (now - movedNanos > STALL_NANOS && !isStallTold) {
            isStallTold = true;
            out.add(new DownloadAction.Stalled(whyStalled()));
        }
    }

    /** Others wait, and one of the connected is of no use: it goes, and may come back later. */
    private void makeRoom(long now) {
        if (sources.size() + candidates.connecting() < settings.connectionsMax() || !candidates.hasReady(now)) {
            return;
        }
        sources.values().stream()
                .filter(source -> source.isIdleSince(now - USELESS_NANOS))
                .map(source -> source.device)
                .findFirst()
                .ifPresent(device -> {
                    out.add(new DownloadAction.Disconnect(device));
                    leave(device, now);
                    candidates.retry(device, 0, now);
                });
    }

    private String whyStalled() {
        if (sources.isEmpty()) {
            return "Nobody who has this is reachable now; it goes on as soon as somebody is.";
        }
        if (blocks.isEmpty()) {
            return "No source gives the list of files; asking on.";
        }
        String left = blocks.get().missing() + " blocks are missing and ";
        return blocks.get().isAsked()
                ? left + "the sources that were asked (" + sources.size() + ") are silent; asking on."
                : left + "none of the sources here (" + sources.size() + ") has them; it goes on when somebody comes"
                        + " who does.";
    }

    private List<DeviceId> devices() {
        return List.copyOf(sources.keySet());
    }
}

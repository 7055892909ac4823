package covey.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import covey.content.BlockMap;
import covey.content.Digest;
import covey.content.Entry;
import covey.content.Manifest;
import covey.content.TreePath;
import covey.wire.DeviceId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** One download told what happens by a test, with everything checked that must hold whatever happens. */
final class Fetching {
    static final int BLOCK_BYTES = 16 * 1024;
    private static final long MILLIS = 1_000_000;

    final Downloader downloader;
    final BlockMap map;
    final BitSet kept = new BitSet();
    final List<DownloadAction> said = new ArrayList<>();
    final Map<DeviceId, Set<Integer>> wanted = new HashMap<>();
    private final Set<DeviceId> connecting = new LinkedHashSet<>();
    private final Downloader.Settings settings;
    private final long inFlightBytesMax;
    private long nowNanos = 1_000_000_000L;
    private long inFlightBytes;
    private int doneSaid;

    Fetching(int blocks, long seed) {
        this(
                blocks,
                seed,
                new Downloader.Settings(SwarmLimits.CONNECTIONS_USUAL, SwarmLimits.IN_FLIGHT_BYTES_MAX),
                Optional.empty());
    }

    Fetching(int blocks, long seed, Downloader.Settings settings, Optional<Set<DeviceId>> only) {
        this.map = map(blocks, BLOCK_BYTES);
        this.settings = settings;
        this.inFlightBytesMax = settings.inFlightBytesMax();
        this.downloader = new Downloader(settings, only, new Random(seed), nowNanos);
    }

    void caps(long totalBytesPerSecond, long eachBytesPerSecond) {
        settings.caps().rates(totalBytesPerSecond, eachBytesPerSecond, nowNanos);
    }

    /** One file of so many blocks; what its bytes are is nobody's business here. */
    static BlockMap map(int blocks, int blockBytes) {
        byte[] hash = new byte[32];
        Arrays.fill(hash, (byte) 1);
        return new BlockMap(new Manifest(
                blockBytes,
                List.of(new Entry.File(
                        TreePath.TOP, (long) blocks * blockBytes, Digest.tree(hash), Digest.plain(hash), false))));
    }

    static DeviceId device(int number) {
        byte[] id = new byte[DeviceId.BYTES];
        id[0] = (byte) number;
        id[1] = (byte) (number >> 8);
        return DeviceId.of(id);
    }

    static BitSet blocks(int... blocks) {
        BitSet bits = new BitSet();
        Arrays.stream(blocks).forEach(bits::set);
        return bits;
    }

    Fetching manifest() {
        on(new DownloadEvent.ManifestKnown(map, new BitSet(), new BitSet()));
        return this;
    }

    /** A source with all blocks is told of and connects. */
    DeviceId complete(int number) {
        return source(number, Optional.empty());
    }

    DeviceId partial(int number, int... blocks) {
        return source(number, Optional.of(blocks(blocks)));
    }

    DeviceId source(int number, Optional<BitSet> partial) {
        DeviceId device = device(number);
        on(new DownloadEvent.SourcesTold(List.of(device)));
        on(new DownloadEvent.SourceReady(device, partial));
        return device;
    }

    void arrive(DeviceId source, int block) {
        on(new DownloadEvent.BytesArrived(source, block, map.lengthOf(block)));
        on(new DownloadEvent.BlockArrived(source, block, true));
    }

    /** Everything asked of the source arrives, one block after the other, each after so long. */
    void deliver(DeviceId source, int count, long millisEach) {
        for (int i = 0; i < count && !wants(source).isEmpty(); i++) {
            pass(millisEach);
            arrive(source, wants(source).getFirst());
        }
    }

    List<Integer> wants(DeviceId source) {
        return new ArrayList<>(wanted.getOrDefault(source, Set.of()));
    }

    /** Time passes, tick by tick. */
    void pass(long millis) {
        for (long left = millis; left > 0; left -= SwarmLimits.TICK_MILLIS) {
            nowNanos += Math.min(left, SwarmLimits.TICK_MILLIS) * MILLIS;
            on(new DownloadEvent.Tick());
        }
    }

    <T extends DownloadAction> List<T> said(Class<T> type) {
        return said.stream().filter(type::isInstance).map(type::cast).toList();
    }

    List<DownloadAction> on(DownloadEvent event) {
        if (event instanceof DownloadEvent.BlockArrived arrived) {
            forget(arrived.source(), arrived.block());
            if (arrived.isGenuine()) {
                kept.set(arrived.block());
            }
        } else if (event instanceof DownloadEvent.Declined declined) {
            forget(declined.source(), declined.block());
        } else if (event instanceof DownloadEvent.SourceLost lost) {
            gone(lost.source());
        } else if (event instanceof DownloadEvent.SourceReady ready && connecting.remove(ready.source())) {
            wanted.put(ready.source(), new LinkedHashSet<>());
        }
        List<DownloadAction> actions = downloader.on(event, nowNanos);
        said.addAll(actions);
        actions.forEach(this::check);
        return actions;
    }

    private void check(DownloadAction action) {
        switch (action) {
            case DownloadAction.Want want -> wanted(want);
            case DownloadAction.Unwant unwant ->
                assertThat(forget(unwant.source(), unwant.block()))
                        .as("%s was wanted", unwant)
                        .isTrue();
            case DownloadAction.Connect connect -> {
                assertThat(connecting.add(connect.source()) && !wanted.containsKey(connect.source()))
                        .as("%s is new", connect)
                        .isTrue();
            }
            case DownloadAction.Disconnect disconnect -> gone(disconnect.source());
            case DownloadAction.Drop drop -> gone(drop.source());
            case DownloadAction.Done ignored -> {
                assertThat(++doneSaid).as("times done").isEqualTo(1);
                assertThat(kept.cardinality()).as("blocks kept").isEqualTo(map.count());
            }
            case DownloadAction.AskSources ignored -> {}
            case DownloadAction.AskManifest ask -> assertThat(wanted).containsKey(ask.source());
            case DownloadAction.AskLayer ask -> assertThat(wanted).containsKey(ask.source());
            case DownloadAction.Stalled stalled ->
                assertThat(stalled.sentence()).endsWith(".");
        }
    }

    private void wanted(DownloadAction.Want want) {
        assertThat(wanted).as("%s: connected", want).containsKey(want.source());
        assertThat(kept.get(want.block())).as("%s: here already", want).isFalse();
        List<DeviceId> others = wanted.entrySet().stream()
                .filter(entry -> entry.getValue().contains(want.block()))
                .map(Map.Entry::getKey)
                .toList();
        assertThat(others).as("%s: asked of others", want).hasSizeLessThan(2).doesNotContain(want.source());
        if (!others.isEmpty()) {
            assertThat(isDemoted(others.getFirst()) || nothingIsOpen())
                    .as("%s: asked twice outside of hedging", want)
                    .isTrue();
        }
        wanted.computeIfAbsent(want.source(), _ -> new LinkedHashSet<>()).add(want.block());
        assertThat(wants(want.source())).hasSizeLessThanOrEqualTo(SwarmLimits.REQUESTS_PER_PEER_MAX);
        inFlightBytes += map.lengthOf(want.block());
        assertThat(inFlightBytes).as("bytes in flight").isLessThan(inFlightBytesMax + map.lengthOf(0));
    }

    boolean isDemoted(DeviceId source) {
        return downloader.sources().stream().anyMatch(view -> view.source().equals(source) && view.isDemoted());
    }

    private boolean nothingIsOpen() {
        BitSet asked = (BitSet) kept.clone();
        wanted.values().forEach(blocks -> blocks.forEach(asked::set));
        return asked.cardinality() == map.count();
    }

    private boolean forget(DeviceId source, int block) {
        boolean wasWanted = wanted.getOrDefault(source, new LinkedHashSet<>()).remove(block);
        inFlightBytes -= wasWanted ? map.lengthOf(block) : 0;
        return wasWanted;
    }

    private void gone(DeviceId source) {
        connecting.remove(source);
        List.copyOf(wanted.getOrDefault(source, Set.of())).forEach(block -> forget(source, block));
        wanted.remove(source);
    }
}

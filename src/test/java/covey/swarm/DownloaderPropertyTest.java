package covey.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import covey.swarm.DownloadEvent.Loss;
import covey.wire.DeviceId;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever happens in whatever order, what {@link Fetching} checks holds: no block twice outside of hedging, bytes in
 * flight bounded, done once and with every block. Replay one seed: {@code ./build test DownloaderPropertyTest
 * -Dcovey.sim.seed=SEED}.
 */
final class DownloaderPropertyTest {
    private static final int SOURCES = 12;
    private static final int STEPS = 1_500;

    private Random random = new Random();
    private Fetching fetching = new Fetching(1, 1);

    static LongStream seeds() {
        Long one = Long.getLong("covey.sim.seed");
        return one != null ? LongStream.of(one) : LongStream.rangeClosed(1, 300);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyBlockArrivesInTheEndWhateverTheSourcesDo(long seed) {
        random = new Random(seed);
        fetching = new Fetching(
                1 + random.nextInt(300),
                seed,
                new Downloader.Settings(4 + random.nextInt(8), (1 + random.nextInt(20)) * 16_000L),
                Optional.empty());
        boolean hasLayer = random.nextBoolean();
        if (random.nextBoolean()) {
            manifest(hasLayer);
        }
        for (int i = 0; i < STEPS && !fetching.downloader.isDone(); i++) {
            happen();
        }
        manifest(hasLayer);
        fetching.on(new DownloadEvent.LayerKnown(0));
        fetching.caps(0, 0);
        finish();
        assertThat(fetching.downloader.isDone()).isTrue();
    }

    private void manifest(boolean hasLayer) {
        fetching.on(new DownloadEvent.ManifestKnown(
                fetching.map, (BitSet) fetching.kept.clone(), hasLayer ? Fetching.blocks(0) : new BitSet()));
    }

    /** All are away, or silent from now on, but one who has everything and gives it. */
    private void finish() {
        for (int i = 0; i < SOURCES; i++) {
            DeviceId source = Fetching.device(i);
            if (random.nextBoolean() || !fetching.wanted.containsKey(source) || fetching.wanted.size() > 2) {
                fetching.on(new DownloadEvent.SourceLost(source, Loss.REFUSED, 0));
            }
        }
        DeviceId last = fetching.complete(SOURCES);
        for (int i = 0; i < 10_000 && !fetching.downloader.isDone(); i++) {
            fetching.pass(20);
            fetching.on(new DownloadEvent.SourceReady(last, Optional.empty()));
            fetching.deliver(last, 50, 0);
        }
    }

    private void happen() {
        DeviceId source = Fetching.device(random.nextInt(SOURCES));
        List<Integer> wants = fetching.wants(source);
        int any = random.nextInt(fetching.map.count());
        int block = wants.isEmpty() || random.nextInt(20) == 0 ? any : wants.get(random.nextInt(wants.size()));
        switch (random.nextInt(40)) {
            case 0, 1, 2 -> fetching.on(new DownloadEvent.SourcesTold(List.of(source)));
            case 3, 4, 5 -> fetching.on(new DownloadEvent.SourceReady(source, holds()));
            case 6 -> fetching.on(new DownloadEvent.SourceLost(source, Loss.GONE, 0));
            case 7 -> fetching.on(new DownloadEvent.SourceLost(source, Loss.BUSY, random.nextInt(3_000)));
            case 8 -> fetching.on(new DownloadEvent.HaveGained(source, any, 1 + random.nextInt(40)));
            case 9 -> fetching.on(new DownloadEvent.Declined(source, block, random.nextInt(2) * 300L));
            case 10 -> {
                if (random.nextInt(10) == 0) {
                    fetching.on(new DownloadEvent.BlockArrived(source, block, false));
                }
            }
            case 11 -> fetching.on(new DownloadEvent.HashesRefused(source, -1, random.nextInt(20) == 0));
            case 12 -> fetching.on(new DownloadEvent.LayerKnown(0));
            case 13 -> fetching.caps(random.nextInt(3) * 500_000L, random.nextInt(3) * 200_000L);
            case 14, 15, 16, 17 -> fetching.on(new DownloadEvent.BytesArrived(source, block, random.nextInt(16_000)));
            case 18, 19 -> fetching.pass(random.nextInt(500));
            case 20, 21, 22, 23, 24, 25 -> fetching.pass(20);
            default -> {
                if (!wants.isEmpty()) {
                    fetching.arrive(source, block);
                }
            }
        }
    }

    private Optional<BitSet> holds() {
        if (random.nextInt(3) == 0) {
            return Optional.empty();
        }
        BitSet holds = new BitSet();
        int share = random.nextInt(100);
        for (int block = 0; block < fetching.map.count(); block++) {
            holds.set(block, random.nextInt(100) < share);
        }
        return Optional.of(holds);
    }
}

package covey.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import covey.swarm.DownloadEvent.Loss;
import covey.wire.DeviceId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class DownloaderTest {
    @Test
    void theRarestBlockIsAskedForFirst() {
        Fetching fetching = new Fetching(8, 1);
        fetching.partial(2, 0, 1, 2, 3, 4, 5);
        fetching.partial(3, 0, 1, 2, 3, 4, 7);
        DeviceId complete = fetching.complete(1);
        fetching.on(new DownloadEvent.SourceLost(Fetching.device(2), Loss.GONE, 0));
        fetching.on(new DownloadEvent.ManifestKnown(fetching.map, new BitSet(), new BitSet()));
        // One holder less: 5 and 6 are at the complete source only.
        List<Integer> asked = new ArrayList<>();
        while (!fetching.wants(complete).isEmpty()) {
            asked.add(fetching.wants(complete).getFirst());
            fetching.arrive(complete, asked.getLast());
        }
        assertThat(asked.subList(0, 2)).containsExactlyInAnyOrder(5, 6);
    }

    @Test
    void equalBlocksAreAskedForInRandomOrder() {
        Set<Integer> first = new HashSet<>();
        for (int seed = 0; seed < 20; seed++) {
            Fetching fetching = new Fetching(1_000, seed).manifest();
            first.add(fetching.wants(fetching.complete(1)).getFirst());
        }
        assertThat(first).hasSizeGreaterThan(15);
    }

    @Test
    void aSourceHasTwoBlocksToSendFromTheStartAndMoreWhenTheWayIsLong() {
        Fetching fetching = new Fetching(1_000, 1).manifest();
        DeviceId source = fetching.complete(1);
        assertThat(fetching.wants(source)).hasSize(2);
        fetching.deliver(source, 20, 1);
        // 16 MB/s over at least 20 ms.
        assertThat(fetching.wants(source)).hasSizeBetween(15, 30);
    }

    @Test
    void bytesInFlightAreBoundedOverAllSources() {
        Fetching fetching =
                new Fetching(1_000, 1, new Downloader.Settings(32, 10L * Fetching.BLOCK_BYTES), Optional.empty());
        fetching.manifest();
        for (int i = 0; i < 20; i++) {
            fetching.complete(i);
        }
        assertThat(fetching.wanted.values().stream().mapToInt(Set::size).sum()).isEqualTo(10);
        assertThat(fetching.wanted.values()).allMatch(wants -> wants.size() <= 2);
    }

    @Test
    void partialSourcesAreAskedForWhatTheyHaveAndForWhatTheyGain() {
        Fetching fetching = new Fetching(8, 1).manifest();
        DeviceId source = fetching.partial(1, 3);
        assertThat(fetching.wants(source)).containsExactly(3);
        fetching.arrive(source, 3);
        assertThat(fetching.wants(source)).isEmpty();
        fetching.on(new DownloadEvent.HaveGained(source, 5, 1));
        assertThat(fetching.wants(source)).containsExactly(5);
    }

    @Test
    void blocksOfASourceThatGoesAreAskedOfOthers() {
        Fetching fetching = new Fetching(4, 1).manifest();
        DeviceId first = fetching.complete(1);
        DeviceId second = fetching.complete(2);
        List<Integer> lost = fetching.wants(first);
        fetching.on(new DownloadEvent.SourceLost(first, Loss.GONE, 0));
        fetching.deliver(second, 10, 1);
        assertThat(lost).allMatch(fetching.kept::get);
        assertThat(fetching.downloader.isDone()).isTrue();
    }

    @Test
    void aWrongBlockDropsAndReportsItsSender() {
        Fetching fetching = new Fetching(4, 1).manifest();
        DeviceId liar = fetching.complete(1);
        int block = fetching.wants(liar).getFirst();
        fetching.on(new DownloadEvent.BlockArrived(liar, block, false));
        DownloadAction.Drop drop = fetching.said(DownloadAction.Drop.class).getFirst();
        assertThat(drop.source()).isEqualTo(liar);
        assertThat(drop.sentence()).contains("block " + block).contains("asks it no more");
        fetching.on(new DownloadEvent.SourcesTold(List.of(liar)));
        assertThat(fetching.said(DownloadAction.Connect.class)).hasSize(1);
        fetching.deliver(fetching.complete(2), 10, 1);
        assertThat(fetching.downloader.isDone()).isTrue();
    }

    @Test
    void aBlockThatWasVerifiedAfterItsSenderHadGoneCountsAllTheSame() {
        Fetching fetching = new Fetching(4, 1).manifest();
        DeviceId gone = fetching.complete(1);
        int block = fetching.wants(gone).getFirst();
        fetching.on(new DownloadEvent.SourceLost(gone, Loss.GONE, 0));
        fetching.on(new DownloadEvent.BlockArrived(gone, block, true));
        fetching.deliver(fetching.complete(2), 3, 1);
        assertThat(fetching.downloader.isDone()).isTrue();
    }

    @Test
    void aFrozenHolderIsReplacedWithinThreeBlockTimes() {
        Fetching fetching = new Fetching(500, 1).manifest();
        DeviceId good = fetching.complete(1);
        DeviceId frozen = fetching.complete(2);
        for (int i = 0; i < 10; i++) {
            fetching.pass(100);
            fetching.arrive(good, fetching.wants(good).getFirst());
            fetching.arrive(frozen, fetching.wants(frozen).getFirst());
        }
        List<Integer> stuck = fetching.wants(frozen);
        for (int i = 0; i < 3; i++) {
            fetching.pass(100);
            fetching.arrive(good, fetching.wants(good).getFirst());
        }
        assertThat(fetching.isDemoted(frozen)).isTrue();
        assertThat(fetching.wants(frozen)).containsExactly(stuck.getFirst());
        fetching.pass(20);
        fetching.deliver(good, 490, 1);
        assertThat(fetching.downloader.isDone()).isTrue();
        assertThat(stuck).allMatch(fetching.kept::get);
    }

    @Test
    void aPauseOfLessThanFiftyMillisecondsIsForgiven() {
        Fetching fetching = new Fetching(1_000, 1).manifest();
        DeviceId good = fetching.complete(1);
        DeviceId paused = fetching.complete(2);
        for (int i = 0; i < 50; i++) {
            fetching.pass(1);
            fetching.arrive(good, fetching.wants(good).getFirst());
            fetching.arrive(paused, fetching.wants(paused).getFirst());
        }
        fetching.deliver(good, 24, 2);
        assertThat(fetching.isDemoted(paused)).isFalse();
        fetching.deliver(good, 3, 2);
        assertThat(fetching.isDemoted(paused)).isTrue();
    }

    @Test
    void aDemotedHolderThatDeliversIsTakenBack() {
        Fetching fetching = new Fetching(500, 1).manifest();
        DeviceId good = fetching.complete(1);
        DeviceId slow = fetching.complete(2);
        fetching.deliver(slow, 5, 10);
        fetching.deliver(good, 20, 10);
        assertThat(fetching.isDemoted(slow)).isTrue();
        fetching.arrive(slow, fetching.wants(slow).getFirst());
        assertThat(fetching.isDemoted(slow)).isFalse();
        assertThat(fetching.wants(slow)).hasSizeGreaterThanOrEqualTo(2);
        assertThat(fetching.wants(good)).isNotEmpty();
    }

    @Test
    void aBlockAskedOfADemotedHolderToTryItIsTakenBackToo() {
        Fetching fetching = new Fetching(300, 1).manifest();
        DeviceId good = fetching.complete(1);
        DeviceId frozen = fetching.complete(2);
        fetching.deliver(frozen, 2, 10);
        for (int i = 0; i < 200 && !fetching.downloader.isDone(); i++) {
            fetching.pass(100);
            if (!fetching.wants(good).isEmpty()) {
                fetching.arrive(good, fetching.wants(good).getFirst());
            }
            fetching.deliver(good, 1, 0);
        }
        assertThat(fetching.downloader.isDone()).isTrue();
        assertThat(fetching.said(DownloadAction.Want.class).stream()
                        .filter(want -> want.source().equals(frozen))
                        .count())
                .as("blocks that the frozen one was asked for")
                .isBetween(5L, 12L);
    }

    @Test
    void theOnlyHolderIsWaitedFor() {
        Fetching fetching = new Fetching(500, 1).manifest();
        DeviceId only = fetching.complete(1);
        fetching.deliver(only, 5, 10);
        List<Integer> wants = fetching.wants(only);
        fetching.pass(30_000);
        assertThat(fetching.wants(only)).isEqualTo(wants);
        assertThat(fetching.said(DownloadAction.Stalled.class)).hasSize(1);
    }

    @Test
    void nearTheEndABlockOfASlowSourceIsAskedOfTheFastOneAndTheLoserIsCalledOff() {
        Fetching fetching = new Fetching(40, 1).manifest();
        DeviceId slow = fetching.complete(1);
        DeviceId fast = fetching.complete(2);
        fetching.deliver(slow, 1, 400);
        fetching.on(new DownloadEvent.BytesArrived(slow, fetching.wants(slow).getFirst(), 1_000));
        int late = fetching.wants(slow).getFirst();
        fetching.deliver(fast, 39, 4);
        assertThat(fetching.downloader.isDone()).isTrue();
        assertThat(fetching.said(DownloadAction.Want.class)).contains(new DownloadAction.Want(fast, late));
        assertThat(fetching.said(DownloadAction.Unwant.class)).contains(new DownloadAction.Unwant(slow, late));
    }

    @Test
    void onlyTheNamedSourcesAreAsked() {
        DeviceId named = Fetching.device(1);
        Fetching fetching = new Fetching(4, 1, Downloader.Settings.USUAL, Optional.of(Set.of(named)));
        fetching.on(new DownloadEvent.SourcesTold(List.of(Fetching.device(2), named, Fetching.device(3))));
        assertThat(fetching.said(DownloadAction.Connect.class)).containsExactly(new DownloadAction.Connect(named));
    }

    @Test
    void aBusySourceIsTriedAgainWhenItSaidAndOneThatRefusesNever() {
        Fetching fetching = new Fetching(4, 1);
        fetching.on(new DownloadEvent.SourcesTold(List.of(Fetching.device(1), Fetching.device(2))));
        fetching.on(new DownloadEvent.SourceLost(Fetching.device(1), Loss.BUSY, 700));
        fetching.on(new DownloadEvent.SourceLost(Fetching.device(2), Loss.REFUSED, 0));
        fetching.pass(680);
        assertThat(fetching.said(DownloadAction.Connect.class)).hasSize(2);
        fetching.pass(40);
        assertThat(fetching.said(DownloadAction.Connect.class).getLast().source())
                .isEqualTo(Fetching.device(1));
        fetching.pass(20_000);
        assertThat(fetching.said(DownloadAction.Connect.class)).hasSize(3);
    }

    @Test
    void whoDeclinesABlockIsNotAskedForItAgainAndWhoIsBusyIsLater() {
        Fetching fetching = new Fetching(2, 1).manifest();
        DeviceId source = fetching.complete(1);
        fetching.on(new DownloadEvent.Declined(source, 0, 0));
        assertThat(fetching.wants(source)).containsExactly(1);
        fetching.on(new DownloadEvent.Declined(source, 1, 500));
        assertThat(fetching.wants(source)).isEmpty();
        fetching.pass(520);
        assertThat(fetching.wants(source)).containsExactly(1);
    }

    @Test
    void theManifestAndItsLayersComeFirstAndFromAnotherWhenOneFails() {
        Fetching fetching = new Fetching(4, 1);
        DeviceId first = fetching.complete(1);
        DeviceId second = fetching.complete(2);
        assertThat(fetching.said(DownloadAction.AskManifest.class).getLast().source())
                .isEqualTo(first);
        fetching.on(new DownloadEvent.HashesRefused(first, DownloadEvent.MANIFEST, false));
        assertThat(fetching.said(DownloadAction.AskManifest.class).getLast().source())
                .isEqualTo(second);
        fetching.on(new DownloadEvent.ManifestKnown(fetching.map, new BitSet(), Fetching.blocks(0)));
        DeviceId asked = fetching.said(DownloadAction.AskLayer.class).getFirst().source();
        assertThat(fetching.said(DownloadAction.Want.class)).isEmpty();
        fetching.on(new DownloadEvent.HashesRefused(asked, 0, true));
        assertThat(fetching.said(DownloadAction.Drop.class).getFirst().sentence())
                .contains("block hashes");
        assertThat(fetching.said(DownloadAction.AskLayer.class)).hasSize(2);
        fetching.on(new DownloadEvent.LayerKnown(0));
        assertThat(fetching.said(DownloadAction.Want.class)).isNotEmpty();
    }

    @Test
    void aSilentSourceOfTheManifestIsReplaced() {
        Fetching fetching = new Fetching(4, 1);
        fetching.complete(1);
        DeviceId second = fetching.complete(2);
        fetching.pass(2_100);
        assertThat(fetching.said(DownloadAction.AskManifest.class).getLast().source())
                .isEqualTo(second);
    }

    @Test
    void whoeverIsSendingTheManifestIsNotTakenForSilent() {
        Fetching fetching = new Fetching(4, 1);
        DeviceId sending = fetching.complete(1);
        fetching.complete(2);
        for (int i = 0; i < 7; i++) {
            fetching.pass(1_500);
            fetching.on(new DownloadEvent.BytesArrived(sending, DownloadEvent.NO_BLOCK, 32 * 1024));
        }
        assertThat(fetching.said(DownloadAction.AskManifest.class)).hasSize(1);
    }

    @Test
    void capsHoldOverTime() {
        Fetching fetching = new Fetching(2_000, 1);
        fetching.caps(1_000_000, 0);
        fetching.manifest();
        DeviceId source = fetching.complete(1);
        for (int i = 0; i < 500; i++) {
            fetching.pass(20);
            fetching.wants(source).forEach(block -> fetching.arrive(source, block));
        }
        assertThat((double) fetching.kept.cardinality() * Fetching.BLOCK_BYTES).isBetween(9.5e6, 10.5e6);
    }

    /** Bytes that two downloads, both served by the same two devices, get in 10 s. */
    private static double twoDownloadsIn10Seconds(DownloadCaps caps) {
        Downloader.Settings settings =
                new Downloader.Settings(SwarmLimits.CONNECTIONS_USUAL, SwarmLimits.IN_FLIGHT_BYTES_MAX, caps);
        List<Fetching> both = List.of(
                new Fetching(2_000, 1, settings, Optional.empty()), new Fetching(2_000, 2, settings, Optional.empty()));
        both.forEach(fetching -> {
            fetching.manifest();
            fetching.complete(1);
            fetching.complete(2);
        });
        for (int i = 0; i < 500; i++) {
            both.forEach(fetching -> {
                fetching.pass(20);
                fetching.wanted
                        .keySet()
                        .forEach(device -> fetching.wants(device).forEach(block -> fetching.arrive(device, block)));
            });
        }
        assertThat(both).allMatch(fetching -> fetching.kept.cardinality() > 40);
        return both.stream()
                        .mapToDouble(fetching -> fetching.kept.cardinality())
                        .sum()
                * Fetching.BLOCK_BYTES;
    }

    @Test
    void capsAreOfAllDownloadsTogether() {
        assertThat(twoDownloadsIn10Seconds(new DownloadCaps(1_000_000, 0, 0))).isBetween(9.5e6, 11e6);
        assertThat(twoDownloadsIn10Seconds(new DownloadCaps(0, 600_000, 0))).isBetween(11e6, 13e6);
        assertThat(twoDownloadsIn10Seconds(new DownloadCaps(1_000_000, 600_000, 0)))
                .isBetween(9.5e6, 11e6);
    }

    @Test
    void whatIsHereAlreadyIsNotAskedFor() {
        Fetching fetching = new Fetching(10, 1);
        BitSet have = Fetching.blocks(0, 1, 2, 3, 4, 5, 6, 7, 8);
        fetching.kept.or(have);
        fetching.on(new DownloadEvent.ManifestKnown(fetching.map, have, new BitSet()));
        assertThat(fetching.wants(fetching.complete(1))).containsExactly(9);
    }

    @Test
    void contentWithoutBlocksIsDoneAtOnce() {
        Fetching fetching = new Fetching(0, 1).manifest();
        assertThat(fetching.said(DownloadAction.Done.class)).hasSize(1);
    }

    @Test
    void aUselessSourceMakesRoomForOneThatWaits() {
        Fetching fetching = new Fetching(4, 1, new Downloader.Settings(2, 1 << 20), Optional.empty());
        fetching.manifest();
        fetching.partial(1);
        fetching.partial(2);
        fetching.on(new DownloadEvent.SourcesTold(List.of(Fetching.device(3))));
        assertThat(fetching.said(DownloadAction.Connect.class)).hasSize(2);
        fetching.pass(10_100);
        assertThat(fetching.said(DownloadAction.Disconnect.class)).hasSize(1);
        assertThat(fetching.said(DownloadAction.Connect.class))
                .contains(new DownloadAction.Connect(Fetching.device(3)));
    }

    @Test
    void sourcesAreAskedForAtOnceAndOftenerWhenNobodyIsThere() {
        Fetching fetching = new Fetching(1_000, 1).manifest();
        fetching.pass(8_100);
        assertThat(fetching.said(DownloadAction.AskSources.class)).hasSize(9);
        assertThat(fetching.said(DownloadAction.Stalled.class)).hasSize(1);
        assertThat(fetching.said(DownloadAction.Stalled.class).getFirst().sentence())
                .contains("Nobody");
    }

    @Test
    void countsOfHoldersAreThoseOfANaiveCount() {
        Rarity rarity = new Rarity(1_000);
        java.util.Random random = new java.util.Random(3);
        int[] naive = new int[1_000];
        List<long[]> holders = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            long[] holds = new long[Rarity.words(1_000)];
            for (int block = 0; block < 1_000; block++) {
                if (random.nextInt(32) < i) {
                    holds[block / 64] |= 1L << block;
                    naive[block]++;
                }
            }
            rarity.adjust(holds, true);
            holders.add(holds);
        }
        IntStream.range(0, 1_000).forEach(rarity::open);
        assertThat(IntStream.range(0, 1_000).map(rarity::count).toArray()).isEqualTo(naive);
        int least = IntStream.of(naive).min().orElseThrow();
        long[] all = new long[Rarity.words(1_000)];
        java.util.Arrays.fill(all, -1L);
        for (int i = 0; i < 100; i++) {
            assertThat(naive[rarity.rarest(all, random)]).isEqualTo(least);
        }
        holders.forEach(holds -> rarity.adjust(holds, false));
        assertThat(IntStream.range(0, 1_000).map(rarity::count)).containsOnly(0);
    }
}

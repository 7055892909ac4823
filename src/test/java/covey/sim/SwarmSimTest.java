package covey.sim;

import static org.assertj.core.api.Assertions.assertThat;

import covey.swarm.DownloadAction;
import covey.swarm.SwarmLimits;
import covey.swarm.Uploads;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Walk 2 without its network: one content among many peers, with churn, slow, frozen and lying ones. Replay one seed:
 * {@code ./build sim SEED}.
 */
@Tag("sim")
final class SwarmSimTest {
    private static final boolean SHORT = Boolean.getBoolean("covey.sim.short");
    private static final double MBIT = 125_000;
    private static final int BLOCK = 256 * 1024;

    static LongStream seeds() {
        Long one = Long.getLong("covey.sim.seed");
        int count = SHORT ? 2 : Integer.getInteger("covey.sim.seeds", 20);
        return one != null ? LongStream.of(one) : LongStream.rangeClosed(1, count);
    }

    private static void tell(String what, Object... figures) {
        System.out.printf("swarm sim: " + what + "%n", figures);
    }

    private static void runUntilDone(SwarmWorld swarm, List<SwarmPeer> receivers, long withinMillis) {
        swarm.world.runUntil(() -> receivers.stream().allMatch(SwarmPeer::isDone), withinMillis);
        assertThat(receivers).as("those who have all").allMatch(SwarmPeer::isDone);
        swarm.world.run(1_000);
    }

    private static double last(List<SwarmPeer> receivers) {
        return receivers.stream().mapToDouble(peer -> peer.finishedAt).max().orElseThrow();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void oneToManyTakesLittleLongerThanTheNetworkAllows(long seed) {
        for (int count : SHORT ? new int[] {20, 200} : new int[] {4, 20, 100, 400}) {
            SwarmWorld swarm = new SwarmWorld(seed, 256, BLOCK);
            swarm.holder(100 * MBIT);
            List<SwarmPeer> receivers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                SwarmPeer peer = swarm.peer(100 * MBIT, 100 * MBIT);
                receivers.add(peer);
                peer.fetch();
            }
            double began = swarm.seconds();
            runUntilDone(swarm, receivers, 600_000);
            double stretch = (last(receivers) - began) / (swarm.bytes() / (100 * MBIT));
            double mean = receivers.stream()
                            .mapToDouble(peer -> peer.finishedAt - began)
                            .average()
                            .orElseThrow()
                    / (swarm.bytes() / (100 * MBIT));
            tell(
                    "seed %d, 1 to %d: stretch %.2f (mean %.2f), received %.3f copies each, %d events",
                    seed,
                    count,
                    stretch,
                    mean,
                    receivers.stream()
                                    .mapToLong(peer -> peer.receivedBytes)
                                    .average()
                                    .orElseThrow()
                            / swarm.bytes(),
                    swarm.world.eventsRun());
            assertThat(stretch).as("stretch of 1 to %d", count).isLessThan(1.6);
        }
    }

    /** 40,000 files, eight of them of 25 GB, over what a branch office has: each hash goes over the link once. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void manifestAndLayersComeOverAThinLinkOnce(long seed) {
        for (double rate : new double[] {0.5 * MBIT, 10 * MBIT}) {
            SwarmWorld swarm = new SwarmWorld(seed, 8, 4, 16 * 1024);
            swarm.manifestBytes = 6_000_000;
            swarm.layerBytes = 200 * 1024;
            swarm.latencyMillis = 50;
            swarm.holder(rate);
            swarm.peer(rate, rate).fetch();
            double began = swarm.seconds();
            runUntilDone(swarm, List.of(receiver(swarm)), 600_000);
            long bytes = swarm.bytes() + swarm.manifestBytes + 8L * swarm.layerBytes;
            double stretch = (receiver(swarm).finishedAt - began) / (bytes / rate);
            tell("seed %d, manifest and layers at %.1f Mbit/s: stretch %.2f", seed, rate / MBIT, stretch);
            assertThat(stretch).isLessThan(1.2);
            assertThat(receiver(swarm).receivedBytes).as("each byte once").isLessThan(bytes * 11 / 10);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyHonestPeerFinishesAmongSlowFrozenAndLyingOnesThatComeAndGo(long seed) {
        Random random = new Random(seed);
        SwarmWorld swarm = new SwarmWorld(seed, 4, 32, BLOCK);
        swarm.manifestBytes = 2_000_000;
        swarm.layerBytes = 100_000;
        swarm.holder(100 * MBIT);
        swarm.holder(100 * MBIT).isLiar = true;
        swarm.holder(100 * MBIT).isFrozen = true;
        swarm.holder(10 * MBIT);
        List<SwarmPeer> receivers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            SwarmPeer peer = swarm.peer((random.nextInt(10) == 0 ? 10 : 100) * MBIT, 100 * MBIT);
            int kind = random.nextInt(20);
            peer.isLiar = kind == 0;
            receivers.add(peer);
            swarm.world.schedule(random.nextInt(5_000) * 1_000_000L, peer::fetch);
            if (kind == 1) {
                swarm.world.schedule((1_000 + random.nextInt(10_000)) * 1_000_000L, () -> peer.isFrozen = true);
            }
        }
        for (int i = 0; i < 60; i++) {
            SwarmPeer peer = receivers.get(random.nextInt(receivers.size()));
            long away = (1_000 + random.nextInt(15_000)) * 1_000_000L;
            swarm.world.schedule(away, peer::leave);
            swarm.world.schedule(away + random.nextInt(8_000) * 1_000_000L, peer::fetch);
        }
        double began = swarm.seconds();
        swarm.world.run(25_000);
        runUntilDone(swarm, receivers, 600_000);
        long drops = receivers.stream()
                .flatMap(peer -> peer.said.stream())
                .filter(DownloadAction.Drop.class::isInstance)
                .count();
        tell(
                "seed %d, 100 with churn and faults: last after %.1f s, %d liars' blocks refused",
                seed, last(receivers) - began, drops);
        assertThat(drops).as("each wrong block drops its sender").isPositive();
        assertThat(receivers.stream().mapToLong(peer -> peer.refused).sum()).isEqualTo(drops);
    }

    /** One holder and two who fetch from it, the second one over a slower link. */
    private static List<SwarmPeer> twoAtOne(SwarmWorld swarm, Uploads.Settings ofTheHolder) {
        swarm.uploads = ofTheHolder;
        SwarmPeer holder = swarm.holder(200 * MBIT);
        swarm.uploads = SwarmWorld.NO_CAP;
        return List.of(holder, swarm.peer(MBIT, 200 * MBIT), swarm.peer(MBIT, 50 * MBIT));
    }

    private static void assertWithinATenth(long bytes, long expected) {
        assertThat(bytes).isBetween(expected * 9 / 10, expected * 11 / 10);
    }

    private static long sent(SwarmPeer from, SwarmPeer to) {
        return from.sentBytes.getOrDefault(to.device, 0L);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void twoFetchersAtOneCappedHolderGetEqualSharesAndTheCapIsKept(long seed) {
        for (long cap : new long[] {500_000, 4_000_000, 10_000_000}) {
            SwarmWorld swarm = new SwarmWorld(seed, 1_024, 256 * 1024);
            List<SwarmPeer> peers = twoAtOne(swarm, new Uploads.Settings(SwarmLimits.SLOTS, cap, 0));
            peers.get(1).fetch();
            peers.get(2).fetch();
            swarm.world.run(10_000);
            long first = sent(peers.get(0), peers.get(1));
            long second = sent(peers.get(0), peers.get(2));
            tell("seed %d, cap %d bytes/s: %d and %d bytes in 10 s", seed, cap, first, second);
            assertWithinATenth(first + second, 10 * cap);
            assertWithinATenth(first, 5 * cap);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aCapForEachPeerIsKeptForEach(long seed) {
        SwarmWorld swarm = new SwarmWorld(seed, 256, 1024 * 1024);
        List<SwarmPeer> peers = twoAtOne(swarm, new Uploads.Settings(SwarmLimits.SLOTS, 0, 2_000_000));
        peers.get(1).fetch();
        swarm.world.run(5_000);
        peers.get(2).fetch();
        swarm.world.run(5_000);
        assertWithinATenth(sent(peers.get(0), peers.get(1)), 20_000_000);
        assertWithinATenth(sent(peers.get(0), peers.get(2)), 10_000_000);
    }

    private static SwarmWorld four(long seed, int blocks, int blockBytes, double upEach, double down) {
        SwarmWorld swarm = new SwarmWorld(seed, blocks, blockBytes);
        for (int i = 0; i < 4; i++) {
            swarm.holder(upEach);
        }
        swarm.peer(down, down).fetch();
        return swarm;
    }

    private static SwarmPeer receiver(SwarmWorld swarm) {
        return List.copyOf(swarm.peers.values()).getLast();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void fourHoldersGiveFourTimesWhatOneGives(long seed) {
        SwarmWorld single = new SwarmWorld(seed, 128, 1024 * 1024);
        single.holder(100 * MBIT);
        single.peer(400 * MBIT, 400 * MBIT).fetch();
        double began = single.seconds();
        runUntilDone(single, List.of(receiver(single)), 600_000);
        double one = single.bytes() / (receiver(single).finishedAt - began);
        SwarmWorld swarm = four(seed, 128, 1024 * 1024, 100 * MBIT, 400 * MBIT);
        runUntilDone(swarm, List.of(receiver(swarm)), 600_000);
        double all = swarm.bytes() / (receiver(swarm).finishedAt - began);
        tell("seed %d, four holders: %.3f of four times one (%.1f of 100 Mbit/s)", seed, all / one / 4, one / MBIT);
        assertThat(all / one / 4).as("share of four times one").isGreaterThan(0.97);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aFrozenHolderCostsLessThanThreeBlockTimesAndAKilledOneLess(long seed) {
        for (boolean isKilled : new boolean[] {false, true}) {
            SwarmWorld swarm = four(seed, 256, 1024 * 1024, 100 * MBIT, 400 * MBIT);
            SwarmPeer holder = List.copyOf(swarm.peers.values()).get(1);
            double began = swarm.seconds();
            swarm.world.run(2_000 + new Random(seed).nextInt(1_000));
            if (isKilled) {
                holder.leave();
            } else {
                holder.isFrozen = true;
            }
            double failed = swarm.seconds();
            long left = swarm.bytes() - receiver(swarm).have.cardinality() * (long) BLOCK * 4;
            runUntilDone(swarm, List.of(receiver(swarm)), 600_000);
            double ideal = failed + (swarm.bytes() - 4 * 100 * MBIT * (failed - began)) / (3 * 100 * MBIT);
            double blockSeconds = 1024 * 1024 / (100 * MBIT);
            double cost = (receiver(swarm).finishedAt - ideal) / blockSeconds;
            double rate = left / (receiver(swarm).finishedAt - failed) / (3 * 100 * MBIT);
            tell(
                    "seed %d, one of four %s: %.2f block times over the ideal, then %.3f of the new limit",
                    seed, isKilled ? "killed" : "frozen", cost, rate);
            assertThat(cost).as("block times lost").isLessThan(3);
            assertThat(rate).as("share of the new limit").isGreaterThan(0.95);
        }
    }

    @Test
    void aHolderAtATenthOfTheRateDelaysNobody() {
        SwarmWorld swarm = four(1, 256, 1024 * 1024, 100 * MBIT, 400 * MBIT);
        List.copyOf(swarm.peers.values()).get(2).upRate(10 * MBIT);
        double began = swarm.seconds();
        runUntilDone(swarm, List.of(receiver(swarm)), 600_000);
        double rate = swarm.bytes() / (receiver(swarm).finishedAt - began) / (310 * MBIT);
        tell("one of four at a tenth: %.3f of what all four can give", rate);
        assertThat(rate).isGreaterThan(0.93);
    }
}

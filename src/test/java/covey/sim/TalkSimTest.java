package covey.sim;

import static org.assertj.core.api.Assertions.assertThat;

import covey.chat.ChatMessage;
import covey.chat.MessageState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Walk 1 under faults: lost, doubled and reordered relay frames, cut connections, failing dials, crashes of peers and
 * of the hub. Replay one seed: {@code ./build sim SEED}.
 */
@Tag("sim")
class TalkSimTest {
    private static final int ACTIONS = 120;

    /** Four peers and a hub for four minutes of virtual time; a loop that answers itself needs millions. */
    private static final long EVENTS_MAX = 150_000;

    /** Two accounts with one device each, one with two. */
    private static final List<String> ACCOUNTS = List.of("anna", "bob", "bob", "eve");

    static LongStream seeds() {
        Long one = Long.getLong("covey.sim.seed");
        int count = Boolean.getBoolean("covey.sim.short") ? 5 : Integer.getInteger("covey.sim.seeds", 20);
        return one != null ? LongStream.of(one) : LongStream.rangeClosed(1, count);
    }

    private final List<SimPeer> peers = new ArrayList<>();

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyAcceptedMessageIsShownOnceInOrderOnEveryDevice(long seed) {
        SimWorld world = new SimWorld(seed);
        SimHub hub = new SimHub(world);
        for (int i = 0; i < ACCOUNTS.size(); i++) {
            SimPeer peer = new SimPeer(world, ACCOUNTS.get(i), "10.0.0." + (i + 1), hub.network.roster());
            hub.enrol(peer.account, peer.keys.publicKey(), ACCOUNTS.indexOf(peer.account) < i);
            peers.add(peer);
        }
        world.run(5_000);
        happen(world, hub, new Random(seed));
        world.faults(SimFaults.none());
        if (!hub.isUp()) {
            hub.restart();
        }
        peers.stream().filter(peer -> !peer.isUp()).forEach(SimPeer::restart);
        world.run(180_000);
        peers.forEach(this::check);
        int accepted = peers.stream()
                .flatMap(peer -> peer.accepted.values().stream())
                .mapToInt(List::size)
                .sum();
        assertThat(accepted).as("messages that were accepted").isGreaterThan(ACTIONS / 4);
        assertThat(world.eventsRun()).as("events: nothing spins").isLessThan(EVENTS_MAX);
    }

    private void happen(SimWorld world, SimHub hub, Random random) {
        Map<String, Integer> numbers = new HashMap<>();
        world.faults(SimFaults.rough());
        for (int i = 0; i < ACTIONS; i++) {
            world.run(random.nextInt(800));
            int action = random.nextInt(100);
            SimPeer peer = peers.get(random.nextInt(peers.size()));
            if (action < 80 && peer.isUp()) {
                say(peer, random, numbers);
            } else if (action < 90) {
                if (peer.isUp()) {
                    peer.crash();
                } else {
                    peer.restart();
                }
            } else if (action < 94) {
                if (hub.isUp()) {
                    hub.crash(random.nextInt(3));
                } else {
                    hub.restart();
                }
            }
        }
    }

    private void say(SimPeer peer, Random random, Map<String, Integer> numbers) {
        String to = ACCOUNTS.get(random.nextInt(ACCOUNTS.size()));
        if (!to.equals(peer.account)) {
            int number = numbers.merge(peer.keys.id() + to, 1, Integer::sum);
            peer.send("@" + to, peer.keys.id().shortText() + " " + number);
        }
    }

    /**
     * What a device accepted is on every device of the receiver once, in the order it was said, and known as
     * delivered.
     */
    private void check(SimPeer sender) {
        sender.accepted.forEach((to, texts) -> {
            for (SimPeer receiver : peers) {
                if (("@" + receiver.account).equals(to)) {
                    String prefix = sender.keys.id().shortText();
                    List<String> arrived = receiver.history("@" + sender.account).stream()
                            .filter(message -> !message.outgoing())
                            .map(ChatMessage::text)
                            .filter(text -> text.startsWith(prefix))
                            .toList();
                    // A message whose acceptance was lost in a crash may have been stored all the same.
                    assertThat(arrived)
                            .as("%s at %s", sender.account, receiver.keys.id().shortText())
                            .doesNotHaveDuplicates()
                            .containsSubsequence(texts);
                }
            }
            assertThat(sender.history(to).stream()
                            .filter(message -> message.outgoing() && texts.contains(message.text()))
                            .map(ChatMessage::state))
                    .as("states at %s", sender.account)
                    .allMatch(state -> state == MessageState.DELIVERED || state == MessageState.READ);
        });
        assertThat(sender.shown.values()).as("times shown").allMatch(times -> times == 1);
    }
}

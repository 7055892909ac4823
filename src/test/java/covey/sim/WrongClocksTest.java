package covey.sim;

import static org.assertj.core.api.Assertions.assertThat;

import covey.chat.ChatMessage;
import covey.chat.MessageState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A clock an hour off, at a peer or at the hub: everything arrives, once, in the order in which it was said. */
class WrongClocksTest {
    private static final long HOUR = 3_600_000;

    @ParameterizedTest(name = "hub {0} h, anna {1} h, bob {2} h")
    @CsvSource({"0,1,0", "0,-1,0", "1,0,0", "-1,0,0", "1,-1,0", "0,1,-1"})
    void nothingIsLostDoubledOrReordered(int hubHours, int annaHours, int bobHours) {
        SimWorld world = new SimWorld(3);
        SimHub hub = new SimHub(world);
        SimPeer anna = new SimPeer(world, "anna", "10.0.0.1", hub.network.roster());
        SimPeer bob = new SimPeer(world, "bob", "10.0.0.2", hub.network.roster());
        hub.enrol("anna", anna.keys.publicKey(), false);
        hub.enrol("bob", bob.keys.publicKey(), false);
        world.run(5_000);
        anna.send("@bob", "1");
        world.run(2_000);

        hub.host().skew(hubHours * HOUR); // in the middle of everything, as when somebody sets a clock
        anna.host().skew(annaHours * HOUR);
        bob.host().skew(bobHours * HOUR);
        anna.send("@bob", "2");
        world.run(30_000);
        bob.crash();
        anna.send("@bob", "3");
        world.run(10_000);
        hub.crash(0);
        hub.restart();
        world.run(30_000);
        anna.send("@bob", "4");
        bob.restart();
        world.run(60_000);

        assertThat(bob.history("@anna").stream().map(ChatMessage::text)).containsExactly("1", "2", "3", "4");
        assertThat(bob.shown.values()).allMatch(times -> times == 1);
        assertThat(anna.history("@bob").stream().map(ChatMessage::state))
                .hasSize(4)
                .allMatch(state -> state == MessageState.DELIVERED);
    }
}

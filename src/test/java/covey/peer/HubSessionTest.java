package covey.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.chat.HistoryQuery;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.peer.HubStatus.Phase;
import covey.peer.Network.Peer;
import covey.wire.Frame;
import covey.wire.proto.BlockAccount;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.HubStatusWanted;
import covey.wire.proto.Query;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomPush;
import covey.wire.proto.TokensWanted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class HubSessionTest {
    private final Network network = new Network();

    private static Command command(String mark) {
        return Command.newBuilder()
                .setBlockAccount(BlockAccount.newBuilder().setAccount(mark))
                .build();
    }

    @Test
    void helloAndSessionOpenGoInOneFlight() {
        Peer anna = network.connected("anna", "10.0.0.1");
        assertThat(network.hub.frames.subList(0, 2))
                .extracting(frame -> frame.type())
                .containsExactly(FrameType.HELLO, FrameType.SESSION_OPEN);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.CONNECTED);
        assertThat(anna.node.networkName()).isEqualTo("lab");
    }

    @Test
    void comesBackAfterTheHubWasAway() {
        Peer anna = network.connected("anna", "10.0.0.1");
        network.hub.crash();
        network.world.run(40_000);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.AWAY);
        assertThat(anna.node.hub().why()).contains("connection refused");
        network.hub.start();
        network.world.run(HubSession.BACKOFF_MAX_MILLIS + 1_000);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.CONNECTED);
    }

    @Test
    void looksAtOnceWhenTheHubSaidThatItShutsDown() {
        Peer anna = network.connected("anna", "10.0.0.1");
        network.hub.goodbye(GoodbyeReason.SHUTTING_DOWN, "the hub is shutting down; it may be back soon");
        network.hub.start();
        network.world.run(20);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.CONNECTED);
        assertThat(anna.events)
                .filteredOn(PeerEvent.Hub.class::isInstance)
                .extracting(event -> ((PeerEvent.Hub) event).status().why())
                .contains("the hub is shutting down; it may be back soon");
    }

    @Test
    void noticesASilentHub() {
        Peer anna = network.connected("anna", "10.0.0.1");
        network.hub.isDeaf = true;
        network.world.run(27_000);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.AWAY);
        assertThat(anna.node.hub().why()).contains("silent");
        network.hub.isDeaf = false;
        network.settled(anna);
    }

    @Test
    void whatTheHubPushesAtTheStartOfASessionIsAcknowledged() {
        Peer bob = network.peer("bob", "10.0.0.2");
        RoomItem item = RoomItem.newBuilder()
                .setRoom(ByteString.copyFromUtf8("!announce"))
                .setIndex(1)
                .setFromAccount("bob")
                .setFromDevice(bob.keys.id().toByteString())
                .setPost(RoomPost.newBuilder()
                        .setRoom(ByteString.copyFromUtf8("!announce"))
                        .setPostId(ByteString.copyFrom(new byte[16]))
                        .setText("hello"))
                .build();
        network.hub.withOpen.add(Frame.of(
                FrameType.ROOM_ITEMS, RoomPush.newBuilder().addItems(item).build()));
        Peer anna = network.connected("anna", "10.0.0.1");
        network.world.run(10_000);
        assertThat(anna.node.chat().history(HistoryQuery.of("!announce", 0, "", 9)))
                .hasSize(1);
        assertThat(network.hub.count(FrameType.ROOM_ACK)).isEqualTo(1);
    }

    @Test
    void aHubThatIsBusyOrSilentIsAskedAgainInTheSameSession() {
        Peer bob = network.connected("bob", "10.0.0.2");
        Peer anna = network.connected("anna", "10.0.0.1");
        network.settled(anna);
        network.hub.silentQueries = 2; // links and chat ask
        network.hub.busyQueries = 4;
        anna.run(() -> anna.node.chat().send("@bob", "for which keys are needed"));
        network.world.run(40_000);
        assertThat(bob.node.chat().history(HistoryQuery.of("@anna", 0, "", 9))).hasSize(1);
        assertThat(network.hub.connections).isEqualTo(2);
    }

    @Test
    void keepsAnIdleSessionAliveForBothSides() {
        network.connected("anna", "10.0.0.1");
        network.world.run(65_000);
        assertThat(network.hub.count(FrameType.PING)).isBetween(5L, 7L);
        assertThat(network.hub.connections).isEqualTo(1);
    }

    @Test
    void aHubOfAnotherNetworkIsNoRefusalButAHubAway() {
        Peer anna = network.peer("anna", "10.0.0.1");
        network.hub.crash();
        new FakeHub(network.world).start();
        anna.start();
        network.world.run(10_000);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.AWAY);
        assertThat(anna.node.hub().why()).contains("another network");
    }

    @ParameterizedTest
    @EnumSource(names = {"REVOKED", "CLONED", "LOGGED_OUT"})
    void aStrangerThatProvedNothingRevokesNoDevice(GoodbyeReason reason) {
        Peer anna = network.peer("anna", "10.0.0.1");
        network.hub.crash();
        FakeHub stranger = new FakeHub(network.world).start();
        stranger.goodbyeAtHello = Optional.of(reason);
        anna.start();
        network.world.run(10_000);
        assertThat(stranger.count(FrameType.HELLO)).isPositive();
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.AWAY);
    }

    @Test
    void aHubThatIsKnownByItsKeyMayRefuseBeforeItShowsItsRoster() {
        Peer anna = network.peer("anna", "10.0.0.1");
        network.hub.goodbyeAtHello = Optional.of(GoodbyeReason.REVOKED);
        anna.start();
        network.world.run(100);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.REFUSED);
    }

    @Test
    void aRevokedDeviceSaysWhy() {
        Peer anna = network.connected("anna", "10.0.0.1");
        network.hub.goodbye(GoodbyeReason.REVOKED, "this device was revoked: lost");
        network.world.run(10);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.REFUSED);
        assertThat(anna.node.hub().why()).isEqualTo("revoked: this device was revoked: lost");
    }

    @Test
    void aDeviceThatWasCutOffIsBackSoonAfterItMay() {
        Peer anna = network.connected("anna", "10.0.0.1");
        network.hub.goodbye(GoodbyeReason.REVOKED, "the account @anna was disabled");
        network.hub.start();
        network.world.run(10);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.REFUSED);
        network.world.run(HubSession.REVOKED_MILLIS + 1_000);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.CONNECTED);
    }

    @Test
    void aClonedDeviceSaysWhyAndTriesAgainRarely() {
        Peer anna = network.connected("anna", "10.0.0.1");
        network.hub.goodbye(GoodbyeReason.CLONED, "another process uses this key");
        network.hub.start();
        network.world.run(HubSession.REFUSED_MILLIS / 2 - 1_000);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.REFUSED);
        assertThat(anna.node.hub().why()).isEqualTo("cloned: another process uses this key");
        network.world.run(HubSession.REFUSED_MILLIS / 2 + 2_000);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.CONNECTED);
    }

    @Test
    void aQuestionWithoutAnswerFailsInTime() {
        Peer anna = network.connected("anna", "10.0.0.1");
        List<String> problems = new ArrayList<>();
        network.hub.isDeaf = true;
        anna.run(() -> anna.node.ask(
                Query.newBuilder().setTokens(TokensWanted.getDefaultInstance()).build(),
                reply -> problems.add("answered"),
                problem -> problems.add(problem.getMessage())));
        network.world.run(Core.QUERY_MILLIS - 100);
        assertThat(problems).isEmpty();
        network.world.run(200);
        assertThat(problems).containsExactly("the hub did not answer in 15000 ms");
    }

    @Test
    void anAnswerThatBreaksItsReaderFailsItsRequestAndNoOther() {
        Peer anna = network.connected("anna", "10.0.0.1");
        List<String> problems = new ArrayList<>();
        Query status = Query.newBuilder()
                .setHubStatus(HubStatusWanted.getDefaultInstance())
                .build();
        for (int i = 0; i < 3; i++) {
            anna.run(() -> anna.node.ask(
                    status,
                    reply -> {
                        throw new IllegalStateException("no room for it");
                    },
                    problem -> problems.add(problem.getMessage())));
            network.world.run(20);
        }
        assertThat(problems).hasSize(3).containsOnly("the hub's answer could not be taken: no room for it");
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.CONNECTED);
    }

    @Test
    void theOperatorIsThereWhileAHubIs() {
        DeviceKeys operator = DeviceKeys.generate(Env.system());
        network.hub.account("hub");
        network.hub.enrol("hub", operator, "hub");
        Peer anna = network.connected("anna", "10.0.0.1");
        assertThat(anna.node.isOnline(operator.id())).isTrue();
        network.hub.crash();
        network.world.run(1_000);
        assertThat(anna.node.isOnline(operator.id())).isFalse();
    }

    @Test
    void aDeviceThatIsNotEnrolledSaysWhy() {
        Peer anna = network.peer("anna", "10.0.0.1");
        network.hub.refusal = java.util.Optional.of(FakeHub.problem(ErrorCode.NOT_LOGGED_IN, "log in again"));
        anna.start();
        network.world.run(100);
        assertThat(anna.node.hub().phase()).isEqualTo(Phase.REFUSED);
        assertThat(anna.node.hub().why()).isEqualTo("log in again");
    }

    @Test
    void aClockFarOffIsNoticed() {
        network.hub.clockAheadMillis = 3_600_000;
        Peer anna = network.connected("anna", "10.0.0.1");
        assertThat(anna.warnings())
                .singleElement()
                .asString()
                .startsWith("This machine's clock is 60 minutes behind the hub's.");
    }

    @Test
    void theHubsTimeIsKnownAlsoWhileItIsAway() {
        network.hub.clockAheadMillis = 3_600_000;
        Peer anna = network.connected("anna", "10.0.0.1");
        network.hub.crash();
        anna.crash();
        anna.start();
        long here = anna.node.env().clock().wallMillis();
        assertThat(anna.node.hubMillis() - here).isBetween(3_590_000L, 3_600_000L);
    }

    @Test
    void everyCommandIsDoneOnceThoughRepliesGetLost() {
        Peer anna = network.connected("anna", "10.0.0.1");
        List<CommandResult> results = new ArrayList<>();
        network.hub.losesReplies = true;
        anna.run(() -> {
            for (int i = 0; i < 5; i++) {
                anna.node.command(command("n" + i), results::add);
            }
        });
        network.world.run(20_000);
        assertThat(results).isEmpty();
        network.hub.losesReplies = false;
        network.world.run(20_000);
        assertThat(results).hasSize(5);
        assertThat(network.hub.applied).containsExactly("n0", "n1", "n2", "n3", "n4");
    }

    @Test
    void commandsGivenWhileTheHubIsAwayAreSentInOrderLater() {
        Peer anna = network.connected("anna", "10.0.0.1");
        network.hub.crash();
        network.world.run(10);
        List<CommandResult> results = new ArrayList<>();
        anna.run(() -> {
            for (int i = 0; i < 600; i++) {
                anna.node.command(command("n" + i), results::add);
            }
        });
        network.hub.start();
        network.settled(anna);
        network.world.run(5_000);
        assertThat(results).hasSize(600);
        assertThat(network.hub.applied)
                .hasSize(600)
                .startsWith("n0", "n1", "n2")
                .endsWith("n599");
    }

    @Test
    void tooManyWaitingCommandsAreRefused() {
        Peer anna = network.peer("anna", "10.0.0.1");
        List<CommandResult> results = new ArrayList<>();
        anna.start();
        anna.run(() -> {
            for (int i = 0; i <= CommandLane.WAITING_MAX; i++) {
                anna.node.command(command("n" + i), results::add);
            }
        });
        assertThat(results)
                .first()
                .extracting(result -> result.getProblem().getCode())
                .isEqualTo(ErrorCode.BUSY);
    }

    @Test
    void theIncarnationRisesWithEveryStart() {
        Peer anna = network.connected("anna", "10.0.0.1");
        long first = network.hub.session(anna.keys.id()).getIncarnation();
        anna.host.skew(-86_400_000);
        anna.crash();
        anna.start();
        network.settled(anna);
        assertThat(network.hub.session(anna.keys.id()).getIncarnation()).isEqualTo(first + 1);
    }

    @Test
    void saysGoodbyeWhenItStops() {
        Peer anna = network.connected("anna", "10.0.0.1");
        anna.node.close();
        network.world.run(10);
        assertThat(network.hub.sessions).isEmpty();
        assertThat(network.hub.connections).isEqualTo(1);
    }
}

package covey.peer;

import static org.assertj.core.api.Assertions.assertThat;

import covey.courier.PathKind;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.peer.Network.Peer;
import covey.sim.SimFaults;
import covey.transport.Connection;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class LinksTest {
    private static final EnvelopeAck ACK =
            EnvelopeAck.newBuilder().setSequence(1).build();

    private final Network network = new Network();
    private final Peer anna = network.connected("anna", "10.0.0.1");
    private final Peer bob = network.connected("bob", "10.0.0.2");

    private void want(Peer from, Peer to) {
        network.settled(from);
        from.run(() -> from.node.wantLink(to.keys.id()));
    }

    private static RouteState route(Peer from, Peer to) {
        return from.node.route(to.keys.id()).orElseThrow();
    }

    private static PathKind path(Peer from, Peer to) {
        return route(from, to).path();
    }

    private boolean send(Peer from, DeviceId to) {
        boolean[] isSent = new boolean[1];
        from.run(() -> isSent[0] = from.node.send(to, FrameType.ENVELOPE_ACK, ACK));
        return isSent[0];
    }

    @Test
    void aLinkIsDirectWhenTheDeviceCanBeReached() {
        want(anna, bob);
        network.world.run(50);
        assertThat(path(anna, bob)).isEqualTo(PathKind.DIRECT);
        assertThat(path(bob, anna)).isEqualTo(PathKind.DIRECT);
        assertThat(route(anna, bob).address()).isEqualTo("10.0.0.2:7441");
        assertThat(route(anna, bob).rttMillis()).isBetween(0L, 2L);
        assertThat(route(anna, bob).attempts())
                .extracting(RouteState.Attempt::result)
                .containsExactly("connected");
        assertThat(anna.paths()).extracting(PeerEvent.Path::path).containsExactly(PathKind.DIRECT);
    }

    @Test
    void withoutADirectLinkTheRelayIsUsedAndUpgradedLater() {
        network.world.faults(new SimFaults(0.1, 0.3, 0, 0, 0, 1));
        want(anna, bob);
        network.world.run(300);
        assertThat(path(anna, bob)).isEqualTo(PathKind.RELAY);
        assertThat(route(anna, bob).why()).startsWith("no direct link: 10.0.0.2:7441: no answer");
        assertThat(send(anna, bob.keys.id())).isTrue();
        network.world.run(10);
        assertThat(network.hub.count(FrameType.RELAY)).isEqualTo(1);
        network.world.faults(SimFaults.none());
        network.world.run(5_000);
        assertThat(anna.paths()).extracting(PeerEvent.Path::path).containsExactly(PathKind.RELAY, PathKind.DIRECT);
        assertThat(path(bob, anna)).isEqualTo(PathKind.DIRECT);
    }

    @Test
    void aSlowDialUsesTheRelayAfterAQuarterOfASecond() {
        network.settled(anna);
        network.world.faults(new SimFaults(120, 130, 0, 0, 0, 0));
        anna.run(() -> anna.node.wantLink(bob.keys.id()));
        long start = network.world.nowMillis();
        assertThat(network.world.runUntil(() -> !anna.paths().isEmpty(), 1_000)).isTrue();
        assertThat(network.world.nowMillis() - start).isBetween(240L, 260L);
        assertThat(anna.paths()).extracting(PeerEvent.Path::path).containsExactly(PathKind.RELAY);
        network.world.run(2_000);
        assertThat(path(anna, bob)).isEqualTo(PathKind.DIRECT);
    }

    @Test
    void aDeviceThatIsOfflineIsDecidedAtOnce() {
        bob.node.close();
        network.world.run(100);
        want(anna, bob);
        assertThat(anna.paths()).extracting(PeerEvent.Path::why).containsExactly("the device is offline");
    }

    @Test
    void linksWorkWhileTheHubIsAway() {
        want(anna, bob);
        network.world.run(50);
        network.hub.crash();
        anna.node.close();
        network.world.run(100);
        anna.start();
        network.world.run(100);
        anna.run(() -> anna.node.wantLink(bob.keys.id()));
        network.world.run(50);
        assertThat(path(anna, bob)).isEqualTo(PathKind.DIRECT);
    }

    @Test
    void bothDialAtOnceAndOneLinkStays() {
        network.settled(anna);
        network.settled(bob);
        anna.node.loop().execute(() -> anna.node.wantLink(bob.keys.id()));
        bob.node.loop().execute(() -> bob.node.wantLink(anna.keys.id()));
        network.world.run(2_000);
        assertThat(path(anna, bob)).isEqualTo(PathKind.DIRECT);
        assertThat(path(bob, anna)).isEqualTo(PathKind.DIRECT);
        boolean isAnnas = route(anna, bob).why().startsWith("direct link to");
        assertThat(route(bob, anna).why()).startsWith(isAnnas ? "direct link from" : "direct link to");
        assertThat(isAnnas).isEqualTo(anna.keys.id().compareTo(bob.keys.id()) < 0);
        assertThat(send(anna, bob.keys.id())).isTrue();
    }

    @Test
    void aStrangerGetsNoLink() {
        Stranger stranger = new Stranger();
        assertThat(stranger.knock(anna))
                .hasValueSatisfying(goodbye -> assertThat(goodbye.getMessage()).contains("not in the directory"));
        assertThat(stranger.frames).isEmpty();
    }

    @Test
    void aDeviceOnlyJustEnrolledGetsInAtItsNextTry() {
        network.settled(anna);
        Stranger stranger = new Stranger();
        network.hub.account("eve");
        network.hub.enrol("eve", stranger.keys, "new");
        assertThat(stranger.knock(anna)).isPresent();
        assertThat(stranger.knock(anna)).isEmpty();
        assertThat(stranger.frames).extracting(Frame::type).containsExactly(FrameType.LINK_HELLO);
    }

    @Test
    void aRevokedDeviceIsCutWhenTheEntryArrives() {
        want(anna, bob);
        network.world.run(50);
        network.hub.revoke(bob.keys.id());
        network.world.run(20);
        assertThat(anna.node.route(bob.keys.id())).isEmpty();
        assertThat(anna.node.isOnline(bob.keys.id())).isFalse();
        assertThat(send(anna, bob.keys.id())).isFalse();
    }

    @Test
    void aFrameBeforeLinkHelloEndsTheLink() {
        network.settled(anna);
        Stranger stranger = new Stranger();
        network.hub.account("eve");
        network.hub.enrol("eve", stranger.keys, "new");
        network.hub.tellHead();
        network.world.run(50);
        stranger.first = List.of(Frame.of(FrameType.ENVELOPE_ACK, ACK));
        assertThat(stranger.knock(anna)).hasValueSatisfying(goodbye -> {
            assertThat(goodbye.getReason()).isEqualTo(GoodbyeReason.PROTOCOL_ERROR);
            assertThat(goodbye.getMessage()).contains("begins with LINK_HELLO");
        });
    }

    @Test
    void aLinkWithoutHelloIsClosed() {
        network.settled(anna);
        Stranger stranger = new Stranger();
        network.hub.account("eve");
        network.hub.enrol("eve", stranger.keys, "new");
        network.hub.tellHead();
        network.world.run(50);
        assertThat(stranger.knock(anna)).isEmpty();
        network.world.run(Links.HELLO_MILLIS + 2_000);
        assertThat(stranger.closed).isPresent();
    }

    @Test
    void anIdleLinkIsClosedAndMadeAgainWhenWanted() {
        want(anna, bob);
        network.world.run(Links.IDLE_MILLIS + 5_000);
        assertThat(anna.node.route(bob.keys.id())).isEmpty();
        assertThat(bob.node.route(anna.keys.id())).isEmpty();
        want(anna, bob);
        network.world.run(50);
        assertThat(path(anna, bob)).isEqualTo(PathKind.DIRECT);
    }

    @Test
    void aRelayThatFailsIsNotUsedForAWhile() {
        network.world.faults(new SimFaults(0.1, 0.3, 0, 0, 0, 1));
        want(anna, bob);
        network.world.run(300);
        network.hub.relays = false;
        send(anna, bob.keys.id());
        network.world.run(10);
        assertThat(path(anna, bob)).isEqualTo(PathKind.NONE);
        assertThat(route(anna, bob).attempts())
                .last()
                .extracting(RouteState.Attempt::result)
                .isEqualTo("the hub could not relay: the device is offline");
        network.hub.relays = true;
        network.world.run(Route.RELAY_PAUSE_MILLIS + 1_100);
        assertThat(path(anna, bob)).isEqualTo(PathKind.RELAY);
    }

    @Test
    void whatAnotherDeviceRelaysDoesNotEndTheSessionWithTheHub() {
        network.settled(anna);
        for (FrameType inner : List.of(FrameType.PING, FrameType.RELAY, FrameType.ENVELOPE)) {
            FrameHeader header = FrameHeader.newBuilder()
                    .setType(FrameType.RELAY)
                    .setDevice(bob.keys.id().toByteString())
                    .setInner(inner)
                    .build();
            Objects.requireNonNull(network.hub.sessions.get(anna.keys.id()))
                    .send(new Frame(header, new byte[] {1, 2, 3}));
        }
        network.world.run(1_000);
        assertThat(network.hub.connections).isEqualTo(2);
        assertThat(anna.node.isSettled()).isTrue();
    }

    @Test
    void aBrokenLinkIsReplacedAtOnce() {
        want(anna, bob);
        network.world.run(50);
        bob.crash();
        bob.start();
        network.settled(bob);
        network.world.run(3_000);
        assertThat(path(anna, bob)).isEqualTo(PathKind.DIRECT);
        assertThat(route(anna, bob).attempts())
                .extracting(RouteState.Attempt::result)
                .anyMatch(result -> result.startsWith("link ended: connection reset"));
    }

    /** Somebody with a key, who knocks at a peer's port. */
    private final class Stranger implements Connection.Receiver {
        final DeviceKeys keys = DeviceKeys.generate(Env.system());
        final List<Frame> frames = new ArrayList<>();
        List<Frame> first = List.of();
        java.util.Optional<Goodbye> closed = java.util.Optional.empty();

        java.util.Optional<Goodbye> knock(Peer at) {
            closed = java.util.Optional.empty();
            Address address = new Address(at.host.address(), PeerSettings.DEFAULT_PORT);
            network.world
                    .host("10.0.0.99")
                    .transport(keys.id(), keys.publicKey())
                    .dial(List.of(address), Protocol.PEER, device -> true, 1_000, new Transport.Dialled() {
                        @Override
                        public void connected(Connection connection) {
                            connection.receiver(Stranger.this);
                            first.forEach(connection::send);
                        }

                        @Override
                        public void failed(List<Transport.Attempt> attempts) {
                            throw new AssertionError(attempts);
                        }
                    });
            network.world.run(50);
            return closed;
        }

        @Override
        public void received(Connection connection, Frame frame) {
            frames.add(frame);
        }

        @Override
        public void closed(Connection connection, Goodbye reason) {
            closed = java.util.Optional.of(reason);
        }
    }
}

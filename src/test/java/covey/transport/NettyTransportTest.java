package covey.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import covey.env.Env;
import covey.transport.Transport.Address;
import covey.transport.Transport.Attempt;
import covey.transport.Transport.ListenException;
import covey.transport.Transport.Listener;
import covey.wire.EncodedFrame;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Ping;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class NettyTransportTest {
    private static final TestDevice HUB = TestDevice.create();
    private static final TestDevice PEER = TestDevice.create();
    private static final Address ANY_PORT = new Address("127.0.0.1", 0);

    private final List<Transport> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(Transport::close);
    }

    static Stream<Stack> stacks() {
        return Stream.of(Stack.best(), Stack.portable());
    }

    private NettyTransport transport(TestDevice device, Stack stack) {
        return transport(device, TransportSettings.defaults(), stack);
    }

    private NettyTransport transport(TestDevice device, TransportSettings settings, Stack stack) {
        NettyTransport transport =
                new NettyTransport(Env.system(), device.keys().getPrivate(), device.certificate(), settings, stack);
        opened.add(transport);
        return transport;
    }

    private static Recorder dial(Transport from, Address to, Transport.Expected expected) {
        return dial(from, List.of(to), Protocol.HUB, expected);
    }

    private static Recorder dial(Transport from, List<Address> to, Protocol protocol, Transport.Expected expected) {
        Recorder recorder = new Recorder();
        from.dial(to, protocol, expected, 3_000, recorder);
        return recorder;
    }

    private static Frame ping(long nonce) {
        return Frame.of(FrameType.PING, Ping.newBuilder().setNonce(nonce).build());
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void framesGoBothWaysInOrderBetweenDevicesThatProvedTheirKeys(Stack stack) {
        Recorder hub = new Recorder();
        Listener listener = transport(HUB, stack).listen(ANY_PORT, Set.of(Protocol.HUB), hub);
        Recorder peer = dial(transport(PEER, stack), listener.address(), HUB.id()::equals);

        Connection toHub = peer.connection();
        for (int i = 0; i < 1_000; i++) {
            assertThat(toHub.send(ping(i))).isTrue();
        }
        assertThat(hub.frame(999)).isNotNull();
        assertThat(hub.frames.stream().map(frame -> nonce(frame)))
                .containsExactlyElementsOf(
                        Stream.iterate(0L, n -> n + 1).limit(1_000).toList());

        Connection toPeer = hub.connection();
        assertThat(toHub.device()).isEqualTo(HUB.id());
        assertThat(toPeer.device()).isEqualTo(PEER.id());
        assertThat(toPeer.publicKey()).isEqualTo(PEER.keys().getPublic().getEncoded());
        assertThat(toPeer.protocol()).isEqualTo(Protocol.HUB);
        assertThat(toPeer.remoteAddress()).isEqualTo(toHub.localAddress());
        assertThat(toHub.remoteAddress()).isEqualTo(listener.address().toString());

        Frame big = new Frame(
                FrameHeader.newBuilder().setType(FrameType.MAIL).setStream(7).build(),
                new byte[Limits.CONTROL_FRAME_BYTES_MAX]);
        toPeer.send(EncodedFrame.of(big));
        assertThat(peer.frame(0).header()).isEqualTo(big.header());
        assertThat(peer.frame(0).payload()).isEqualTo(big.payload());
    }

    private static long nonce(Frame frame) {
        return covey.wire.Messages.as(frame, Ping.class).getNonce();
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void goodbyeArrivesAfterAllThatWasSentBeforeAndIsTheReasonOnBothSides(Stack stack) {
        Recorder hub = new Recorder();
        Listener listener = transport(HUB, stack).listen(ANY_PORT, Set.of(Protocol.HUB), hub);
        Recorder peer = dial(transport(PEER, stack), listener.address(), HUB.id()::equals);
        Goodbye goodbye = Goodbye.newBuilder()
                .setReason(GoodbyeReason.SHUTTING_DOWN)
                .setMessage("the hub is shutting down")
                .build();
        peer.connection();
        Connection toPeer = hub.connection();
        for (int i = 0; i < 50; i++) {
            toPeer.send(
                    new Frame(FrameHeader.newBuilder().setType(FrameType.MAIL).build(), new byte[10_000]));
        }
        toPeer.close(goodbye);
        toPeer.close(Goodbye.newBuilder().setReason(GoodbyeReason.REVOKED).build());
        assertThat(toPeer.send(ping(1))).isFalse();
        assertThat(peer.end()).isEqualTo(goodbye);
        assertThat(peer.frames).hasSize(50);
        assertThat(hub.end()).isEqualTo(goodbye);
        assertThat(hub.ends).hasSize(1);
        assertThat(peer.connection().isOpen()).isFalse();
    }

    @Test
    void alpnPicksTheRoleOnOnePort() {
        Recorder both = new Recorder();
        Listener listener = transport(HUB, Stack.best()).listen(ANY_PORT, EnumSet.allOf(Protocol.class), both);
        Transport from = transport(PEER, Stack.best());
        assertThat(dial(from, List.of(listener.address()), Protocol.PEER, id -> true)
                        .connection()
                        .protocol())
                .isEqualTo(Protocol.PEER);
        assertThat(dial(from, List.of(listener.address()), Protocol.HUB, id -> true)
                        .connection()
                        .protocol())
                .isEqualTo(Protocol.HUB);
        await().until(() -> both.connections.size() == 2);
        assertThat(both.connections.stream().map(Connection::protocol)).containsExactly(Protocol.PEER, Protocol.HUB);
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void twoDevicesOfOneProcessShareAPortAndEachShowsItsOwnKey(Stack stack) {
        Recorder hub = new Recorder();
        Recorder peer = new Recorder();
        NettyTransport atHub = transport(HUB, stack);
        NettyTransport atPeer = transport(PEER, stack);
        Listener port = atHub.listen(ANY_PORT, Set.of(Protocol.HUB), hub);
        Listener part = atPeer.listenAt(port, Set.of(Protocol.PEER), peer);
        NettyTransport from = transport(TestDevice.create(), stack);
        assertThat(part.address()).isEqualTo(port.address());

        Recorder toHub = dial(from, List.of(port.address()), Protocol.HUB, HUB.id()::equals);
        Recorder toPeer = dial(from, List.of(port.address()), Protocol.PEER, PEER.id()::equals);
        assertThat(toHub.connection().send(ping(1))).isTrue();
        assertThat(toPeer.connection().send(ping(2))).isTrue();
        assertThat(nonce(hub.frame(0))).isEqualTo(1);
        assertThat(nonce(peer.frame(0))).isEqualTo(2);

        // The peer goes, the hub stays.
        part.close();
        atPeer.close();
        await().until(() -> !toPeer.ends.isEmpty());
        assertThat(toHub.connection().isOpen()).isTrue();
        assertThat(dial(from, List.of(port.address()), Protocol.PEER, id -> true)
                        .failure())
                .isNotEmpty();
        assertThat(dial(from, List.of(port.address()), Protocol.HUB, HUB.id()::equals)
                        .connection()
                        .isOpen())
                .isTrue();
    }

    @Test
    void whoSaysNothingOrNonsenseAtASharedPortIsClosedAndOthersGoOn() throws IOException {
        Recorder hub = new Recorder();
        NettyTransport atHub = transport(HUB, TransportSettings.defaults().withHandshakes(500, 100, 100), Stack.best());
        Listener port = atHub.listen(ANY_PORT, Set.of(Protocol.HUB), hub);
        transport(PEER, Stack.best()).listenAt(port, Set.of(Protocol.PEER), new Recorder());
        try (Socket silent = new Socket(
                        InetAddress.getLoopbackAddress(), port.address().port());
                Socket loud = new Socket(
                        InetAddress.getLoopbackAddress(), port.address().port())) {
            loud.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            loud.setSoTimeout(10_000);
            silent.setSoTimeout(10_000);
            assertThat(loud.getInputStream().readAllBytes()).hasSizeLessThan(64);
            assertThat(silent.getInputStream().readAllBytes()).isEmpty();
        }
        assertThat(hub.connections).isEmpty();
        assertThat(dial(transport(PEER, Stack.best()), port.address(), HUB.id()::equals)
                        .connection()
                        .isOpen())
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void whoDoesNotSpeakTheWantedRoleIsNotConnected(Stack stack) {
        Recorder hub = new Recorder();
        Listener listener = transport(HUB, stack).listen(ANY_PORT, Set.of(Protocol.HUB), hub);
        Recorder peer = dial(transport(PEER, stack), List.of(listener.address()), Protocol.PEER, HUB.id()::equals);
        assertThat(peer.failure()).hasSize(1);
        assertThat(peer.connections).isEmpty();
        assertThat(hub.connections).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void anotherDeviceThanTheExpectedOneIsRefusedWithASentence(Stack stack) {
        Recorder impostor = new Recorder();
        Listener listener = transport(PEER, stack).listen(ANY_PORT, Set.of(Protocol.HUB), impostor);
        Recorder peer = dial(transport(PEER, stack), listener.address(), HUB.id()::equals);
        Attempt attempt = peer.failure().getFirst();
        assertThat(attempt.result())
                .startsWith("another device answered: its key is " + PEER.id().shortText());
        assertThat(attempt.address()).isEqualTo(listener.address());
        assertThat(peer.connections).isEmpty();
    }

    @Test
    void theFirstAddressThatLeadsToTheRightDeviceWinsWhateverTheOthersDo() {
        Recorder hub = new Recorder();
        Listener right = transport(HUB, Stack.best()).listen(ANY_PORT, Set.of(Protocol.HUB), hub);
        Listener wrong = transport(PEER, Stack.best()).listen(ANY_PORT, Set.of(Protocol.HUB), new Recorder());
        List<Address> addresses = List.of(
                new Address("127.0.0.1", 1),
                // TEST-NET-1: nobody answers, or nobody is there to say so
                new Address("192.0.2.1", 7440),
                new Address("no-such-host.invalid", 7440),
                wrong.address(),
                new Address("localhost", right.address().port()));
        Recorder peer = dial(transport(PEER, Stack.best()), addresses, Protocol.HUB, HUB.id()::equals);
        assertThat(peer.connection().device()).isEqualTo(HUB.id());
    }

    @Test
    void aDialThatFailsTellsEveryAddressAndWhatCameOfIt() {
        Recorder peer = new Recorder();
        Listener wrong = transport(HUB, Stack.best()).listen(ANY_PORT, Set.of(Protocol.HUB), new Recorder());
        List<Address> addresses = List.of(
                new Address("127.0.0.1", 1),
                new Address("::1", 1),
                wrong.address(),
                new Address("no-such-host.invalid", 2));
        transport(PEER, Stack.best()).dial(addresses, Protocol.HUB, id -> false, 2_000, peer);
        assertThat(peer.failure().stream().map(Attempt::address)).containsExactlyInAnyOrderElementsOf(addresses);
        assertThat(peer.failure())
                .anySatisfy(
                        attempt -> assertThat(attempt.result()).isEqualTo("connection refused: nothing listens there"));
        assertThat(peer.failure())
                .anySatisfy(attempt -> assertThat(attempt.result()).isEqualTo("the name is not known"));
    }

    @Test
    void aSilentAddressFailsInTimeAndACancelledDialTellsNothing() throws Exception {
        try (java.net.ServerSocket silent =
                new java.net.ServerSocket(0, 10, java.net.InetAddress.getLoopbackAddress())) {
            Address address = new Address("127.0.0.1", silent.getLocalPort());
            Transport from = transport(PEER, Stack.best());
            Recorder cancelled = new Recorder();
            from.dial(List.of(address), Protocol.HUB, id -> true, 300, cancelled)
                    .cancel();
            Recorder peer = new Recorder();
            from.dial(List.of(address), Protocol.HUB, id -> true, 400, peer);
            assertThat(peer.failure().getFirst().result())
                    .isEqualTo("connected, but the TLS handshake did not end in 400 ms");
            assertThat(cancelled.failure).isNull();
        }
    }

    @Test
    void aDialWithoutAddressesFailsAtOnce() {
        Recorder peer = new Recorder();
        transport(PEER, Stack.best()).dial(List.of(), Protocol.HUB, id -> true, 60_000, peer);
        assertThat(peer.failure()).isEmpty();
    }

    @Test
    void aTakenPortIsToldWithItsAddress() {
        Listener first = transport(HUB, Stack.best()).listen(ANY_PORT, Set.of(Protocol.HUB), new Recorder());
        assertThatThrownBy(() ->
                        transport(PEER, Stack.best()).listen(first.address(), Set.of(Protocol.HUB), new Recorder()))
                .isInstanceOf(ListenException.class)
                .hasMessageContaining("cannot listen on " + first.address())
                .hasMessageContaining("another process has that port");
        first.close();
    }

    @Test
    void bothFamiliesReachAWildcardListener() {
        Recorder hub = new Recorder();
        Listener listener = transport(HUB, Stack.best()).listen(new Address("::", 0), Set.of(Protocol.HUB), hub);
        Transport from = transport(PEER, Stack.best());
        int port = listener.address().port();
        assertThat(dial(from, new Address("127.0.0.1", port), id -> true)
                        .connection()
                        .remoteAddress())
                .isEqualTo("127.0.0.1:" + port);
        assertThat(dial(from, new Address("::1", port), id -> true).connection().remoteAddress())
                .isEqualTo("[::1]:" + port);
        await().until(() -> hub.connections.size() == 2);
        assertThat(hub.connections.getFirst().remoteAddress()).startsWith("127.0.0.1:");
    }

    @Test
    void loopbackComesLastAmongTheMachinesAddresses() {
        List<Address> addresses = transport(PEER, Stack.best()).localAddresses(7441);
        assertThat(addresses).isNotEmpty().allSatisfy(address -> {
            assertThat(address.port()).isEqualTo(7441);
            assertThat(address.host()).doesNotStartWith("fe80");
        });
        boolean loopbackSeen = false;
        for (Address address : addresses) {
            boolean isLoopback =
                    address.host().startsWith("127.") || address.host().equals("::1");
            assertThat(loopbackSeen && !isLoopback).isFalse();
            loopbackSeen |= isLoopback;
        }
    }

    @Test
    void closingTheTransportSaysGoodbyeToAll() {
        Recorder hub = new Recorder();
        Transport atHub = transport(HUB, Stack.best());
        Listener listener = atHub.listen(ANY_PORT, Set.of(Protocol.HUB), hub);
        Recorder peer = dial(transport(PEER, Stack.best()), listener.address(), id -> true);
        peer.connection();
        atHub.close();
        assertThat(peer.end().getReason()).isEqualTo(GoodbyeReason.CLOSING);
        assertThat(peer.end().getMessage()).isEmpty();
    }

    @Test
    void aReceiverThatFailsEndsOnlyItsOwnConnection() {
        Recorder good = new Recorder();
        Listener listener = transport(HUB, Stack.best()).listen(ANY_PORT, Set.of(Protocol.HUB), connection -> {
            if (good.connections.isEmpty()) {
                good.accepted(connection);
                return;
            }
            connection.receiver(new Connection.Receiver() {
                @Override
                public void received(Connection same, Frame frame) {
                    throw new IllegalArgumentException("bad day");
                }

                @Override
                public void closed(Connection same, Goodbye reason) {}
            });
        });
        Transport from = transport(PEER, Stack.best());
        Recorder first = dial(from, listener.address(), id -> true);
        first.connection();
        good.connection();
        Recorder second = dial(from, listener.address(), id -> true);
        second.connection().send(ping(1));
        assertThat(second.end().getReason()).isEqualTo(GoodbyeReason.PROTOCOL_ERROR);
        first.connection().send(ping(2));
        assertThat(nonce(good.frame(0))).isEqualTo(2);
    }
}

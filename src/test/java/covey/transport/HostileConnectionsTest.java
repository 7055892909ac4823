package covey.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import covey.env.Env;
import covey.transport.Transport.Address;
import covey.transport.Transport.Listener;
import covey.wire.Frame;
import covey.wire.FrameCodec;
import covey.wire.Messages;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Ping;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What strangers may do to a listening device, and what the others notice of it: nothing. */
final class HostileConnectionsTest {
    private static final TestDevice HUB = TestDevice.create();
    private static final TestDevice PEER = TestDevice.create();
    private static final TestDevice THIEF = TestDevice.create();
    private static final String ALPN = Protocol.HUB.alpn();

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Recorder hub = new Recorder();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened.reversed()) {
            one.close();
        }
    }

    static Stream<Stack> stacks() {
        return Stream.of(Stack.best(), Stack.portable());
    }

    private Transport transport(TestDevice device, Stack stack, TransportSettings settings) {
        Transport transport =
                new NettyTransport(Env.system(), device.keys().getPrivate(), device.certificate(), settings, stack);
        opened.add(transport);
        return transport;
    }

    private Address serve(Stack stack) {
        return serve(stack, TransportSettings.defaults());
    }

    private Address serve(Stack stack, TransportSettings settings) {
        Listener listener =
                transport(HUB, stack, settings).listen(new Address("127.0.0.1", 0), Set.of(Protocol.HUB), hub);
        return listener.address();
    }

    private SSLSocket connect(SSLContext context, Address to, String... alpn) throws IOException {
        SSLSocket socket = RawTls.connect(context, to, alpn);
        opened.add(socket);
        return socket;
    }

    private static byte[] ping(long nonce) {
        return FrameCodec.encode(
                Frame.of(FrameType.PING, Ping.newBuilder().setNonce(nonce).build()));
    }

    /** A good device is served as if nothing had happened. */
    private void assertServing(Address hubAddress) throws IOException {
        int before = hub.frames.size();
        try (SSLSocket socket = RawTls.connect(RawTls.context(PEER), hubAddress, ALPN)) {
            socket.getOutputStream().write(ping(1));
            await().until(() -> hub.frames.size() > before);
        }
    }

    /** While it shakes hands or at its first read: with TLS 1.3 a client may be done before the server refuses. */
    private void assertRefused(SSLContext context, Address to, String... alpn) {
        assertThatThrownBy(() -> {
                    if (connect(context, to, alpn).getInputStream().read() < 0) {
                        throw new SSLException("closed");
                    }
                })
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void aStolenCertificateWithoutItsKeyIsRefused(Stack stack) throws Exception {
        Address address = serve(stack);
        assertRefused(RawTls.stolen(PEER, THIEF), address, ALPN);
        assertThat(hub.connections).isEmpty();
        assertServing(address);
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void aServerThatShowsAStolenCertificateIsNotConnectedTo(Stack stack) throws Exception {
        try (SSLServerSocket server = RawTls.listen(RawTls.stolen(HUB, THIEF))) {
            Thread.ofVirtual().start(() -> {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                    socket.startHandshake();
                } catch (IOException e) {
                    // what is to be expected
                }
            });
            Recorder peer = new Recorder();
            transport(PEER, stack, TransportSettings.defaults())
                    .dial(
                            List.of(new Address("127.0.0.1", server.getLocalPort())),
                            Protocol.HUB,
                            HUB.id()::equals,
                            5_000,
                            peer);
            assertThat(peer.failure().getFirst().result()).startsWith("TLS failed");
        }
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void noCertificateNoConnection(Stack stack) throws Exception {
        Address address = serve(stack);
        assertRefused(RawTls.context(), address, ALPN);
        assertThat(hub.connections).isEmpty();
        assertServing(address);
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void keysOfOtherKindsAreRefused(Stack stack) throws Exception {
        Address address = serve(stack);
        assertRefused(RawTls.context(TestDevice.create("secp384r1")), address, ALPN);
        assertThat(hub.connections).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void wrongOrNoAlpnGetsNoConnection(Stack stack) throws Exception {
        Address address = serve(stack);
        assertThatThrownBy(() -> connect(RawTls.context(PEER), address, "http/1.1")
                        .getInputStream()
                        .readNBytes(1)[0]++)
                .isInstanceOfAny(IOException.class, ArrayIndexOutOfBoundsException.class);
        assertRefused(RawTls.context(PEER), address);
        assertThat(hub.connections).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void olderTlsIsRefused(Stack stack) throws Exception {
        Address address = serve(stack);
        SSLSocket socket = (SSLSocket) RawTls.context(PEER).getSocketFactory().createSocket();
        opened.add(socket);
        socket.connect(new java.net.InetSocketAddress(address.host(), address.port()));
        socket.setEnabledProtocols(new String[] {"TLSv1.2"});
        assertThatThrownBy(socket::startHandshake).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void noTicketsAreGivenSoThatARevokedDeviceCannotResume(Stack stack) throws Exception {
        Address address = serve(stack);
        SSLContext context = RawTls.context(PEER);
        for (int i = 0; i < 2; i++) {
            SSLSocket socket = connect(context, address, ALPN);
            socket.getOutputStream().write(ping(i));
            int expected = i + 1;
            await().until(() -> hub.frames.size() == expected);
            hub.connections.getLast().send(Frame.of(FrameType.PONG, Ping.getDefaultInstance()));
            // What the server sends after the handshake, tickets included, comes before this frame.
            assertThat(socket.getInputStream().readNBytes(6)).hasSize(6);
            // One of each connection, which cannot be resumed, and none of a ticket.
            assertThat(java.util.Collections.list(
                            context.getClientSessionContext().getIds()))
                    .hasSize(expected);
        }
    }

    @Test
    void garbageInsteadOfTlsEndsOnlyItsConnection() throws Exception {
        Address address = serve(Stack.best());
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.port())) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: hub\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            socket.getInputStream().readAllBytes();
        }
        assertThat(hub.connections).isEmpty();
        assertServing(address);
    }

    @Test
    void garbageAfterTlsIsAnsweredWithASentenceAndTheEnd() throws Exception {
        Address address = serve(Stack.best());
        assertThat(reasonFor(address, new byte[] {0x7f, 1, 2, 3, 4, 5})).contains("frame length: 2130772483");
        assertThat(reasonFor(
                        address,
                        ByteBuffer.allocate(4).putInt(FrameCodec.LENGTH_MAX + 1).array()))
                .contains("frame length: " + (FrameCodec.LENGTH_MAX + 1));
        assertThat(reasonFor(address, ByteBuffer.allocate(4).putInt(1).array())).contains("frame length: 1");
        assertThat(reasonFor(
                        address,
                        ByteBuffer.allocate(6).putInt(2).putShort((short) 9).array()))
                .contains("frame header: 9 bytes");
        assertThat(reasonFor(
                        address,
                        ByteBuffer.allocate(7)
                                .putInt(3)
                                .putShort((short) 1)
                                .put((byte) 0x0f)
                                .array()))
                .contains("frame header: not understood");
        assertThat(hub.ends).allSatisfy(end -> assertThat(end.getReason()).isEqualTo(GoodbyeReason.PROTOCOL_ERROR));
        assertThat(hub.frames).isEmpty();
        assertServing(address);
    }

    private String reasonFor(Address address, byte[] sent) throws IOException {
        SSLSocket socket = connect(RawTls.context(PEER), address, ALPN);
        socket.getOutputStream().write(sent);
        Goodbye goodbye = Messages.as(read(socket.getInputStream()), Goodbye.class);
        assertThat(goodbye.getReason()).isEqualTo(GoodbyeReason.PROTOCOL_ERROR);
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        return goodbye.getMessage();
    }

    private static Frame read(InputStream in) throws IOException {
        byte[] length = in.readNBytes(4);
        byte[] rest = in.readNBytes(ByteBuffer.wrap(length).getInt());
        byte[] whole = Arrays.copyOf(length, 4 + rest.length);
        System.arraycopy(rest, 0, whole, 4, rest.length);
        return FrameCodec.decode(ByteBuffer.wrap(whole));
    }

    @Test
    void framesInPiecesAndManyInOnePieceAreTheSame() throws Exception {
        Address address = serve(Stack.best());
        SSLSocket socket = connect(RawTls.context(PEER), address, ALPN);
        byte[] one = FrameCodec.encode(new Frame(
                FrameHeader.newBuilder().setType(FrameType.MAIL).setStream(300).build(), new byte[3_000]));
        for (int cut = 1; cut < 12; cut++) {
            socket.getOutputStream().write(one, 0, cut);
            socket.getOutputStream().flush();
            socket.getOutputStream().write(one, cut, one.length - cut);
        }
        byte[] many = new byte[one.length * 20];
        for (int i = 0; i < 20; i++) {
            System.arraycopy(one, 0, many, i * one.length, one.length);
        }
        socket.getOutputStream().write(many);
        await().until(() -> hub.frames.size() == 31);
        assertThat(hub.frames)
                .allSatisfy(frame -> assertThat(FrameCodec.encode(frame)).isEqualTo(one));
    }

    @Test
    void aConnectionThatBreaksOffInTheMiddleOfAFrameIsToldOnce() throws Exception {
        Address address = serve(Stack.best());
        SSLSocket socket = connect(RawTls.context(PEER), address, ALPN);
        byte[] frame = ping(1);
        socket.getOutputStream().write(frame, 0, frame.length - 1);
        hub.connection();
        socket.close();
        assertThat(hub.end().getReason()).isEqualTo(GoodbyeReason.CLOSING);
        assertThat(hub.end().getMessage()).isNotEmpty();
        assertThat(hub.frames).isEmpty();
        assertThat(hub.ends).hasSize(1);
    }

    @Test
    void aConnectionThatStopsInTheHandshakeIsClosedInTime() throws Exception {
        TransportSettings defaults = TransportSettings.defaults();
        Address address = serve(Stack.best(), defaults.withHandshakes(200, 1_000, 100));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.port())) {
            socket.setSoTimeout(5_000);
            socket.getInputStream().readAllBytes();
        }
        assertServing(address);
    }

    @Test
    void oneSourceHoldsOnlyItsShareOfHandshakes() throws Exception {
        Address address = serve(Stack.best(), TransportSettings.defaults().withHandshakes(60_000, 1_000, 3));
        List<Socket> half = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            half.add(new Socket(InetAddress.getLoopbackAddress(), address.port()));
            half.getLast().setSoTimeout(20);
        }
        opened.addAll(half);
        // Which ones is up to chance: they are accepted in order, but set up side by side.
        await().until(() ->
                half.stream().filter(HostileConnectionsTest::isEnded).count() == 2);
        for (Socket socket : half) {
            socket.close();
        }
        await().ignoreExceptions().untilAsserted(() -> assertServing(address));
    }

    private static boolean isEnded(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true; // reset
        }
    }

    @Test
    void whenAllHandshakePlacesAreTakenNewcomersWait() throws Exception {
        Address address = serve(Stack.best(), TransportSettings.defaults().withHandshakes(400, 2, 100));
        for (int i = 0; i < 2; i++) {
            opened.add(new Socket(InetAddress.getLoopbackAddress(), address.port()));
        }
        assertServing(address);
    }

    @Test
    void aSlowReaderIsCutWithTheReasonAndOthersAreServed() throws Exception {
        Address address = serve(Stack.best());
        SSLSocket slow = connect(RawTls.context(PEER), address, ALPN);
        Connection toSlow = hub.connection();
        Frame mail = new Frame(FrameHeader.newBuilder().setType(FrameType.MAIL).build(), new byte[16_000]);
        boolean wasUnwritable = false;
        for (int i = 0; toSlow.send(mail); i++) {
            wasUnwritable |= !toSlow.isWritable();
            assertThat(toSlow.unsentBytes()).isLessThanOrEqualTo(1024 * 1024);
            assertThat(i).isLessThan(10_000);
        }
        assertThat(wasUnwritable).isTrue();
        assertThat(hub.end().getReason()).isEqualTo(GoodbyeReason.TOO_SLOW);
        assertServing(address);

        // What had left before is followed by the reason, not by half a frame.
        DataInputStream in = new DataInputStream(slow.getInputStream());
        Frame last = read(in);
        while (last.type() == FrameType.MAIL) {
            last = read(in);
        }
        assertThat(Messages.as(last, Goodbye.class).getReason()).isEqualTo(GoodbyeReason.TOO_SLOW);
    }

    @Test
    void aReaderThatCatchesUpIsWritableAgain() throws Exception {
        Address address = serve(Stack.best());
        SSLSocket socket = connect(RawTls.context(PEER), address, ALPN);
        Connection connection = hub.connection();
        Frame mail = new Frame(FrameHeader.newBuilder().setType(FrameType.MAIL).build(), new byte[16_000]);
        int sent = 0;
        while (connection.isWritable()) {
            connection.send(mail);
            sent++;
        }
        for (int i = 0; i < sent; i++) {
            assertThat(read(socket.getInputStream()).type()).isEqualTo(FrameType.MAIL);
        }
        await().until(() -> hub.writableAgain > 0);
        assertThat(connection.isWritable()).isTrue();
        await().until(() -> connection.unsentBytes() == 0);
    }

    @Test
    void aThousandConnectionsAreServedAtOnce() {
        Address address = serve(Stack.best(), TransportSettings.defaults().withHandshakes(60_000, 2_000, 2_000));
        Transport from = transport(PEER, Stack.best(), TransportSettings.defaults());
        List<Recorder> peers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            Recorder peer = new Recorder();
            from.dial(List.of(address), Protocol.HUB, HUB.id()::equals, 60_000, peer);
            peers.add(peer);
        }
        await().atMost(60, java.util.concurrent.TimeUnit.SECONDS)
                .until(() -> hub.connections.size() == 1_000
                        && peers.stream().noneMatch(peer -> peer.connections.isEmpty()));
        covey.wire.EncodedFrame news = covey.wire.EncodedFrame.of(
                Frame.of(FrameType.PING, Ping.newBuilder().setNonce(7).build()));
        hub.connections.forEach(connection -> connection.send(news));
        await().until(() -> peers.stream().noneMatch(peer -> peer.frames.isEmpty()));
    }
}

package covey.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import covey.Damaged;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.peer.Network.Peer;
import covey.transport.Connection;
import covey.transport.LocalApi;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.web.PeerApi;
import covey.wire.Frame;
import covey.wire.FrameCodec;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.LinkHello;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever comes over the local socket, a direct link or from the hub: an answer or an end, and the peer goes on. */
final class PeerFuzzTest {
    private static final Network NETWORK = new Network();
    private static final DeviceKeys EVE = DeviceKeys.generate(Env.system());
    private static final Peer ANNA = anna();
    private static final PeerApi API = new PeerApi(ANNA.node, () -> {}, () -> {});

    private static final String[] METHODS = {
        "status",
        "whoami",
        "ls",
        "ls.watch",
        "send",
        "announce",
        "inbox",
        "inbox.follow",
        "history",
        "read",
        "conversations",
        "room.create",
        "room.invite",
        "room.kick",
        "room.join",
        "room.leave",
        "room.members",
        "room.ls",
        "chat.events",
        "chat.leave",
        "why",
        "verify",
        "block",
        "passwd",
        "account.ls",
        "account.role",
        "account.disable",
        "account.remove",
        "account.reset",
        "device.ls",
        "device.revoke",
        "token.create",
        "token.ls",
        "token.revoke",
        "audit",
        "hub.status",
        "stop"
    };

    /** Of all methods: each takes what it knows. */
    private static final String PARAMETERS = """
            {"to":"@eve","text":"hi","waitMillis":0,"limit":10,"with":"@eve","sinceMillis":1,"search":"h","before":"",
            "conversation":"@eve","name":"#lab","private":true,"room":"#lab","account":"eve","blocked":false,
            "role":"member","disabled":false,"device":"eve","reason":"lost","kind":"invite","uses":1,
            "lifetimeMillis":60000,"labels":{"a":"b"},"tokenId":"t","oldPassword":"a","newPassword":"bbbbbbbbbbbb"}""";

    private static Peer anna() {
        NETWORK.hub.account("eve");
        NETWORK.hub.enrol("eve", EVE, "eve's");
        return NETWORK.connected("anna", "10.0.0.1");
    }

    private static void goesOn() {
        NETWORK.world.run(5);
        if (!ANNA.node.isSettled()) {
            NETWORK.settled(ANNA);
        }
    }

    static Stream<byte[]> requests() {
        return Damaged.copies(
                20,
                Stream.of(METHODS)
                        .map(method -> "{\"method\":\"" + method + "\",\"params\":" + PARAMETERS + "}")
                        .map(request -> request.getBytes(StandardCharsets.UTF_8))
                        .toArray(byte[][]::new));
    }

    @MethodSource("requests")
    @FuzzTest(maxDuration = "10s")
    void localRequests(byte[] data) {
        String request = new String(data, StandardCharsets.UTF_8);
        int[] ends = new int[1];
        API.handle(request, new LocalApi.Reply() {
            @Override
            public void event(String json) {}

            @Override
            public void result(String json) {
                ends[0]++;
            }

            @Override
            public void error(ErrorCode code, String sentence) {
                ends[0]++;
                assertThat(code).as(sentence).isNotEqualTo(ErrorCode.INTERNAL);
            }

            @Override
            public boolean isCancelled() {
                return false;
            }

            @Override
            public void onCancel(Runnable action) {
                action.run();
            }
        });
        goesOn();
        assertThat(ends[0]).isLessThanOrEqualTo(1);
    }

    /** After a greeting or not, whether deaf or not: the first byte says. */
    static Stream<byte[]> frames() {
        return Damaged.copies(
                8,
                Stream.of(Damaged.goldenFrames())
                        .flatMap(frame -> Stream.of(Damaged.chosen(frame, 0), Damaged.chosen(frame, 1)))
                        .toArray(byte[][]::new));
    }

    @MethodSource("frames")
    @FuzzTest(maxDuration = "10s")
    void framesOfADirectLink(byte[] data) {
        boolean isGreeting = isFirst(data);
        Address address = new Address("10.0.0.1", PeerSettings.DEFAULT_PORT);
        Optional<Connection>[] made = newArray();
        NETWORK.world
                .host("10.0.0.66")
                .transport(EVE.id(), EVE.publicKey())
                .dial(List.of(address), Protocol.PEER, device -> true, 1_000, new Transport.Dialled() {
                    @Override
                    public void connected(Connection connection) {
                        made[0] = Optional.of(connection);
                        connection.receiver(new Silent());
                    }

                    @Override
                    public void failed(List<Transport.Attempt> attempts) {
                        throw new AssertionError(attempts);
                    }
                });
        NETWORK.world.run(5);
        Connection link = made[0].orElseThrow();
        if (isGreeting) {
            LinkHello hello = LinkHello.newBuilder()
                    .setProtocolMin(1)
                    .setProtocolMax(1)
                    .setNetworkId(ANNA.node.networkId())
                    .setBootNonce(ByteString.copyFrom(new byte[16]))
                    .build();
            link.send(Frame.of(FrameType.LINK_HELLO, hello));
        }
        frame(data).ifPresent(link::send);
        goesOn();
        link.close(Goodbye.getDefaultInstance());
        NETWORK.world.run(5);
    }

    @MethodSource("frames")
    @FuzzTest(maxDuration = "10s")
    void framesOfAHub(byte[] data) {
        NETWORK.hub.isDeaf = isFirst(data);
        if (NETWORK.hub.isDeaf) {
            // Garbage instead of the answers to HELLO and SESSION_OPEN.
            List.copyOf(NETWORK.hub.sessions.values()).forEach(session -> session.close(Goodbye.getDefaultInstance()));
            NETWORK.world.run(HubSession.BACKOFF_FIRST_MILLIS * 2);
        }
        Optional<Connection> session = NETWORK.hub.latest;
        frame(data).ifPresent(frame -> session.ifPresent(connection -> connection.send(frame)));
        NETWORK.hub.isDeaf = false;
        goesOn();
    }

    private static boolean isFirst(byte[] data) {
        return data.length > 0 && data[0] % 2 != 0;
    }

    /** What the edge of a connection lets through. */
    private static Optional<Frame> frame(byte[] data) {
        try {
            return Optional.of(
                    FrameCodec.decode(ByteBuffer.wrap(data, Math.min(1, data.length), Math.max(0, data.length - 1))));
        } catch (WireException e) {
            return Optional.empty();
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Optional<Connection>[] newArray() {
        return new Optional[] {Optional.empty()};
    }

    /** Hears nothing. */
    private static final class Silent implements Connection.Receiver {
        @Override
        public void received(Connection connection, Frame frame) {}

        @Override
        public void closed(Connection connection, Goodbye reason) {}
    }
}

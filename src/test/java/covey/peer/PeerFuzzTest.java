package covey.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
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
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.LinkHello;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

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

    private static final String[] PARAMETERS = {
        "wait", "timeoutMillis", "to", "text", "waitMillis", "limit", "markRead", "all", "with", "sinceMillis",
        "search", "before", "conversation", "name", "private", "room", "account", "blocked", "role", "disabled",
        "device", "reason", "kind", "uses", "lifetimeMillis", "labels", "tokenId", "oldPassword", "newPassword"
    };

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

    @FuzzTest(maxDuration = "10s")
    void localRequests(FuzzedDataProvider data) {
        String request = switch (data.consumeInt(0, 3)) {
            case 0 -> data.consumeRemainingAsString();
            case 1 -> request(data.pickValue(METHODS), data.consumeRemainingAsString());
            default -> request(data.pickValue(METHODS), params(data));
        };
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

    private static String request(String method, String params) {
        return "{\"method\":\"" + method + "\",\"params\":" + params + "}";
    }

    /** Known names with values of any kind. */
    private static String params(FuzzedDataProvider data) {
        ObjectNode params = new JsonMapper().createObjectNode();
        while (data.remainingBytes() > 0) {
            String name = data.pickValue(PARAMETERS);
            switch (data.consumeInt(0, 5)) {
                case 0 -> params.put(name, data.consumeLong());
                case 1 -> params.put(name, data.consumeBoolean());
                case 2 -> params.putObject(name).put(data.consumeString(8), data.consumeString(8));
                case 3 ->
                    params.put(name, data.pickValue(new String[] {"@eve", "#lab", "!announce", "anna", "member"}));
                default -> params.put(name, data.consumeString(40));
            }
        }
        return params.toString();
    }

    @FuzzTest(maxDuration = "10s")
    void framesOfADirectLink(FuzzedDataProvider data) {
        boolean isGreeting = data.consumeBoolean();
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
        while (data.remainingBytes() > 0) {
            link.send(frame(data));
        }
        goesOn();
        link.close(Goodbye.getDefaultInstance());
        NETWORK.world.run(5);
    }

    @FuzzTest(maxDuration = "10s")
    void framesOfAHub(FuzzedDataProvider data) {
        NETWORK.hub.isDeaf = data.consumeBoolean();
        if (NETWORK.hub.isDeaf) {
            // Garbage instead of the answers to HELLO and SESSION_OPEN.
            List.copyOf(NETWORK.hub.sessions.values()).forEach(session -> session.close(Goodbye.getDefaultInstance()));
            NETWORK.world.run(HubSession.BACKOFF_FIRST_MILLIS * 2);
        }
        Optional<Connection> session = NETWORK.hub.latest;
        while (data.remainingBytes() > 0) {
            Frame frame = frame(data);
            session.ifPresent(connection -> connection.send(frame));
        }
        NETWORK.hub.isDeaf = false;
        goesOn();
    }

    private static Frame frame(FuzzedDataProvider data) {
        FrameType type = data.pickValue(FrameType.values());
        FrameHeader.Builder header =
                FrameHeader.newBuilder().setStream(data.consumeInt(0, 8)).setMustUnderstand(data.consumeBoolean());
        if (type != FrameType.UNRECOGNIZED) {
            header.setType(type);
        }
        if (data.consumeBoolean()) {
            header.setDevice(EVE.id().toByteString()).setInner(FrameType.ENVELOPE);
        }
        return new Frame(header.build(), data.consumeBytes(data.consumeInt(0, 200)));
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

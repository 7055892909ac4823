package covey.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.RootKey;
import covey.identity.Rosters;
import covey.identity.Token;
import covey.transport.Connection;
import covey.transport.NettyTransport;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.transport.TransportSettings;
import covey.wire.Frame;
import covey.wire.Messages;
import covey.wire.WireException;
import covey.wire.proto.AuthReply;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.HelloReply;
import covey.wire.proto.Join;
import covey.wire.proto.Login;
import covey.wire.proto.Problem;
import covey.wire.proto.RosterProof;
import covey.wire.proto.TokenKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** First contact over real TLS with a scripted hub. */
final class FirstContactTest {
    private static final Env ENV = Env.system();

    @TempDir
    Path home;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final Hub hub = new Hub();

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    /** Answers HELLO with its proof, JOIN and LOGIN as told. */
    private final class Hub implements Connection.Receiver {
        final DeviceKeys keys = DeviceKeys.generate(ENV);
        final RootKey root = RootKey.generate(ENV);
        final RosterProof roster = Rosters.first(root, keys.publicKey(), List.of("127.0.0.1:1"));
        final List<Frame> frames = new CopyOnWriteArrayList<>();
        final Address address;
        volatile Optional<Problem> refusal = Optional.empty();
        volatile boolean isSilent;

        Hub() {
            Transport transport = new NettyTransport(ENV, keys, TransportSettings.defaults());
            open.add(transport);
            address = transport
                    .listen(new Address("127.0.0.1", 0), Set.of(Protocol.HUB), made -> made.receiver(this))
                    .address();
        }

        Token token() {
            return Token.create(ENV, root.networkId(), List.of(address.toString()), TokenKind.TOKEN_MEMBER);
        }

        @Override
        public void received(Connection from, Frame frame) {
            frames.add(frame);
            if (frame.type() == FrameType.HELLO) {
                HelloReply reply = HelloReply.newBuilder()
                        .setProtocol(1)
                        .setRoster(roster)
                        .setNetworkName("lab")
                        .build();
                from.send(Frame.of(FrameType.HELLO_REPLY, frame.stream(), reply));
            } else if (isSilent) {
                from.close(Goodbye.getDefaultInstance());
            } else if (refusal.isPresent()) {
                from.send(Frame.of(FrameType.ERROR, frame.stream(), refusal.get()));
            } else {
                boolean isJoin = frame.type() == FrameType.JOIN;
                String account = isJoin
                        ? Messages.as(frame, Join.class).getAccount()
                        : Messages.as(frame, Login.class).getAccount();
                AuthReply reply = AuthReply.newBuilder()
                        .setAccount(account)
                        .setFurtherDevice(!isJoin)
                        .build();
                from.send(Frame.of(FrameType.AUTH_REPLY, frame.stream(), reply));
            }
        }

        @Override
        public void closed(Connection from, Goodbye reason) {}
    }

    private PeerFolder folder() {
        return new PeerFolder(home.resolve("peer"));
    }

    private static Transport transport(DeviceKeys keys) {
        return new NettyTransport(ENV, keys, TransportSettings.defaults());
    }

    private Enrolment withToken(Token token) {
        return Enrolment.withToken(ENV, folder(), FirstContactTest::transport, token);
    }

    @Test
    void joiningWritesWhatAPeerNeeds() throws IOException {
        try (Enrolment enrolment = withToken(hub.token())) {
            assertThat(enrolment.networkName()).isEqualTo("lab");
            assertThat(enrolment.join("Anna", "a password", "laptop").account()).isEqualTo("anna");
        }
        PeerFolder.Account account = folder().account().orElseThrow();
        assertThat(account.account()).isEqualTo("anna");
        assertThat(account.deviceName()).isEqualTo("laptop");
        assertThat(account.hubAddresses()).containsExactly(hub.address.toString());
        assertThat(folder().roster()).isEqualTo(hub.roster);
        assertThat(folder().keys()).isPresent();
        for (String file : List.of("device.key", "network.pb", "account.json")) {
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(home.resolve("peer").resolve(file))))
                    .as(file)
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void aHomeHasOneAccount() {
        try (Enrolment enrolment = withToken(hub.token())) {
            enrolment.join("anna", "a password", "laptop");
        }
        assertThatThrownBy(() -> withToken(hub.token()))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("a device of @anna already");
    }

    @Test
    void aHubOfAnotherNetworkGetsNoSecret() {
        Token token = Token.create(
                ENV, RootKey.generate(ENV).networkId(), List.of(hub.address.toString()), TokenKind.TOKEN_MEMBER);
        assertThatThrownBy(() -> withToken(token))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("no hub of the wanted network answers");
        assertThat(hub.frames).extracting(Frame::type).containsExactly(FrameType.HELLO);
        assertThat(folder().keys()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:", "localhost:"})
    void theRightHubIsFoundBehindAWrongOne(String host) {
        Hub other = new Hub();
        Token token = Token.create(
                ENV,
                hub.root.networkId(),
                List.of(host + other.address.port(), host + hub.address.port()),
                TokenKind.TOKEN_MEMBER);
        try (Enrolment enrolment = withToken(token)) {
            enrolment.join("anna", "a password", "laptop");
        }
        assertThat(other.frames).extracting(Frame::type).doesNotContain(FrameType.JOIN);
    }

    @Test
    void aLoginSpendsNoTokenButThatOfAReset() {
        for (TokenKind kind : List.of(TokenKind.TOKEN_MEMBER, TokenKind.TOKEN_RESET)) {
            Token token = Token.create(ENV, hub.root.networkId(), List.of(hub.address.toString()), kind);
            hub.refusal =
                    Optional.of(Problem.newBuilder().setCode(ErrorCode.DENIED).build());
            try (Enrolment enrolment = withToken(token)) {
                assertThatThrownBy(() -> enrolment.login("anna", "a password", "desk"))
                        .isInstanceOf(WireException.class);
            }
            Login sent = Messages.as(hub.frames.getLast(), Login.class);
            assertThat(sent.getTokenSecret().isEmpty()).isEqualTo(kind == TokenKind.TOKEN_MEMBER);
        }
    }

    @Test
    void withoutATokenTheHubsWordsAreShownBeforeAnythingIsSent() {
        try (Enrolment enrolment = Enrolment.at(
                ENV, folder(), FirstContactTest::transport, List.of(hub.address.toString()), Optional.empty())) {
            assertThat(enrolment.hubWords()).hasSize(10);
            assertThat(hub.frames).extracting(Frame::type).containsExactly(FrameType.HELLO);
            Enrolment.Enrolled enrolled = enrolment.login("anna", "a password", "desk");
            assertThat(enrolled.furtherDevice()).isTrue();
        }
    }

    @Test
    void aHubWithAnotherKeyThanGivenIsRefused() {
        DeviceKeys wanted = DeviceKeys.generate(ENV);
        assertThatThrownBy(() -> Enrolment.at(
                        ENV,
                        folder(),
                        FirstContactTest::transport,
                        List.of(hub.address.toString()),
                        Optional.of(wanted.id())))
                .isInstanceOf(WireException.class)
                .hasMessageStartingWith("no hub answers: " + hub.address);
        assertThat(hub.frames).isEmpty();
    }

    @Test
    void aRefusalIsPassedOnAndTheSameKeyIsUsedAgain() {
        hub.refusal = Optional.of(Problem.newBuilder()
                .setCode(ErrorCode.DENIED)
                .setMessage("account or password is wrong")
                .build());
        try (Enrolment enrolment = withToken(hub.token())) {
            assertThatThrownBy(() -> enrolment.login("anna", "a password", "desk"))
                    .hasMessage("account or password is wrong");
        }
        DeviceKeys first = folder().keys().orElseThrow();
        assertThat(folder().account()).isEmpty();
        hub.refusal = Optional.empty();
        try (Enrolment enrolment = withToken(hub.token())) {
            enrolment.login("anna", "a password", "desk");
        }
        assertThat(folder().keys().orElseThrow().id()).isEqualTo(first.id());
    }

    @Test
    void aHubThatEndsTheConnectionIsASentence() {
        hub.isSilent = true;
        try (Enrolment enrolment = withToken(hub.token())) {
            assertThatThrownBy(() -> enrolment.join("anna", "a password", "desk"))
                    .hasMessageContaining("ended the connection before it answered");
        }
    }

    @Test
    void nobodyThereIsASentence() {
        Token token = Token.create(ENV, new byte[32], List.of("127.0.0.1:1"), TokenKind.TOKEN_MEMBER);
        assertThatThrownBy(() -> withToken(token))
                .isInstanceOf(WireException.class)
                .hasMessageStartingWith("no hub answers: 127.0.0.1:1: ");
    }

    @Test
    void afterALogoutTheOldStoreIsKeptAside() throws IOException {
        try (Enrolment enrolment = withToken(hub.token())) {
            enrolment.join("anna", "a password", "laptop");
        }
        Files.createDirectories(folder().store());
        folder().retire();
        assertThat(folder().account()).isEmpty();
        assertThat(folder().keys()).isEmpty();
        assertThat(folder().store()).doesNotExist();
        assertThat(home.resolve("peer").resolve("store-old-1")).exists();
    }
}

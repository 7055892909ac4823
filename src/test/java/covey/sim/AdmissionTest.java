package covey.sim;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.store.Sha256;
import covey.wire.proto.AuthReply;
import covey.wire.proto.Command;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Join;
import covey.wire.proto.Login;
import covey.wire.proto.Problem;
import covey.wire.proto.RevokeDevice;
import covey.wire.proto.SessionOpen;
import covey.wire.proto.SetPassword;
import covey.wire.proto.TokenCreate;
import covey.wire.proto.TokenKind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who gets in and how, frame by frame, against the production hub in virtual time. */
class AdmissionTest {
    private static final ByteString ID = ByteString.copyFrom(new byte[16]);

    private final SimWorld world = new SimWorld(11);
    private final SimHub hub = new SimHub(world);
    private final List<RawDevice> guessers = new ArrayList<>();

    @Test
    void whoeverHasNoTokenJoinsOnlyWhereRegistrationIsOpen() {
        eveJoins();
    }

    private void eveJoins() {
        RawDevice eve = new RawDevice(world, "e").connect().hello(1);
        int wrong = eve.send(
                FrameType.JOIN,
                Join.newBuilder()
                        .setAccount("eve")
                        .setPassword("long enough")
                        .setDeviceName("pc")
                        .setTokenSecret(ID)
                        .build());
        world.run(500);
        assertThat(eve.answers(FrameType.ERROR, Problem.class, wrong).getFirst().getMessage())
                .contains("token");
        int open = eve.send(
                FrameType.JOIN,
                Join.newBuilder()
                        .setAccount("eve")
                        .setPassword("long enough")
                        .setDeviceName("pc")
                        .build());
        world.run(500);
        assertThat(eve.answers(FrameType.AUTH_REPLY, AuthReply.class, open)
                        .getFirst()
                        .getAccount())
                .isEqualTo("eve");
    }

    @Test
    void guessingPasswordsIsSlowedDown() {
        eveJoins();
        RawDevice guesser = new RawDevice(world, "g").connect().hello(1);
        ErrorCode last = ErrorCode.INTERNAL;
        for (int i = 0; i < 7; i++) {
            int stream = guesser.send(
                    FrameType.LOGIN,
                    Login.newBuilder()
                            .setAccount("eve")
                            .setPassword("guess number " + i)
                            .setDeviceName("pc")
                            .build());
            world.run(500);
            var problems = guesser.answers(FrameType.ERROR, Problem.class, stream);
            if (problems.isEmpty()) {
                break;
            }
            last = problems.getFirst().getCode();
            if (last == ErrorCode.BUSY) {
                break;
            }
            assertThat(last).isEqualTo(ErrorCode.DENIED);
        }
        assertThat(last).isEqualTo(ErrorCode.BUSY);
    }

    @Test
    void aGreetedConnectionHasTimeForAPersonAnUngreetedOneHasNot() {
        RawDevice silent = new RawDevice(world, "s").connect();
        RawDevice greeted = new RawDevice(world, "g").connect().hello(1);
        world.run(120_000);
        assertThat(silent.closed).isPresent();
        assertThat(greeted.closed).isEmpty();
        assertThat(join(greeted, "anna", ByteString.EMPTY).getAccount()).isEqualTo("anna");
        RawDevice gone = new RawDevice(world, "h").connect().hello(1);
        world.run(320_000);
        assertThat(gone.closed).isPresent();
    }

    @Test
    void connectionsWithoutASessionAreBoundedPerAddress() {
        for (int i = 0; i < 2_048; i++) {
            hub.node().acceptor().accepted(new SlowConnection("10.0.0.1:" + i));
        }
        SlowConnection oneMore = new SlowConnection("10.0.0.1:9999");
        SlowConnection elsewhere = new SlowConnection("10.0.0.2:1");
        hub.node().acceptor().accepted(oneMore);
        hub.node().acceptor().accepted(elsewhere);
        world.run(10);
        assertThat(oneMore.isOpen()).isFalse();
        assertThat(elsewhere.isOpen()).isTrue();
    }

    @Test
    void hostsOfOneIpv6NetworkCountAsOneSource() {
        assertThat(new SlowConnection("[2001:db8:1:2::7]:443").source())
                .isEqualTo(new SlowConnection("[2001:db8:1:2:ffff::9]:80").source())
                .isNotEqualTo(new SlowConnection("[2001:db8:1:3::7]:443").source());
        assertThat(new SlowConnection("10.0.0.1:5").source()).isEqualTo("10.0.0.1");
    }

    private static Login login(String password) {
        return Login.newBuilder()
                .setAccount("eve")
                .setPassword(password)
                .setDeviceName("pc")
                .build();
    }

    @Test
    void guessesFromOneAddressDoNotKeepTheOwnerOutWhoComesFromAnother() {
        eveJoins();
        RawDevice guesser = new RawDevice(world, "g").connect().hello(1);
        for (int i = 0; i < 7; i++) {
            guesser.send(FrameType.LOGIN, login("guess number " + i));
            world.run(500);
        }
        RawDevice owner = new RawDevice(world, "o").connect().hello(1);
        guesser.send(FrameType.LOGIN, login("one more guess"));
        int stream = owner.send(FrameType.LOGIN, login("long enough"));
        world.run(500);
        assertThat(owner.answers(FrameType.AUTH_REPLY, AuthReply.class, stream)).hasSize(1);
    }

    @Test
    void enrolmentsOfADayAreBoundedAlsoOverARestart() {
        eveJoins();
        for (int i = 0; i < 49; i++) {
            RawDevice further = new RawDevice(world, "f" + i).connect().hello(1);
            further.send(FrameType.LOGIN, login("long enough"));
            world.run(500);
            assertThat(further.all(FrameType.AUTH_REPLY, AuthReply.class)).hasSize(1);
            revoke(further);
        }
        hub.crash(Integer.MAX_VALUE);
        hub.restart();
        RawDevice oneMore = new RawDevice(world, "x").connect().hello(1);
        int stream = oneMore.send(FrameType.LOGIN, login("long enough"));
        world.run(500);
        assertThat(oneMore.answers(FrameType.ERROR, Problem.class, stream)
                        .getFirst()
                        .getMessage())
                .contains("enrolled 50 devices today");
    }

    private void revoke(RawDevice device) {
        Command command = Command.newBuilder()
                .setRevokeDevice(RevokeDevice.newBuilder()
                        .setDevice(ByteString.copyFrom(device.keys.id().toBytes())))
                .build();
        hub.node().own(command, result -> assertThat(result.hasProblem()).isFalse());
        world.run(20);
    }

    @Test
    void guessesOfOneAccountAtTheSameTimeAreRefused() {
        eveJoins();
        int denied = 0;
        for (int i = 0; i < 20; i++) {
            RawDevice guesser = new RawDevice(world, "g").connect().hello(1);
            guessers.add(guesser);
        }
        for (RawDevice guesser : guessers) {
            guesser.send(
                    FrameType.LOGIN,
                    Login.newBuilder()
                            .setAccount("eve")
                            .setPassword("a guess of mine")
                            .setDeviceName("pc")
                            .build());
        }
        world.run(5_000);
        for (RawDevice guesser : guessers) {
            if (guesser.all(FrameType.ERROR, Problem.class).getFirst().getCode() == ErrorCode.DENIED) {
                denied++;
            }
        }
        assertThat(denied).isBetween(1, 5);
    }

    private int denied(int sources, int guesses) {
        int denied = 0;
        for (int i = 0; i < sources; i++) {
            RawDevice guesser = new RawDevice(world, "source" + i).connect().hello(1);
            for (int guess = 0; guess < guesses; guess++) {
                int stream = guesser.send(FrameType.LOGIN, login("guess " + guess));
                world.run(500);
                boolean isChecked = guesser.answers(FrameType.ERROR, Problem.class, stream).stream()
                        .anyMatch(problem -> problem.getCode() == ErrorCode.DENIED);
                if (isChecked) {
                    denied++;
                }
            }
        }
        return denied;
    }

    @Test
    void manySourcesThatGuessAtOneAccountWaitForEachOtherAndNotItsOwner() {
        RawDevice eve = new RawDevice(world, "e").connect().hello(1);
        join(eve, "eve", ByteString.EMPTY);
        assertThat(denied(10, 4)).isBetween(30, 31);
        RawDevice sameAddress = new RawDevice(world, "e").connect().hello(1);
        RawDevice ownDevice =
                new RawDevice(world, "elsewhere", eve.keys).connect().hello(2);
        for (RawDevice owner : List.of(sameAddress, ownDevice)) {
            int stream = owner.send(FrameType.LOGIN, login("long enough"));
            world.run(500);
            assertThat(owner.answers(FrameType.AUTH_REPLY, AuthReply.class, stream))
                    .hasSize(1);
        }
        world.run(60_000);
        assertThat(denied(5, 1)).as("one in a minute").isEqualTo(1);
        world.run(24 * 3_600_000L);
        assertThat(denied(5, 1)).isEqualTo(5);
    }

    @Test
    void whoGuessesAtManyAccountsIsNotForgivenForHisOwn() {
        eveJoins();
        RawDevice guesser = new RawDevice(world, "g").connect().hello(1);
        ErrorCode last = ErrorCode.DENIED;
        for (int round = 0; round < 10 && last != ErrorCode.BUSY; round++) {
            for (int i = 0; i < 4 && last != ErrorCode.BUSY; i++) {
                Login guess = login("a guess").toBuilder()
                        .setAccount("victim" + round)
                        .build();
                int stream = guesser.send(FrameType.LOGIN, guess);
                world.run(200);
                last = guesser.answers(FrameType.ERROR, Problem.class, stream)
                        .getFirst()
                        .getCode();
            }
            RawDevice own = new RawDevice(world, "g", guesser.keys).connect().hello(round + 2);
            own.send(FrameType.LOGIN, login("long enough"));
            world.run(200);
            assertThat(own.all(FrameType.AUTH_REPLY, AuthReply.class)).hasSize(1);
        }
        assertThat(last).isEqualTo(ErrorCode.BUSY);
    }

    private static Join.Builder joining(String account) {
        return Join.newBuilder().setAccount(account).setPassword("long enough").setDeviceName("pc");
    }

    private AuthReply join(RawDevice device, String account, ByteString token) {
        int stream = device.send(
                FrameType.JOIN, joining(account).setTokenSecret(token).build());
        world.run(500);
        assertThat(device.answers(FrameType.ERROR, Problem.class, stream)).isEmpty();
        return device.answers(FrameType.AUTH_REPLY, AuthReply.class, stream).getFirst();
    }

    private void token(TokenKind kind, String account) {
        hub.node()
                .own(
                        Command.newBuilder()
                                .setTokenCreate(TokenCreate.newBuilder()
                                        .setKind(kind)
                                        .setAccount(account)
                                        .setUses(1)
                                        .setExpiresMillis(
                                                world.host("clock").clock().wallMillis() + 60_000)
                                        .setSecretHash(ByteString.copyFrom(Sha256.of(ID.toByteArray()))))
                                .build(),
                        result -> assertThat(result.hasProblem())
                                .as(result.toString())
                                .isFalse());
        world.run(20);
    }

    @Test
    void aJoinWhoseReplyGotLostIsAnsweredAgainToTheSameDeviceAndPassword() {
        token(TokenKind.TOKEN_MEMBER, "");
        RawDevice first = new RawDevice(world, "e").connect().hello(1);
        AuthReply reply = join(first, "eve", ID);
        RawDevice again = new RawDevice(world, "f", first.keys).connect().hello(2);
        assertThat(join(again, "eve", ID)).isEqualTo(reply);

        RawDevice other = new RawDevice(world, "o").connect().hello(1);
        int taken = other.send(FrameType.JOIN, joining("eve").setTokenSecret(ID).build());
        int wrong = again.send(
                FrameType.JOIN, joining("eve").setPassword("another one").build());
        world.run(500);
        assertThat(other.answers(FrameType.ERROR, Problem.class, taken)).hasSize(1);
        assertThat(again.answers(FrameType.ERROR, Problem.class, wrong)
                        .getFirst()
                        .getCode())
                .isEqualTo(ErrorCode.DENIED);
        assertThat(hub.state().view().activeDevices("eve")).hasSize(1);
    }

    private Login.Builder resetting(String password) {
        return Login.newBuilder()
                .setAccount("eve")
                .setPassword(password)
                .setDeviceName("pc")
                .setTokenSecret(ID);
    }

    @Test
    void aResetWhoseReplyGotLostIsAnsweredAgain() {
        join(new RawDevice(world, "e").connect().hello(1), "eve", ByteString.EMPTY);
        token(TokenKind.TOKEN_RESET, "eve");
        RawDevice first = new RawDevice(world, "f").connect().hello(1);
        int done = first.send(FrameType.LOGIN, resetting("a new password").build());
        world.run(500);
        RawDevice second = new RawDevice(world, "g", first.keys).connect().hello(2);
        int again = second.send(FrameType.LOGIN, resetting("a new password").build());
        world.run(500);
        assertThat(second.answers(FrameType.AUTH_REPLY, AuthReply.class, again))
                .isEqualTo(first.answers(FrameType.AUTH_REPLY, AuthReply.class, done))
                .hasSize(1);
    }

    @Test
    void aWrongResetTokenIsRefusedBeforeThePasswordIsLookedAt() {
        join(new RawDevice(world, "e").connect().hello(1), "eve", ByteString.EMPTY);
        RawDevice guesser = new RawDevice(world, "f").connect().hello(1);
        int stream = guesser.send(FrameType.LOGIN, resetting("short").build());
        world.run(500);
        assertThat(guesser.answers(FrameType.ERROR, Problem.class, stream)
                        .getFirst()
                        .getMessage())
                .contains("token");
    }

    private static Command changing(String oldPassword, String newPassword) {
        return Command.newBuilder()
                .setSetPassword(
                        SetPassword.newBuilder().setOldPassword(oldPassword).setNewPassword(newPassword))
                .build();
    }

    @Test
    void aPasswordIsChangedOnceThoughTheReplyGotLostAndGuessingIsSlowed() {
        RawDevice eve = new RawDevice(world, "e").connect().hello(1);
        join(eve, "eve", ByteString.EMPTY);
        eve.send(
                FrameType.SESSION_OPEN,
                SessionOpen.newBuilder().setIncarnation(1).build());
        Command change = changing("long enough", "even longer");
        world.run(100);
        assertThat(eve.command(change).hasProblem()).isFalse();
        String stored = hub.state().credentials("eve").orElseThrow().passwordHash();
        assertThat(eve.commandAgain(change).hasProblem()).isFalse();
        assertThat(hub.state().credentials("eve").orElseThrow().passwordHash()).isEqualTo(stored);

        for (int i = 0; i < 5; i++) {
            assertThat(eve.command(changing("guess number " + i, "mine from now"))
                            .getProblem()
                            .getCode())
                    .isEqualTo(ErrorCode.DENIED);
        }
        assertThat(eve.command(changing("even longer", "mine from now"))
                        .getProblem()
                        .getCode())
                .isEqualTo(ErrorCode.BUSY);
    }
}

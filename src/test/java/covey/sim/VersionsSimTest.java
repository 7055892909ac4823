package covey.sim;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.proto.Command;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Hello;
import covey.wire.proto.HelloReply;
import covey.wire.proto.MailPush;
import covey.wire.proto.Problem;
import covey.wire.proto.SessionOpen;
import covey.wire.proto.SessionOpenReply;
import org.junit.jupiter.api.Test;

/**
 * Devices of the last and of the next version talk with a hub of this one, and over it with one another. Until there is
 * a second version the oldest is this one.
 */
class VersionsSimTest {
    private static final UnknownFieldSet OF_TOMORROW = UnknownFieldSet.newBuilder()
            .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();

    private final SimWorld world = new SimWorld(1);
    private final SimHub hub = new SimHub(world);

    private RawDevice enrolled(String account) {
        RawDevice device = new RawDevice(world, account);
        hub.enrol(account, device.keys.publicKey(), false);
        world.run(50);
        return device;
    }

    /** What the oldest build that is still spoken with sends: no features, nothing but what there was then. */
    private RawDevice old(RawDevice device) {
        device.connect()
                .send(
                        FrameType.HELLO,
                        Hello.newBuilder()
                                .setProtocolMin(Limits.PROTOCOL_VERSION_MIN)
                                .setProtocolMax(Limits.PROTOCOL_VERSION_MIN)
                                .setBootNonce(ByteString.copyFrom(new byte[16]))
                                .build());
        return opened(device);
    }

    private RawDevice next(RawDevice device) {
        device.connect()
                .send(
                        FrameType.HELLO,
                        Hello.newBuilder()
                                .setProtocolMin(Limits.PROTOCOL_VERSION)
                                .setProtocolMax(Limits.PROTOCOL_VERSION + 1)
                                .setFeatures(-1)
                                .setBootNonce(ByteString.copyFrom(new byte[16]))
                                .setUnknownFields(OF_TOMORROW)
                                .build());
        return opened(device);
    }

    private RawDevice opened(RawDevice device) {
        device.send(
                FrameType.SESSION_OPEN,
                SessionOpen.newBuilder().setIncarnation(1).build());
        world.run(50);
        assertThat(device.all(FrameType.SESSION_OPEN_REPLY, SessionOpenReply.class))
                .hasSize(1);
        return device;
    }

    private static int version(RawDevice device) {
        return device.all(FrameType.HELLO_REPLY, HelloReply.class).getFirst().getProtocol();
    }

    private void passes(RawDevice from, String account, RawDevice to) {
        ByteString id = ByteString.copyFrom(new byte[16]);
        var result = from.command(Command.newBuilder()
                .setDeposit(Deposit.newBuilder()
                        .setMessageId(id)
                        .setToAccount(account)
                        .addMails(DeviceMail.newBuilder()
                                .setDevice(to.keys.id().toByteString())
                                .setEnvelope(id)))
                .build());
        assertThat(result.hasProblem()).as(result.toString()).isFalse();
        world.run(100);
        assertThat(to.all(FrameType.MAIL, MailPush.class)).isNotEmpty();
    }

    @Test
    void theOldestAndTheNextVersionTalkOverThisHub() {
        RawDevice anna = old(enrolled("anna"));
        RawDevice bob = next(enrolled("bob"));
        assertThat(version(anna)).isEqualTo(Limits.PROTOCOL_VERSION_MIN);
        assertThat(version(bob)).isEqualTo(Limits.PROTOCOL_VERSION);
        passes(anna, "bob", bob);
        passes(bob, "anna", anna);
    }

    @Test
    void whatTheNextVersionAddsIsPassedOverOrRefusedAndTheSessionGoesOn() {
        RawDevice anna = old(enrolled("anna"));
        RawDevice bob = next(enrolled("bob"));
        bob.send(new Frame(
                FrameHeader.newBuilder().setTypeValue(998).setStream(501).build(), new byte[3]));
        bob.send(new Frame(
                FrameHeader.newBuilder()
                        .setTypeValue(999)
                        .setStream(502)
                        .setMustUnderstand(true)
                        .setUnknownFields(OF_TOMORROW)
                        .build(),
                new byte[3]));
        world.run(100);
        assertThat(bob.answers(FrameType.ERROR, Problem.class, 502))
                .extracting(Problem::getCode)
                .containsExactly(ErrorCode.UNSUPPORTED);
        assertThat(bob.closed).isEmpty();
        passes(bob, "anna", anna);
    }

    @Test
    void aVersionThatNobodyKnowsHereIsToldWhoIsTheOlder() {
        RawDevice eve = enrolled("eve").connect();
        int stream = eve.send(
                FrameType.HELLO,
                Hello.newBuilder()
                        .setProtocolMin(Limits.PROTOCOL_VERSION + 1)
                        .setProtocolMax(Limits.PROTOCOL_VERSION + 2)
                        .setBootNonce(ByteString.copyFrom(new byte[16]))
                        .build());
        world.run(100);
        assertThat(eve.answers(FrameType.ERROR, Problem.class, stream))
                .extracting(Problem::getMessage)
                .allMatch(sentence -> sentence.contains("update"))
                .hasSize(1);
    }
}

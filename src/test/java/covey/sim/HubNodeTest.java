package covey.sim;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.wire.Frame;
import covey.wire.Messages;
import covey.wire.proto.Command;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.DirectoryPage;
import covey.wire.proto.DirectorySync;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.HelloReply;
import covey.wire.proto.MailAck;
import covey.wire.proto.MailPush;
import covey.wire.proto.PresenceDelta;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.Register;
import covey.wire.proto.RelayFailed;
import covey.wire.proto.RelayFailure;
import covey.wire.proto.ResolveAccount;
import covey.wire.proto.RevokeDevice;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomPush;
import covey.wire.proto.RoomsWanted;
import covey.wire.proto.SessionOpenReply;
import covey.wire.proto.Share;
import covey.wire.proto.SourcesWanted;
import covey.wire.proto.Track;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The hub's sessions, frame by frame, against the production hub in virtual time. */
class HubNodeTest {
    private static final ByteString ID = ByteString.copyFrom(new byte[16]);

    private final SimWorld world = new SimWorld(11);
    private final SimHub hub = new SimHub(world);

    private RawDevice enrolled(String account, String address) {
        RawDevice device = new RawDevice(world, address);
        hub.enrol(
                account,
                device.keys.publicKey(),
                hub.state().view().account(account).isPresent());
        world.run(20);
        return device;
    }

    @Test
    void anEnrolledDeviceOpensASessionInOneFlight() {
        RawDevice anna = enrolled("anna", "a").open(1);
        assertThat(anna.all(FrameType.HELLO_REPLY, HelloReply.class)).hasSize(1);
        SessionOpenReply reply =
                anna.all(FrameType.SESSION_OPEN_REPLY, SessionOpenReply.class).getFirst();
        assertThat(reply.getAccount()).isEqualTo("anna");
        assertThat(reply.getPrekeyWanted()).isTrue();
    }

    @Test
    void aStrangersFirstMistakeEndsItsConnection() {
        RawDevice stranger = new RawDevice(world, "s").connect();
        stranger.send(FrameType.QUERY, Query.getDefaultInstance());
        world.run(50);
        assertThat(stranger.closed.orElseThrow().getReason()).isEqualTo(GoodbyeReason.PROTOCOL_ERROR);

        RawDevice unknown = new RawDevice(world, "u").open(1);
        assertThat(unknown.all(FrameType.ERROR, Problem.class).getFirst().getCode())
                .isEqualTo(ErrorCode.NOT_LOGGED_IN);
        assertThat(unknown.closed).isPresent();
    }

    @Test
    void relayPutsTheSourceInPlaceOfTheDestination() {
        RawDevice anna = enrolled("anna", "a").open(1);
        RawDevice bob = enrolled("bob", "b").open(1);
        anna.send(relay(bob));
        world.run(50);
        Frame arrived = bob.frames.stream()
                .filter(frame -> frame.type() == FrameType.RELAY)
                .findFirst()
                .orElseThrow();
        assertThat(arrived.header().getDevice()).isEqualTo(anna.keys.id().toByteString());
        assertThat(arrived.header().getInner()).isEqualTo(FrameType.ENVELOPE_ACK);
    }

    @Test
    void relayToADeviceThatIsAwayFailsAtOnce() {
        RawDevice anna = enrolled("anna", "a").open(1);
        RawDevice bob = enrolled("bob", "b");
        anna.send(relay(bob));
        world.run(50);
        assertThat(anna.all(FrameType.RELAY_FAILED, RelayFailed.class)
                        .getFirst()
                        .getReason())
                .isEqualTo(RelayFailure.OFFLINE);
    }

    private static Frame relay(RawDevice to) {
        FrameHeader header = FrameHeader.newBuilder()
                .setType(FrameType.RELAY)
                .setInner(FrameType.ENVELOPE_ACK)
                .setDevice(to.keys.id().toByteString())
                .build();
        return new Frame(
                header,
                EnvelopeAck.newBuilder()
                        .setSequence(1)
                        .setStreamEpoch(1)
                        .setMessageId(ID)
                        .build()
                        .toByteArray());
    }

    @Test
    void othersHearOfComingAndGoingInBatches() {
        RawDevice anna = enrolled("anna", "a").open(1);
        for (int i = 0; i < 20; i++) {
            enrolled("user" + i, "u" + i);
        }
        world.run(200);
        anna.frames.clear();
        for (int i = 0; i < 20; i++) {
            enrolled("late" + i, "l" + i);
        }
        RawDevice bob = enrolled("bob", "b").open(1);
        world.run(200);
        long index = hub.state().view().device(bob.keys.id()).orElseThrow().index();
        assertThat(anna.all(FrameType.PRESENCE, PresenceDelta.class))
                .anySatisfy(delta -> assertThat(delta.getOnlineList()).contains((int) index));
        assertThat(anna.all(FrameType.PRESENCE, PresenceDelta.class).size()).isLessThan(5);
    }

    @Test
    void aRevokedDeviceIsCutWithinASecondAndStaysOut() {
        RawDevice first = enrolled("anna", "a").open(1);
        RawDevice second = enrolled("anna", "b").open(1);
        first.command(Command.newBuilder()
                .setRevokeDevice(RevokeDevice.newBuilder()
                        .setDevice(second.keys.id().toByteString())
                        .setReason("lost"))
                .build());
        world.run(900);
        assertThat(second.closed.orElseThrow().getReason()).isEqualTo(GoodbyeReason.REVOKED);
        RawDevice again = new RawDevice(world, "c", second.keys).open(2);
        assertThat(again.all(FrameType.SESSION_OPEN_REPLY, SessionOpenReply.class))
                .isEmpty();
    }

    @Test
    void aDeviceThatRevokesItselfReadsTheReplyBeforeTheGoodbye() {
        for (int i = 0; i < 20; i++) {
            RawDevice leaving = enrolled("anna" + i, "a" + i).open(1);
            leaving.send(
                    FrameType.COMMAND,
                    CommandRequest.newBuilder()
                            .setSequence(1)
                            .setFirstUnanswered(1)
                            .setCommand(Command.newBuilder()
                                    .setRevokeDevice(RevokeDevice.newBuilder()
                                            .setDevice(leaving.keys.id().toByteString())
                                            .setReason("logged out")))
                            .build());
            world.run(900);
            assertThat(leaving.all(FrameType.COMMAND_REPLY, CommandReply.class)).hasSize(1);
            assertThat(leaving.closed.orElseThrow().getReason()).isEqualTo(GoodbyeReason.REVOKED);
        }
    }

    @Test
    void aClonedKeyIsRefusedWhileTheFirstLives() {
        RawDevice original = enrolled("anna", "a").open(1);
        RawDevice clone = new RawDevice(world, "b", original.keys).open(2);
        world.run(3_000);
        assertThat(clone.closed.orElseThrow().getReason()).isEqualTo(GoodbyeReason.CLONED);
        assertThat(original.closed).isEmpty();
    }

    @Test
    void aDeadOldSessionGivesWay() {
        RawDevice old = enrolled("anna", "a").open(1);
        old.deaf();
        RawDevice next = new RawDevice(world, "b", old.keys).open(2);
        world.run(3_000);
        assertThat(next.all(FrameType.SESSION_OPEN_REPLY, SessionOpenReply.class))
                .hasSize(1);
        assertThat(old.closed.orElseThrow().getReason()).isEqualTo(GoodbyeReason.REPLACED);
    }

    @Test
    void mailWaitsIsPushedInOrderAgainWithoutAcknowledgementAndRemovedWithIt() {
        RawDevice anna = enrolled("anna", "a").open(1);
        RawDevice bob = enrolled("bob", "b");
        for (int i = 1; i <= 3; i++) {
            byte[] id = new byte[16];
            id[0] = (byte) i;
            var result = anna.command(Command.newBuilder()
                    .setDeposit(Deposit.newBuilder()
                            .setMessageId(ByteString.copyFrom(id))
                            .setToAccount("bob")
                            .addMails(DeviceMail.newBuilder()
                                    .setDevice(bob.keys.id().toByteString())
                                    .setEnvelope(ByteString.copyFrom(id))))
                    .build());
            assertThat(result.hasProblem()).as(result.toString()).isFalse();
        }
        bob.open(1);
        assertThat(mailCount(bob)).isEqualTo(3);
        bob.frames.clear();
        world.run(30_000);
        assertThat(mailCount(bob)).isEqualTo(3);
        bob.command(Command.newBuilder()
                .setMailAck(MailAck.newBuilder().setUpTo(lastPosition(bob)))
                .build());
        bob.frames.clear();
        world.run(30_000);
        assertThat(mailCount(bob)).isZero();
        assertThat(anna.all(FrameType.MAIL, MailPush.class)).isNotEmpty();
    }

    private static int mailCount(RawDevice device) {
        return device.all(FrameType.MAIL, MailPush.class).stream()
                .mapToInt(MailPush::getItemsCount)
                .sum();
    }

    private static long lastPosition(RawDevice device) {
        MailPush last = device.all(FrameType.MAIL, MailPush.class).getLast();
        return last.getItems(last.getItemsCount() - 1).getPosition();
    }

    @Test
    void announcementsReachEverybodyOnce() {
        RawDevice operator = new RawDevice(world, "o", hub.network.operator()).open(1);
        RawDevice anna = enrolled("anna", "a").open(1);
        RawDevice bob = enrolled("bob", "b").open(1);
        var result = operator.command(Command.newBuilder()
                .setRoomPost(RoomPost.newBuilder()
                        .setRoom(covey.hub.HubState.ANNOUNCEMENTS)
                        .setPostId(ID)
                        .setText("hello all"))
                .build());
        assertThat(result.hasProblem()).as(result.toString()).isFalse();
        world.run(100);
        for (RawDevice device : new RawDevice[] {anna, bob}) {
            assertThat(device.all(FrameType.ROOM_ITEMS, RoomPush.class)).hasSize(1);
        }
    }

    @Test
    void anAcknowledgementCountsAfterWhatItIsForWasMadeReadyAgainAndHoweverManyComeAtOnce() {
        RawDevice operator = new RawDevice(world, "o", hub.network.operator()).open(1);
        RawDevice anna = enrolled("anna", "a").open(1);
        operator.command(Command.newBuilder()
                .setRoomPost(RoomPost.newBuilder()
                        .setRoom(covey.hub.HubState.ANNOUNCEMENTS)
                        .setPostId(ID)
                        .setText("hello all"))
                .build());
        world.run(100);
        covey.wire.proto.RoomAck unknown = covey.wire.proto.RoomAck.newBuilder()
                .setRoom(ByteString.copyFromUtf8("none"))
                .setUpTo(1)
                .build();
        for (int i = 0; i < 200; i++) {
            anna.send(FrameType.ROOM_ACK, unknown);
        }
        anna.send(
                FrameType.ROOM_ACK,
                covey.wire.proto.RoomAck.newBuilder()
                        .setRoom(covey.hub.HubState.ANNOUNCEMENTS)
                        .setUpTo(1)
                        .build());
        world.run(100);
        assertThat(anna.all(FrameType.ERROR, covey.wire.proto.Problem.class)).isEmpty();
        anna.frames.clear();
        world.run(60_000);
        assertThat(anna.all(FrameType.ROOM_ITEMS, RoomPush.class)).isEmpty();
    }

    @Test
    void whoIsFetchingIsNamedAsASourceUntilItsSessionEnds() {
        RawDevice anna = enrolled("anna", "a").open(1);
        RawDevice bob = enrolled("bob", "b").open(1);
        RawDevice eve = enrolled("eve", "e").open(1);
        share(anna, "");
        track(bob, 5);
        assertThat(sources(eve)).containsExactlyInAnyOrder("anna 1000 online", "bob 500 online");
        assertThat(sources(bob)).as("never the asker").containsExactly("anna 1000 online");
        track(bob, 9);
        anna.disconnect();
        assertThat(sources(eve)).containsExactly("bob 900 online", "anna 1000 away");
        bob.disconnect();
        assertThat(sources(eve)).containsExactly("anna 1000 away");
    }

    @Test
    void whoMayNotSeeAContentIsNotToldWhoIsFetchingIt() {
        RawDevice anna = enrolled("anna", "a").open(1);
        RawDevice bob = enrolled("bob", "b").open(1);
        RawDevice eve = enrolled("eve", "e").open(1);
        share(anna, "bob");
        track(bob, 5);
        track(eve, 5);
        assertThat(sources(bob)).containsExactlyInAnyOrder("anna 1000 online", "eve 500 online");
        assertThat(sources(eve)).containsExactly("NOT_FOUND");
    }

    @Test
    void whoClaimsToShareAContentIsNotToldWhoFetchesWhatOthersShareOfIt() {
        RawDevice anna = enrolled("anna", "a").open(1);
        RawDevice bob = enrolled("bob", "b").open(1);
        RawDevice eve = enrolled("eve", "e").open(1);
        RawDevice mallory = enrolled("mallory", "m").open(1);
        share(anna, "bob");
        track(bob, 5);
        share(eve, "");
        share(mallory, "");
        assertThat(sources(eve)).containsExactly("mallory 1000 online");
        assertThat(sources(mallory)).containsExactly("eve 1000 online");
        share(anna, "");
        assertThat(sources(eve)).containsExactlyInAnyOrder("anna 1000 online", "mallory 1000 online", "bob 500 online");
    }

    private static ByteString content() {
        byte[] content = new byte[33];
        content[0] = 1;
        return ByteString.copyFrom(content);
    }

    private static void share(RawDevice device, String onlyFor) {
        Share.Builder share = Share.newBuilder()
                .setPath(ByteString.copyFromUtf8("film"))
                .setContent(content())
                .setPlain(ByteString.copyFrom(new byte[32]))
                .setSize(10);
        if (!onlyFor.isEmpty()) {
            share.setAccount(onlyFor);
        }
        CommandResult result = device.command(Command.newBuilder()
                .setRegister(Register.newBuilder().addShares(share))
                .build());
        assertThat(result.hasProblem()).isFalse();
    }

    private void track(RawDevice device, int haveBlocks) {
        device.send(
                FrameType.TRACK,
                Track.newBuilder()
                        .setContent(content())
                        .setTotalBlocks(10)
                        .setHaveBlocks(haveBlocks)
                        .build());
        world.run(100);
        assertThat(device.all(FrameType.ERROR, Problem.class)).isEmpty();
    }

    /** As told: account, permille, whether it is here; or the kind of refusal. */
    private List<String> sources(RawDevice asker) {
        int stream = asker.send(
                FrameType.QUERY,
                Query.newBuilder()
                        .setSources(SourcesWanted.newBuilder().setContent(content()))
                        .build());
        world.run(100);
        List<Problem> problems = asker.answers(FrameType.ERROR, Problem.class, stream);
        if (!problems.isEmpty()) {
            return List.of(problems.getFirst().getCode().name());
        }
        return asker
                .answers(FrameType.QUERY_REPLY, QueryReply.class, stream)
                .getFirst()
                .getSources()
                .getSourcesList()
                .stream()
                .map(source ->
                        source.getAccount() + " " + source.getPermille() + (source.getOnline() ? " online" : " away"))
                .toList();
    }

    @Test
    void resolveTellsWhoIsOnline() {
        RawDevice anna = enrolled("anna", "a").open(1);
        enrolled("bob", "b").open(1);
        enrolled("bob", "c");
        int stream = anna.send(
                FrameType.QUERY,
                Query.newBuilder()
                        .setResolve(ResolveAccount.newBuilder().setAccount("bob"))
                        .build());
        world.run(100);
        var devices = anna.answers(FrameType.QUERY_REPLY, covey.wire.proto.QueryReply.class, stream)
                .getFirst()
                .getResolved()
                .getDevicesList();
        assertThat(devices).hasSize(2).filteredOn(device -> device.getOnline()).hasSize(1);
    }

    @Test
    void aSilentSessionIsEnded() {
        RawDevice anna = enrolled("anna", "a").open(1);
        world.run(60_000);
        assertThat(anna.closed).isPresent();
    }

    @Test
    void aFaultOfTheHubCostsItsRequestAndNothingMore() {
        RawDevice anna = enrolled("anna", "a").open(1);
        hub.state().close();
        Query rooms =
                Query.newBuilder().setRooms(RoomsWanted.getDefaultInstance()).build();
        for (int i = 0; i < 70; i++) {
            int stream = anna.send(FrameType.QUERY, rooms);
            world.run(50);
            assertThat(anna.answers(FrameType.ERROR, Problem.class, stream)
                            .getFirst()
                            .getCode())
                    .isEqualTo(ErrorCode.INTERNAL);
        }
    }

    @Test
    void aDirectorySyncWaitsForASlowReaderAndIsOneAtATime() {
        for (int i = 0; i < 300; i++) {
            enrolled("user" + i, "u" + i);
        }
        RawDevice slow = enrolled("slow", "s");
        SlowConnection connection = new SlowConnection("10.0.0.1:1", slow.keys);
        hub.node().acceptor().accepted(connection);
        connection.open();
        world.run(20);
        connection.isWritable = false;
        connection.receive(Frame.of(FrameType.DIRECTORY_SYNC, 7, DirectorySync.getDefaultInstance()));
        world.run(20);
        assertThat(connection.sent(FrameType.DIRECTORY_PAGE)).isEmpty();
        connection.receive(Frame.of(FrameType.DIRECTORY_SYNC, 8, DirectorySync.getDefaultInstance()));
        world.run(20);
        assertThat(connection.sent(FrameType.ERROR)).singleElement().matches(frame -> frame.stream() == 8);

        connection.framesToTake = 1;
        connection.becomeWritable();
        world.run(20);
        assertThat(connection.sent(FrameType.DIRECTORY_PAGE)).hasSize(1);
        connection.framesToTake = 1_000;
        connection.becomeWritable();
        world.run(20);
        assertThat(connection.sent(FrameType.DIRECTORY_PAGE)).hasSizeGreaterThan(2);
        assertThat(Messages.as(connection.sent(FrameType.DIRECTORY_PAGE).getLast(), DirectoryPage.class)
                        .getMore())
                .isFalse();
        connection.receive(Frame.of(FrameType.DIRECTORY_SYNC, 9, DirectorySync.getDefaultInstance()));
        world.run(20);
        assertThat(connection.sent(FrameType.ERROR)).hasSize(1);
    }
}

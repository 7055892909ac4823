package covey.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.wire.proto.AckState;
import covey.wire.proto.AddressUpdate;
import covey.wire.proto.AuthReply;
import covey.wire.proto.BulkHello;
import covey.wire.proto.Command;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Declined;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.DirectoryPage;
import covey.wire.proto.DirectorySync;
import covey.wire.proto.Endpoint;
import covey.wire.proto.EndpointKind;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FetchClosed;
import covey.wire.proto.FetchReply;
import covey.wire.proto.FetchRequest;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.HashesReply;
import covey.wire.proto.HashesRequest;
import covey.wire.proto.Have;
import covey.wire.proto.Hello;
import covey.wire.proto.HelloReply;
import covey.wire.proto.Join;
import covey.wire.proto.LinkHello;
import covey.wire.proto.Login;
import covey.wire.proto.MailItem;
import covey.wire.proto.MailNotice;
import covey.wire.proto.MailOutcome;
import covey.wire.proto.MailPush;
import covey.wire.proto.Ping;
import covey.wire.proto.PresenceDelta;
import covey.wire.proto.PresenceSnapshot;
import covey.wire.proto.Problem;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.RelayFailed;
import covey.wire.proto.RelayFailure;
import covey.wire.proto.ResolveAccount;
import covey.wire.proto.Resolved;
import covey.wire.proto.ResolvedDevice;
import covey.wire.proto.Role;
import covey.wire.proto.RoomAck;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomPush;
import covey.wire.proto.RosterProof;
import covey.wire.proto.RosterSignature;
import covey.wire.proto.SealedMail;
import covey.wire.proto.SessionHeader;
import covey.wire.proto.SessionOpen;
import covey.wire.proto.SessionOpenReply;
import covey.wire.proto.SignedHead;
import covey.wire.proto.SignedRoster;
import covey.wire.proto.StaleDevices;
import covey.wire.proto.Track;
import covey.wire.proto.TrafficClass;
import covey.wire.proto.Unwant;
import covey.wire.proto.Want;
import java.util.Arrays;

/** One frame of every type with its fields set: what the golden bytes are made of. Never change one: add another. */
final class Samples {
    private Samples() {}

    static Frame of(FrameType type) {
        FrameHeader.Builder header = FrameHeader.newBuilder()
                .setType(type)
                .setStream(300)
                .setTrafficClass(TrafficClass.CHAT)
                .setDeadlineMillis(5_000)
                .setCredit(65_536)
                .setMustUnderstand(true);
        MessageLite message = message(type);
        if (type == FrameType.RELAY) {
            header.setDevice(bytes(7, 32)).setInner(FrameType.ENVELOPE);
        }
        if (type == FrameType.BLOCK) {
            header.setBlock(200).setOffset(16_384);
        }
        return new Frame(header.build(), message.toByteArray());
    }

    private static MessageLite message(FrameType type) {
        return switch (type) {
            case ERROR ->
                Problem.newBuilder()
                        .setCode(ErrorCode.NOT_FOUND)
                        .setMessage("no such account: bob")
                        .build();
            case PING, PONG -> ping();
            case GOODBYE ->
                Goodbye.newBuilder()
                        .setReason(GoodbyeReason.SHUTTING_DOWN)
                        .setMessage("back soon")
                        .build();
            case HELLO, HELLO_REPLY, JOIN, LOGIN, AUTH_REPLY, SESSION_OPEN, SESSION_OPEN_REPLY -> ofSessions(type);
            case COMMAND, COMMAND_REPLY, QUERY, QUERY_REPLY -> ofCommands(type);
            case DIRECTORY_SYNC -> DirectorySync.newBuilder().setFrom(17).build();
            case DIRECTORY_PAGE ->
                DirectoryPage.newBuilder()
                        .setFrom(17)
                        .addEntries(bytes(4, 40))
                        .setMore(true)
                        .setHead(head())
                        .build();
            case DIRECTORY_HEAD -> head();
            case PRESENCE ->
                PresenceDelta.newBuilder()
                        .setVersion(5)
                        .addOnline(1)
                        .addOnline(300)
                        .addOffline(2)
                        .setTimeMillis(1_700_000_000_000L)
                        .build();
            case MAIL, ROOM_ITEMS, RELAY, ENVELOPE, ENVELOPE_ACK, LINK_HELLO -> ofTalk(type);
            case RELAY_FAILED ->
                RelayFailed.newBuilder()
                        .setDevice(bytes(7, 32))
                        .setReason(RelayFailure.CONGESTED)
                        .build();
            case ROOM_ACK ->
                RoomAck.newBuilder().setRoom(bytes(8, 16)).setUpTo(300).build();
            case TRACK ->
                Track.newBuilder()
                        .setContent(bytes(1, 33))
                        .setTotalBlocks(1_000)
                        .setHaveBlocks(300)
                        .setLeaving(true)
                        .build();
            case ADDRESSES ->
                AddressUpdate.newBuilder().addEndpoints(endpoint()).build();
            case BLOCK -> ping();
            case BULK_HELLO, FETCH, FETCH_REPLY, HASHES, HASHES_REPLY -> ofExchange(type);
            case WANT -> Want.newBuilder().addBlocks(200).addBlocks(7).build();
            case DECLINED ->
                Declined.newBuilder().setBlock(200).setRetryAfterMillis(250).build();
            case UNWANT -> Unwant.newBuilder().addBlocks(7).build();
            case HAVE -> Have.newBuilder().addRuns(3).addRuns(300).build();
            case CLOSE_FETCH -> FetchClosed.getDefaultInstance();
            case UNKNOWN, UNRECOGNIZED -> throw new IllegalArgumentException("no sample of " + type);
        };
    }

    private static MessageLite ofExchange(FrameType type) {
        return switch (type) {
            case BULK_HELLO ->
                BulkHello.newBuilder()
                        .setProtocolMin(1)
                        .setProtocolMax(2)
                        .setFeatures(5)
                        .setNetworkId(bytes(1, 32))
                        .build();
            case FETCH ->
                FetchRequest.newBuilder()
                        .setContent(bytes(1, 33))
                        .setTicket(bytes(2, 80))
                        .setManifestWanted(true)
                        .build();
            case FETCH_REPLY ->
                FetchReply.newBuilder()
                        .setRetryAfterMillis(250)
                        .setComplete(true)
                        .setManifestBytes(300)
                        .setManifest(bytes(3, 40))
                        .build();
            case HASHES ->
                HashesRequest.newBuilder()
                        .setPart(2)
                        .setOffset(65_536)
                        .setBytes(300)
                        .build();
            default ->
                HashesReply.newBuilder()
                        .setPart(2)
                        .setOffset(65_536)
                        .setData(bytes(4, 64))
                        .build();
        };
    }

    private static Ping ping() {
        return Ping.newBuilder().setNonce(0x0102030405060708L).build();
    }

    private static MessageLite ofSessions(FrameType type) {
        return switch (type) {
            case HELLO ->
                Hello.newBuilder()
                        .setProtocolMin(1)
                        .setProtocolMax(2)
                        .setFeatures(5)
                        .setNetworkId(bytes(1, 32))
                        .setBootNonce(bytes(2, 16))
                        .setSoftware("covey 1")
                        .build();
            case HELLO_REPLY -> helloReply();
            case JOIN ->
                Join.newBuilder()
                        .setTokenSecret(bytes(3, 16))
                        .setAccount("anna")
                        .setPassword("correct horse")
                        .setDeviceName("Anna's laptop")
                        .build();
            case LOGIN ->
                Login.newBuilder()
                        .setAccount("anna")
                        .setPassword("correct horse")
                        .setDeviceName("phone")
                        .setTokenSecret(bytes(3, 16))
                        .build();
            case AUTH_REPLY ->
                AuthReply.newBuilder()
                        .setAccount("anna")
                        .setRole(Role.MACHINE)
                        .setFurtherDevice(true)
                        .build();
            case SESSION_OPEN ->
                SessionOpen.newBuilder()
                        .setIncarnation(9)
                        .setDirectorySize(1_000)
                        .addEndpoints(endpoint())
                        .build();
            default -> sessionOpenReply();
        };
    }

    private static MessageLite ofCommands(FrameType type) {
        return switch (type) {
            case COMMAND ->
                CommandRequest.newBuilder()
                        .setSequence(12)
                        .setFirstUnanswered(11)
                        .setCommand(Command.newBuilder()
                                .setDeposit(Deposit.newBuilder()
                                        .setMessageId(bytes(5, 16))
                                        .setToAccount("bob")
                                        .addCovered(bytes(6, 32))
                                        .addMails(DeviceMail.newBuilder()
                                                .setDevice(bytes(7, 32))
                                                .setEnvelope(bytes(8, 50)))))
                        .build();
            case COMMAND_REPLY ->
                CommandReply.newBuilder()
                        .setResult(CommandResult.newBuilder()
                                .setProblem(Problem.newBuilder()
                                        .setCode(ErrorCode.STALE_DEVICES)
                                        .setMessage("bob has a new device"))
                                .setStaleDevices(StaleDevices.newBuilder()
                                        .addMissing(bytes(9, 32))
                                        .setDirectorySize(1_001)))
                        .build();
            case QUERY ->
                Query.newBuilder()
                        .setResolve(ResolveAccount.newBuilder().setAccount("bob"))
                        .build();
            default ->
                QueryReply.newBuilder()
                        .setResolved(Resolved.newBuilder()
                                .setDirectorySize(1_001)
                                .addDevices(ResolvedDevice.newBuilder()
                                        .setDevice(bytes(7, 32))
                                        .setOnline(true)
                                        .addEndpoints(endpoint())
                                        .setPrekey(PublishPrekey.newBuilder()
                                                .setPrekeyId(3)
                                                .setX25519(bytes(10, 32))
                                                .setMlKem(bytes(11, 1_184))
                                                .setCreatedMillis(1_700_000_000_000L)
                                                .setSignature(bytes(12, 71)))))
                        .build();
        };
    }

    private static MessageLite ofTalk(FrameType type) {
        return switch (type) {
            case MAIL ->
                MailPush.newBuilder()
                        .addItems(MailItem.newBuilder()
                                .setPosition(1)
                                .setTimeMillis(1_700_000_000_000L)
                                .setSealed(SealedMail.newBuilder()
                                        .setFromDevice(bytes(6, 32))
                                        .setEnvelope(bytes(8, 50))))
                        .addItems(MailItem.newBuilder()
                                .setPosition(2)
                                .setTimeMillis(1_700_000_000_001L)
                                .setNotice(MailNotice.newBuilder()
                                        .setMessageId(bytes(5, 16))
                                        .setToDevice(bytes(7, 32))
                                        .setOutcome(MailOutcome.EXPIRED)))
                        .build();
            case ROOM_ITEMS ->
                RoomPush.newBuilder()
                        .addItems(RoomItem.newBuilder()
                                .setRoom(bytes(13, 16))
                                .setIndex(4)
                                .setTimeMillis(1_700_000_000_000L)
                                .setFromAccount("anna")
                                .setFromDevice(bytes(6, 32))
                                .setPost(RoomPost.newBuilder()
                                        .setRoom(bytes(13, 16))
                                        .setPostId(bytes(14, 16))
                                        .setEpoch(2)
                                        .setText("good morning")))
                        .build();
            default -> ofDevices(type);
        };
    }

    private static MessageLite ofDevices(FrameType type) {
        return switch (type) {
            case LINK_HELLO ->
                LinkHello.newBuilder()
                        .setProtocolMin(1)
                        .setProtocolMax(2)
                        .setNetworkId(bytes(1, 32))
                        .setHead(head())
                        .setBootNonce(bytes(2, 16))
                        .build();
            case ENVELOPE_ACK ->
                EnvelopeAck.newBuilder()
                        .setSequence(8)
                        .setState(AckState.UNKNOWN_SESSION)
                        .setStreamEpoch(77)
                        .setMessageId(bytes(5, 16))
                        .build();
            default ->
                Envelope.newBuilder()
                        .setMessageId(bytes(5, 16))
                        .setSequence(8)
                        .setFloor(6)
                        .setOpen(SessionHeader.newBuilder()
                                .setPrekeyId(3)
                                .setEphemeralKey(bytes(15, 32))
                                .setKemCiphertext(bytes(16, 1_088))
                                .setDirectorySize(1_000)
                                .setTimeMillis(1_700_000_000_000L)
                                .setSignature(bytes(12, 71)))
                        .setSessionId(bytes(17, 16))
                        .setCounter(2)
                        .setCiphertext(bytes(18, 60))
                        .setStreamEpoch(77)
                        .build();
        };
    }

    private static HelloReply helloReply() {
        return HelloReply.newBuilder()
                .setProtocol(1)
                .setFeatures(1)
                .setRoster(RosterProof.newBuilder()
                        .setRootPublicKey(bytes(19, 32))
                        .addChain(SignedRoster.newBuilder()
                                .setRoster(bytes(20, 120))
                                .addSignatures(RosterSignature.newBuilder().setSignature(bytes(21, 64)))
                                .addSignatures(RosterSignature.newBuilder()
                                        .setSigner(bytes(22, 32))
                                        .setSignature(bytes(12, 71)))))
                .setHubTimeMillis(1_700_000_000_000L)
                .setObservedAddress("192.0.2.7:50000")
                .setRegistration(RegistrationPolicy.OPEN)
                .setNetworkName("lab")
                .build();
    }

    private static SessionOpenReply sessionOpenReply() {
        return SessionOpenReply.newBuilder()
                .setAccount("anna")
                .setRole(Role.ADMINISTRATOR)
                .setHead(head())
                .setPresence(PresenceSnapshot.newBuilder().setVersion(4).setOnline(bytes(23, 3)))
                .setPrekeyWanted(true)
                .setPrekeyId(3)
                .setMailWaiting(2)
                .build();
    }

    private static SignedHead head() {
        return SignedHead.newBuilder()
                .setHead(bytes(24, 90))
                .setSigner(bytes(22, 32))
                .setSignature(bytes(12, 71))
                .build();
    }

    private static Endpoint endpoint() {
        return Endpoint.newBuilder()
                .setHost("2001:db8::1")
                .setPort(7_441)
                .setKind(EndpointKind.ADVERTISED)
                .build();
    }

    private static ByteString bytes(int value, int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) value);
        return ByteString.copyFrom(bytes);
    }
}

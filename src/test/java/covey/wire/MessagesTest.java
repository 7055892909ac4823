package covey.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.wire.proto.AddressUpdate;
import covey.wire.proto.Command;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.Deposit;
import covey.wire.proto.Endpoint;
import covey.wire.proto.Envelope;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Hello;
import covey.wire.proto.Join;
import covey.wire.proto.LookupWanted;
import covey.wire.proto.Ping;
import covey.wire.proto.Query;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomPush;
import covey.wire.proto.SourcesWanted;
import covey.wire.proto.Tick;
import covey.wire.proto.Track;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MessagesTest {
    private static final Command DEPOSIT =
            Messages.as(Samples.of(FrameType.COMMAND), CommandRequest.class).getCommand();

    private static void refused(FrameType type, MessageLite message, String sentence) {
        assertThatThrownBy(() -> Messages.decode(Frame.of(type, message)))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST))
                .hasMessageContaining(sentence);
    }

    private static void refused(Command command, String sentence) {
        refused(
                FrameType.COMMAND,
                CommandRequest.newBuilder()
                        .setSequence(1)
                        .setFirstUnanswered(1)
                        .setCommand(command)
                        .build(),
                sentence);
    }

    @Test
    void aMessageIsGivenAsItsTypeAndNoOther() {
        Frame ping = Samples.of(FrameType.PING);
        assertThat(Messages.as(ping, Ping.class).getNonce()).isEqualTo(0x0102030405060708L);
        assertThatThrownBy(() -> Messages.as(ping, Hello.class))
                .isInstanceOf(WireException.class)
                .hasMessage("frame PING carries a Ping (expected: Hello)");
    }

    @Test
    void bytesThatAreNoMessageAreRefused() {
        Frame frame =
                new Frame(FrameHeader.newBuilder().setType(FrameType.HELLO).build(), new byte[] {(byte) 0x0f});
        assertThatThrownBy(() -> Messages.decode(frame))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("not understood");
    }

    @Test
    void idsHaveTheirLengths() {
        Hello hello = Messages.as(Samples.of(FrameType.HELLO), Hello.class);
        refused(
                FrameType.HELLO,
                hello.toBuilder().setBootNonce(ByteString.copyFromUtf8("abc")).build(),
                "Hello.boot_nonce: 3 bytes (expected: 16)");
        refused(
                FrameType.HELLO,
                hello.toBuilder().setNetworkId(ByteString.copyFromUtf8("abc")).build(),
                "Hello.network_id");
        Messages.decode(
                Frame.of(FrameType.HELLO, hello.toBuilder().clearNetworkId().build()));
        Envelope envelope = Messages.as(Samples.of(FrameType.ENVELOPE), Envelope.class);
        refused(FrameType.ENVELOPE, envelope.toBuilder().clearMessageId().build(), "Envelope.message_id: 0 bytes");
        refused(FrameType.ENVELOPE, envelope.toBuilder().clearSequence().build(), "Envelope.sequence: 0");
        refused(
                FrameType.ENVELOPE,
                envelope.toBuilder()
                        .setCiphertext(ByteString.copyFrom(new byte[Limits.ENVELOPE_BYTES_MAX + 1]))
                        .build(),
                "Envelope.ciphertext");
        refused(
                FrameType.ROOM_ITEMS,
                RoomPush.newBuilder().addItems(RoomItem.getDefaultInstance()).build(),
                "RoomItem.room");
    }

    @Test
    void namesInRequestsComeInTheirOneForm() {
        Join join = Messages.as(Samples.of(FrameType.JOIN), Join.class);
        refused(FrameType.JOIN, join.toBuilder().setAccount("Anna").build(), "Join.account: 'Anna' (expected: 'anna')");
        refused(FrameType.JOIN, join.toBuilder().setAccount("@anna").build(), "expected: 'anna'");
        refused(FrameType.JOIN, join.toBuilder().setAccount("").build(), "account name");
        refused(FrameType.JOIN, join.toBuilder().setDeviceName("a\nb").build(), "device name");
        refused(FrameType.JOIN, join.toBuilder().setPassword("ä".repeat(129)).build(), "Join.password");
        Messages.decode(Frame.of(
                FrameType.JOIN, join.toBuilder().setPassword("ä".repeat(128)).build()));
    }

    @Test
    void countsAreBounded() {
        Endpoint endpoint = Endpoint.newBuilder().setHost("::1").setPort(1).build();
        List<Endpoint> many = new ArrayList<>();
        for (int i = 0; i <= Limits.ENDPOINTS_MAX; i++) {
            many.add(endpoint);
        }
        refused(
                FrameType.ADDRESSES,
                AddressUpdate.newBuilder().addAllEndpoints(many).build(),
                "17 of them");
        refused(
                FrameType.ADDRESSES,
                AddressUpdate.newBuilder()
                        .addEndpoints(endpoint.toBuilder().setPort(0))
                        .build(),
                "::1:0");
        Deposit.Builder deposit = DEPOSIT.getDeposit().toBuilder();
        for (int i = 0; i < Limits.DEVICES_PER_ACCOUNT_MAX; i++) {
            deposit.addMails(deposit.getMails(0));
        }
        refused(Command.newBuilder().setDeposit(deposit).build(), "Deposit.mails: 9 of them");
    }

    @Test
    void whoTracksHasNoMoreThanThereIs() {
        Track track = Messages.as(Samples.of(FrameType.TRACK), Track.class);
        refused(FrameType.TRACK, track.toBuilder().setHaveBlocks(1_001).build(), "Track.have_blocks: 1001");
        refused(FrameType.TRACK, track.toBuilder().clearTotalBlocks().build(), "from 1 on");
        refused(FrameType.TRACK, track.toBuilder().clearContent().build(), "Track.content: 0 bytes (expected: 33)");
        refused(
                FrameType.TRACK,
                track.toBuilder().setContent(ByteString.copyFrom(new byte[33])).build(),
                "Track.content: algorithm 0");
    }

    @Test
    void aQuestionForAContentNamesAnAlgorithmThatThereIs() {
        ByteString nonsense = ByteString.copyFrom(new byte[33]);
        refused(
                FrameType.QUERY,
                Query.newBuilder()
                        .setSources(SourcesWanted.newBuilder().setContent(nonsense))
                        .build(),
                "SourcesWanted.content: algorithm 0");
        refused(
                FrameType.QUERY,
                Query.newBuilder()
                        .setLookup(LookupWanted.newBuilder().setContent(nonsense))
                        .build(),
                "LookupWanted.content: algorithm 0");
    }

    @Test
    void textsAreBoundedInBytes() {
        RoomPost post = RoomPost.newBuilder()
                .setRoom(ByteString.copyFromUtf8("!announce"))
                .setPostId(ByteString.copyFrom(new byte[16]))
                .setText("ü".repeat(Limits.TEXT_BYTES_MAX / 2 + 1))
                .build();
        refused(Command.newBuilder().setRoomPost(post).build(), "RoomPost.text: 4097 characters");
    }

    @Test
    void sequencesOfCommandsMakeSense() {
        CommandRequest request = Messages.as(Samples.of(FrameType.COMMAND), CommandRequest.class);
        refused(FrameType.COMMAND, request.toBuilder().clearSequence().build(), "CommandRequest.sequence");
        refused(FrameType.COMMAND, request.toBuilder().setFirstUnanswered(13).build(), "<= sequence 12");
    }

    @Test
    void whatOnlyAHubDoesIsDeniedToDevices() {
        Frame frame = Frame.of(
                FrameType.COMMAND,
                CommandRequest.newBuilder()
                        .setSequence(1)
                        .setCommand(Command.newBuilder().setTick(Tick.getDefaultInstance()))
                        .build());
        assertThatThrownBy(() -> Messages.decode(frame))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DENIED));
    }

    @Test
    void commandsAndQueriesOfLaterVersionsAreUnsupportedAndNotBad() {
        for (Frame frame : List.of(
                Frame.of(
                        FrameType.COMMAND,
                        CommandRequest.newBuilder().setSequence(1).build()),
                Frame.of(FrameType.QUERY, Query.getDefaultInstance()))) {
            assertThatThrownBy(() -> Messages.decode(frame))
                    .isInstanceOfSatisfying(
                            WireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED));
        }
    }

    @Test
    void aRelayedFrameCarriesWhatDevicesSayAndNamesADevice() {
        Frame relayed = Samples.of(FrameType.RELAY);
        assertThat(Messages.decode(relayed)).isInstanceOf(Envelope.class);
        for (FrameType inner : List.of(FrameType.RELAY, FrameType.COMMAND, FrameType.UNKNOWN, FrameType.GOODBYE)) {
            FrameHeader header = relayed.header().toBuilder().setInner(inner).build();
            assertThatThrownBy(() -> Messages.decode(new Frame(header, relayed.payload())))
                    .isInstanceOf(WireException.class)
                    .hasMessageContaining("FrameHeader.inner");
        }
        FrameHeader nobody = relayed.header().toBuilder().clearDevice().build();
        assertThatThrownBy(() -> Messages.decode(new Frame(nobody, relayed.payload())))
                .hasMessageContaining("FrameHeader.device: 0 bytes");
    }
}

package covey.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.content.ContentException;
import covey.content.ContentId;
import covey.wire.Limits;
import covey.wire.proto.Body;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.RoomChangeKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file offered with a message: told to whom the message is for, on all their devices, and to nobody else. */
final class AttachmentTest {
    private static final Attachment REPORT =
            new Attachment(ContentId.ofManifest(new byte[] {1}), "report.pdf", 3_200_000, 1, "ab".repeat(32));

    private final Village village = new Village(1);
    private final Device anna = village.device("anna", "desk");
    private final Device bob = village.device("bob", "phone");

    AttachmentTest() {
        village.tellDirectory();
        village.run(100);
    }

    @Test
    void anOfferComesWithItsMessageAndIsKept() {
        Device annasLaptop = village.device("anna", "laptop");
        village.tellDirectory();
        anna.run(chat -> chat.send("@bob", "the report", REPORT));
        village.run(1_000);
        bob.crash();
        bob.restart();
        assertThat(bob.last("@anna").attachment()).contains(REPORT);
        assertThat(bob.last("@anna").text()).isEqualTo("the report");
        assertThat(anna.last("@bob").attachment()).contains(REPORT);
        assertThat(annasLaptop.last("@bob").attachment()).contains(REPORT);
        assertThat(bob.engine().history(HistoryQuery.of("@anna", 0, "report.PDF", 10)))
                .hasSize(1);
    }

    @Test
    void privateRoomsTakeOffersAndPublicOnesSayWhatToDoInstead() {
        Answer<RoomView> made = Answer.of(room -> {}, why -> {
            throw new AssertionError(why);
        });
        anna.run(chat -> chat.createRoom("#plan", true, made));
        anna.run(chat -> chat.createRoom("#all", false, made));
        village.run(1_000);
        anna.run(chat -> chat.changeRoom("#plan", RoomChangeKind.INVITE_MEMBER, "bob", made));
        village.run(1_000);
        anna.run(chat -> chat.send("#plan", "the report", REPORT));
        village.run(1_000);
        assertThat(bob.last("#plan").attachment()).contains(REPORT);
        anna.say("@bob", "said in the same turn");
        anna.run(chat -> assertThatThrownBy(() -> chat.send("#all", "the report", REPORT))
                .hasMessageContaining("covey share PATH --room '#all'")
                .isInstanceOfSatisfying(
                        ChatException.class, why -> assertThat(why.code()).isEqualTo(ErrorCode.BAD_REQUEST)));
        village.run(100);
        assertThat(anna.texts("#all")).isEmpty();
        assertThat(anna.accepted.get("@bob")).containsExactly("said in the same turn");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "../up", "a/b", "a\\b", "tab\there"})
    void aNameThatCouldLeadElsewhereIsNoAttachment(String name) {
        assertThatThrownBy(() -> new Attachment(REPORT.content(), name, 1, 1, ""))
                .isInstanceOf(ContentException.class);
        Body.Builder bad = body().toBuilder();
        bad.getTextBuilder().getAttachmentBuilder().setName(name);
        byte[] id = new byte[Limits.ID_BYTES];
        bob.run(chat -> chat.opened(
                anna.id(), "anna", ByteString.copyFrom(id), bad.build().toByteArray()));
        village.run(100);
        assertThat(bob.texts("@anna")).isEmpty();
    }

    /** What is sealed is not in the frames' golden bytes. */
    @Test
    void aBodyWithAnAttachmentIsWrittenAndReadAsItAlwaysWas() {
        anna.run(chat -> chat.send("@bob", "the report", REPORT));
        village.run(100);
        bob.run(chat -> chat.opened(anna.id(), "anna", ByteString.copyFrom(new byte[16]), golden()));
        village.run(100);
        List<ChatMessage> heard = bob.history("@anna");
        assertThat(heard).extracting(ChatMessage::attachment).containsOnly(Optional.of(REPORT));
        assertThat(heard).extracting(ChatMessage::text).containsOnly("the report");
        assertThat(Bodies.said("the report").toBuilder()
                        .setAttachment(REPORT.toProto())
                        .build())
                .isEqualTo(body().getText());
    }

    private static Body body() {
        try {
            return Body.parseFrom(golden());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] golden() {
        try (InputStream in = AttachmentTest.class.getResourceAsStream("/chat/body-with-attachment.hex")) {
            if (in == null) {
                throw new AssertionError("missing body-with-attachment.hex");
            }
            String hex = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

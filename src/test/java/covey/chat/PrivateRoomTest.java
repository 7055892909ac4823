package covey.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.wire.proto.RoomChange;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomStatement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A private room is what its members signed: neither the hub nor who is not in it at that time reads or joins. */
final class PrivateRoomTest {
    private static final String ROOM = "#plan";

    private final Village village = new Village(1);
    private final Device anna = village.device("anna", "desk");
    private final Device bob = village.device("bob", "phone");
    private final Device eve = village.device("eve", "laptop");
    private final List<String> refused = new ArrayList<>();

    PrivateRoomTest() {
        village.tellDirectory();
        anna.run(chat -> chat.createRoom(ROOM, true, answer()));
        village.run(1_000);
        change(anna, RoomChangeKind.INVITE_MEMBER, "bob");
    }

    private Answer<RoomView> answer() {
        return Answer.of(room -> {}, why -> refused.add(why.getMessage()));
    }

    private void change(Device by, RoomChangeKind kind, String account) {
        by.run(chat -> chat.changeRoom(ROOM, kind, account, answer()));
        village.run(3_000);
    }

    private void say(Device by, String text) {
        by.say(ROOM, text);
        village.run(3_000);
    }

    private FakeRooms rooms() {
        return village.hub.rooms;
    }

    private FakeRooms.Room atHub() {
        return rooms().byName(ROOM);
    }

    private List<ByteString> keyIds() {
        return atHub().items.stream()
                .map(item -> item.getPost().getSealed().getKeyId())
                .toList();
    }

    @Test
    void everyMemberReadsWhatEveryOtherSays() {
        Device tablet = village.device("bob", "tablet");
        village.tellDirectory();
        change(anna, RoomChangeKind.INVITE_MEMBER, "eve");
        say(anna, "one");
        say(bob, "two");
        say(eve, "three");

        for (Device member : List.of(anna, bob, tablet, eve)) {
            assertThat(member.texts(ROOM)).as(member.name).containsExactly("one", "two", "three");
            assertThat(member.history(ROOM)).allMatch(ChatMessage::sealed);
        }
        assertThat(atHub().items).noneMatch(item -> item.getPost().hasText());
        assertThat(refused).isEmpty();
    }

    @Test
    void whoWasKickedCannotReadWhatComesLaterEvenFromABadHub() {
        change(anna, RoomChangeKind.INVITE_MEMBER, "eve");
        say(anna, "with eve");
        change(anna, RoomChangeKind.KICK, "eve");
        rooms().eavesdroppers.add("eve");

        say(anna, "without eve");
        say(bob, "me too");
        village.run(60_000); // she asks for the keys, and gets none

        assertThat(bob.texts(ROOM)).containsExactly("with eve", "without eve", "me too");
        assertThat(eve.texts(ROOM)).containsExactly("with eve");
    }

    @Test
    void whoComesLateCannotReadWhatWasSaidBeforeEvenFromABadHub() {
        say(anna, "before");
        rooms().eavesdroppers.add("eve");
        change(bob, RoomChangeKind.INVITE_MEMBER, "eve");
        say(anna, "after");
        village.run(60_000);

        assertThat(bob.texts(ROOM)).containsExactly("before", "after");
        assertThat(eve.texts(ROOM)).containsExactly("after");
    }

    @Test
    void aTamperedStatementIsRefusedAndNothingIsSaidInTheRoom() {
        change(anna, RoomChangeKind.INVITE_MEMBER, "eve");
        rooms().statementLie = statement -> statement.getChange().getAccount().equals("eve")
                ? statement.toBuilder()
                        .setChange(statement.getChange().toBuilder().setAccount("mallory"))
                        .build()
                : statement;

        say(bob, "to whom?");

        assertThat(bob.last(ROOM).state()).isEqualTo(MessageState.FAILED);
        assertThat(bob.last(ROOM).reason()).contains("could not be verified");
        assertThat(bob.warnings).anyMatch(sentence -> sentence.contains("is not what they signed"));
        assertThat(atHub().items).isEmpty();
    }

    @Test
    void theHubCannotAddAMember() {
        say(bob, "before");
        // It says that she is in, and lets her hear all; then it even signs for it with her own key.
        atHub().members.add("eve");
        rooms().eavesdroppers.add("eve");
        say(anna, "still two");
        assertThat(bob.texts(ROOM)).containsExactly("before", "still two");

        RoomChange forged =
                covey.mailbox.RoomChain.start(atHub().id)
                        .propose(eve.keys, RoomChangeKind.INVITE_MEMBER, "eve")
                        .toBuilder()
                        .setEpoch(atHub().statements.size() + 1)
                        .build();
        atHub().statements
                .add(RoomStatement.newBuilder()
                        .setChange(forged)
                        .setByAccount("anna")
                        .setByDevice(eve.id().toByteString())
                        .build());
        say(anna, "not to her");
        village.run(60_000);

        assertThat(anna.last(ROOM).state()).isEqualTo(MessageState.FAILED);
        assertThat(anna.warnings).anyMatch(sentence -> sentence.contains("not signed by a device of @anna"));
        assertThat(eve.texts(ROOM)).isEmpty();
    }

    @Test
    void theHubCannotKeepAKickBack() {
        change(anna, RoomChangeKind.INVITE_MEMBER, "eve");
        say(anna, "all");
        change(anna, RoomChangeKind.KICK, "eve");
        rooms().eavesdroppers.add("eve");
        atHub().statements.removeLast();

        say(anna, "to whom?");

        // The key of the epoch that she knows to be the last is not used again, whatever the hub says.
        assertThat(eve.texts(ROOM)).containsExactly("all");
        assertThat(anna.last(ROOM).state()).isNotEqualTo(MessageState.STORED);
    }

    @Test
    void theSenderKeyChangesWithEveryChangeOfMembership() {
        say(anna, "one");
        say(anna, "still one");
        change(anna, RoomChangeKind.INVITE_MEMBER, "eve");
        say(anna, "two");
        change(anna, RoomChangeKind.KICK, "eve");
        say(anna, "three");
        change(bob, RoomChangeKind.LEAVE_ROOM, "");
        say(anna, "four");

        List<ByteString> ids = keyIds();
        assertThat(ids).hasSize(5);
        assertThat(ids.get(0)).isEqualTo(ids.get(1));
        assertThat(ids.subList(1, 5)).doesNotHaveDuplicates();
        assertThat(atHub().items.stream().map(item -> item.getPost().getEpoch()))
                .containsExactly(2L, 2L, 3L, 4L, 5L);
        assertThat(bob.texts(ROOM)).containsExactly("one", "still one", "two", "three");
    }

    @Test
    void theSenderKeyChangesWhenADeviceThatHasItIsRevoked() {
        Device tablet = village.device("bob", "tablet");
        village.tellDirectory();
        say(anna, "one");
        village.revoke(tablet);
        say(anna, "two");
        say(anna, "three");

        assertThat(keyIds().get(1)).isNotEqualTo(keyIds().get(0)).isEqualTo(keyIds().get(2));
        assertThat(bob.texts(ROOM)).containsExactly("one", "two", "three");
    }

    @Test
    void aMembersNewDeviceIsToldBeforeAPostIsSealedToIt() {
        say(anna, "one");
        village.device("bob", "tablet");
        village.tellDirectory();
        say(anna, "two");
        say(anna, "three");

        assertThat(anna.warnings).singleElement().asString().startsWith("@bob has a new device, 'tablet'");
    }

    @Test
    void membersWhoWereAwayGetEverythingInOrder() {
        say(anna, "0");
        bob.crash();
        for (int i = 1; i <= 4; i++) {
            say(anna, "" + i);
        }
        change(anna, RoomChangeKind.INVITE_MEMBER, "eve");
        anna.crash();
        anna.restart(); // with a key of its new life
        village.run(1_000);
        say(anna, "5");
        say(eve, "6");
        bob.restart();
        village.run(30_000);

        assertThat(bob.texts(ROOM)).containsExactly("0", "1", "2", "3", "4", "5", "6");
        assertThat(bob.shown.values()).allMatch(times -> times == 1);
        assertThat(eve.texts(ROOM)).containsExactly("5", "6");
    }

    @Test
    void aKeyThatWasLostOnItsWayIsAskedForAndGiven() {
        bob.crash();
        say(anna, "sealed");
        village.hub.loseMail();
        bob.restart();
        village.run(60_000);

        assertThat(bob.texts(ROOM)).containsExactly("sealed");
    }

    @Test
    void aPostThatTheHubChangedIsNotShown() {
        say(anna, "genuine");
        rooms().postLie = post -> post.toBuilder()
                .setSealed(
                        post.getSealed().toBuilder().setCounter(post.getSealed().getCounter() + 1))
                .build();
        say(anna, "bent");
        rooms().postLie = post ->
                post.toBuilder().clearSealed().setText("put in by the hub").build();
        say(anna, "replaced");
        rooms().postLie = post -> post;
        say(anna, "genuine again");

        assertThat(bob.texts(ROOM)).containsExactly("genuine", "genuine again");
    }

    @Test
    void aPostOfOneMemberIsNotShownAsOneOfAnother() {
        change(anna, RoomChangeKind.INVITE_MEMBER, "eve");
        say(eve, "by eve");
        RoomItem said = atHub().items.getFirst();
        atHub().items
                .add(said.toBuilder()
                        .setIndex(2)
                        .setFromAccount("anna")
                        .setFromDevice(anna.id().toByteString())
                        .setPost(said.getPost().toBuilder().setPostId(ByteString.copyFrom(new byte[16])))
                        .build());
        village.hub.village.mailFor(bob.id());
        village.run(60_000);

        assertThat(bob.history(ROOM)).extracting(ChatMessage::from).containsExactly("eve");
    }
}

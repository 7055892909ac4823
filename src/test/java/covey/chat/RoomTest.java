package covey.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.courier.Station;
import covey.store.Keys;
import covey.wire.proto.Body;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomInfo;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomWanted;
import covey.wire.proto.SenderKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Rooms over a hub that may lie about them. */
final class RoomTest {
    private static final String LAB = "#lab";

    private final Village village = new Village(5);
    private final Device anna = village.device("anna", "annas");
    private final Device bob = village.device("bob", "bobs");
    private final List<String> refusals = new ArrayList<>();

    private <T> Answer<T> answer() {
        return Answer.of(done -> {}, refused -> refusals.add(refused.getMessage()));
    }

    private void create(String name, boolean isPrivate) {
        village.tellDirectory();
        anna.run(chat -> chat.createRoom(name, isPrivate, answer()));
        village.run(1_000);
    }

    private void change(Device by, RoomChangeKind kind, String account) {
        by.run(chat -> chat.changeRoom(LAB, kind, account, answer()));
        village.run(1_000);
    }

    @Test
    void nothingIsChangedForSomebodyWhoWentAway() {
        village.tellDirectory();
        Answer<RoomView> gone = new Answer<>() {
            @Override
            public void done(RoomView room) {
                throw new AssertionError(room);
            }

            @Override
            public void refused(ChatException why) {
                throw new AssertionError(why);
            }

            @Override
            public boolean isAwaited() {
                return false;
            }
        };
        anna.run(chat -> chat.createRoom(LAB, false, gone));
        village.run(1_000);
        anna.run(chat -> chat.room(LAB, answer()));
        village.run(1_000);
        assertThat(refusals).hasSize(1);
    }

    @Test
    void aLongMembershipIsReadPageByPage() {
        create(LAB, true);
        for (int i = 0; i < 7; i++) {
            change(anna, RoomChangeKind.INVITE_MEMBER, "bob");
            change(anna, RoomChangeKind.KICK, "bob");
        }
        change(anna, RoomChangeKind.INVITE_MEMBER, "bob");
        anna.say(LAB, "all sixteen read");
        village.run(5_000);
        assertThat(refusals).isEmpty();
        assertThat(bob.texts(LAB)).containsExactly("all sixteen read");
    }

    @Test
    void aRoomUnderAnotherNameThanAskedForIsRefused() {
        create(LAB, true);
        create("#open", false);
        RoomInfo open = RoomInfo.newBuilder()
                .setRoom(village.hub.rooms.byName("#open").id)
                .setName("#open")
                .setJoined(true)
                .build();
        village.hub.rooms.infoLie = info -> open;
        anna.run(chat -> chat.room(LAB, answer()));
        village.run(1_000);
        assertThat(refusals).hasSize(1).allMatch(text -> text.contains("makes no sense"));
    }

    @Test
    void aPrivateRoomKeepsItsNameItsIdAndItsPrivacy() {
        create(LAB, true);
        RoomInfo.Builder honest = RoomInfo.newBuilder()
                .setRoom(village.hub.rooms.byName(LAB).id)
                .setName(LAB)
                .setIsPrivate(true)
                .setJoined(true);
        village.hub.rooms.infoLie =
                info -> honest.clone().setRoom(ByteString.copyFromUtf8("other")).build();
        anna.run(chat -> chat.room(LAB, answer()));
        village.run(100);
        village.hub.rooms.infoLie = info -> honest.clone().setIsPrivate(false).build();
        anna.run(chat -> chat.room(LAB, answer()));
        village.run(100);
        village.hub.rooms.infoLie = info -> honest.clone().setName("#other").build();
        RoomWanted byId = RoomWanted.newBuilder().setRoom(honest.getRoom()).build();
        anna.run(chat -> chat.core.context.turn().run(() -> chat.core.book.refresh(byId, answer())));
        village.run(100);
        assertThat(refusals).hasSize(3).allMatch(text -> text.contains("another room"));
    }

    @Test
    void aRoomMadeAsPrivateIsNotTakenForAPublicOne() {
        village.hub.rooms.infoLie = info -> info.toBuilder().setIsPrivate(false).build();
        create(LAB, true);
        assertThat(refusals).singleElement().asString().contains("another room");
    }

    @Test
    void anAcknowledgementThatWasLostIsSaidAgain() {
        create(LAB, false);
        change(bob, RoomChangeKind.JOIN_ROOM, "");
        village.hub.rooms.losesAcks = true;
        anna.say(LAB, "one");
        anna.say(LAB, "two");
        village.run(10_000);
        village.hub.rooms.losesAcks = false;
        village.mailFor(bob.id());
        village.run(10_000);
        assertThat(bob.texts(LAB)).containsExactly("one", "two");
        assertThat(village.hub.rooms.byName(LAB).cursors).containsEntry(bob.id(), 2L);
    }

    @Test
    void nobodyTakesAMessagesPlaceWithItsId() {
        Device eve = village.device("eve", "eves");
        create(LAB, false);
        change(bob, RoomChangeKind.JOIN_ROOM, "");
        village.plug(bob, false);
        anna.say(LAB, "genuine");
        village.run(1_000);
        ByteString id = village.hub.rooms.byName(LAB).items.getFirst().getPost().getPostId();
        Body.Builder text = Body.newBuilder().setSentMillis(1);
        text.getTextBuilder().setText("first");
        for (ByteString taken : List.of(id, Station.localId(ByteString.EMPTY, anna.id(), id))) {
            bob.run(chat -> chat.opened(eve.id(), "eve", taken, text.build().toByteArray()));
        }
        village.plug(bob, true);
        village.run(5_000);
        assertThat(bob.texts("@eve")).containsExactly("first", "first");
        assertThat(bob.texts(LAB)).containsExactly("genuine");
        assertThat(bob.engine().core.isKnown(anna.id(), id)).isFalse();
        assertThat(bob.engine().core.isKnown(eve.id(), id)).isTrue();
    }

    @Test
    void whoDoesNotKnowARoomIsToldThatItIsPublicWithTheFirstPost() {
        create(LAB, true);
        Device tablet = village.device("anna", "tablet");
        village.hub.rooms.infoLie = info -> info.toBuilder().setIsPrivate(false).build();
        tablet.say(LAB, "one");
        tablet.say(LAB, "two");
        village.run(2_000);
        assertThat(tablet.warnings)
                .filteredOn(text -> text.contains("is a public room"))
                .hasSize(1);
        assertThat(tablet.history(LAB)).noneMatch(ChatMessage::sealed);
    }

    @Test
    void aNameIsFreeForAnotherRoomOnceItsOwnerLeft() {
        create(LAB, true);
        change(anna, RoomChangeKind.LEAVE_ROOM, "");
        create(LAB, true);
        anna.say(LAB, "in the new one");
        village.run(1_000);
        assertThat(refusals).isEmpty();
        assertThat(anna.last(LAB).state()).isEqualTo(MessageState.STORED);
    }

    @Test
    void whoWasPutOutOfARoomForgetsItsNameByLeavingIt() {
        create(LAB, true);
        change(anna, RoomChangeKind.INVITE_MEMBER, "bob");
        bob.say(LAB, "in the old one");
        village.run(1_000);
        change(anna, RoomChangeKind.KICK, "bob");
        change(anna, RoomChangeKind.LEAVE_ROOM, "");
        create(LAB, true);
        change(anna, RoomChangeKind.INVITE_MEMBER, "bob");
        anna.say(LAB, "in the new one");
        village.run(1_000);
        int before = village.hub.queries;
        village.run(60_000);
        assertThat(village.hub.queries - before).isLessThan(10);
        assertThat(refusals).isEmpty();
        bob.run(chat -> chat.room(LAB, answer()));
        village.run(100);
        assertThat(refusals).singleElement().asString().contains("covey room leave '#lab'");
        change(bob, RoomChangeKind.LEAVE_ROOM, "");
        village.run(600_000);
        assertThat(bob.texts(LAB)).containsExactly("in the old one", "in the new one");
        bob.say(LAB, "heard");
        village.run(3_000);
        assertThat(anna.texts(LAB)).endsWith("heard");
    }

    @Test
    void aDeviceThatKnowsAnotherRoomByTheNameSaysOnceWhyNothingIsShown() {
        create(LAB, true);
        Device phone = village.device("bob", "second");
        village.tellDirectory();
        change(anna, RoomChangeKind.INVITE_MEMBER, "bob");
        anna.say(LAB, "in the old one");
        village.run(1_000);
        change(bob, RoomChangeKind.LEAVE_ROOM, "");
        change(anna, RoomChangeKind.LEAVE_ROOM, "");
        create(LAB, true);
        change(anna, RoomChangeKind.INVITE_MEMBER, "bob");
        anna.say(LAB, "in the new one");
        anna.say(LAB, "and one more");
        village.run(60_000);
        assertThat(phone.texts(LAB)).containsExactly("in the old one");
        assertThat(phone.warnings).singleElement().asString().contains("covey room leave '#lab'");
        change(phone, RoomChangeKind.LEAVE_ROOM, "");
        village.run(600_000);
        assertThat(phone.texts(LAB)).endsWith("in the new one", "and one more");
    }

    @Test
    void whoIsPutOutOfARoomIsToldAtOnceAndWhoLeftItIsNot() {
        create(LAB, true);
        change(anna, RoomChangeKind.INVITE_MEMBER, "bob");
        bob.say(LAB, "hello");
        village.run(1_000);
        ByteString room = village.hub.rooms.byName(LAB).id;
        change(anna, RoomChangeKind.KICK, "bob");
        change(anna, RoomChangeKind.LEAVE_ROOM, "");
        for (Device device : List.of(anna, bob)) {
            device.run(chat -> chat.roomLeft(room));
            device.run(chat -> chat.roomLeft(room));
        }
        village.run(100);
        assertThat(bob.warnings).singleElement().asString().contains("You are in #lab no longer");
        assertThat(anna.warnings).isEmpty();
        bob.run(chat -> assertThat(chat.knownRooms()).isEmpty());
        village.run(100);
    }

    @Test
    void aHubInTroubleIsNotTakenForARoomThatIsGone() {
        create(LAB, true);
        village.hub.queryProblem = Optional.of(ErrorCode.INTERNAL);
        anna.run(chat -> chat.room(LAB, answer()));
        anna.run(chat -> chat.rooms(answer()));
        village.run(100);
        assertThat(refusals).hasSize(2).allMatch(text -> text.contains("in trouble"));
        bob.say(LAB, "not in it");
        anna.say(LAB, "waits for nobody");
        village.run(3_000);
        assertThat(bob.last(LAB).state()).isEqualTo(MessageState.QUEUED);
        assertThat(anna.last(LAB).state()).isEqualTo(MessageState.STORED);
        village.hub.queryProblem = Optional.empty();
        village.run(5_000);
        assertThat(bob.last(LAB).state()).isEqualTo(MessageState.FAILED);
    }

    /** Bob is asked for keys that he does not have. */
    private void aRoomOfBobs(int posts, IntFunction<ByteString> keyId) {
        create(LAB, true);
        change(anna, RoomChangeKind.INVITE_MEMBER, "bob");
        bob.crash();
        village.run(1_000);
        for (int i = 1; i <= posts; i++) {
            RoomItem item = unreadable(i, keyId.apply(i));
            anna.run(chat -> chat.roomItemsReceived(List.of(item)));
        }
        village.run(100);
    }

    @Test
    void postsThatNobodyHasAKeyForAreBounded() {
        aRoomOfBobs(RoomItems.ASIDE_MAX + 500, i -> id(i % 2));
        assertThat(unreadablePosts()).isBetween(RoomItems.ASIDE_MAX / 2, RoomItems.ASIDE_MAX);
        assertThat(anna.warnings).isNotEmpty().allMatch(text -> text.contains("@bob"));
        village.run(10_000);
        assertThat(village.hub.mail(bob.id())).hasSize(2); // what is left is still asked for
    }

    @Test
    void aKeyIsAskedForOnceWhileTheQuestionIsOnItsWay() {
        aRoomOfBobs(1, i -> id(1));
        village.run(TimeUnit.DAYS.toMillis(1));
        assertThat(village.hub.mail(bob.id())).hasSize(1);
        anna.crash();
        anna.restart();
        village.run(TimeUnit.HOURS.toMillis(1));
        assertThat(village.hub.mail(bob.id())).hasSizeLessThanOrEqualTo(2);
        bob.restart();
        village.run(TimeUnit.DAYS.toMillis(1));
        assertThat(village.hub.deposits).isLessThan(RoomItems.ASKED_MAX + 4);
    }

    @Test
    void postsThatAreGivenUpAreTold() {
        aRoomOfBobs(3, i -> id(1));
        village.run(TimeUnit.DAYS.toMillis(31));
        assertThat(unreadablePosts()).isZero();
        assertThat(anna.warnings)
                .singleElement()
                .asString()
                .contains("@bob")
                .contains(LAB)
                .contains("given up");
    }

    @Test
    void aKeyIdOfSomebodyElsesDoesNotHideIt() {
        Device eve = village.device("eve", "eves");
        village.tellDirectory();
        aRoomOfBobs(1, i -> id(1));
        SenderKey sameId = SenderKey.newBuilder()
                .setRoom(village.hub.rooms.byName(LAB).id)
                .setEpoch(2)
                .setKeyId(id(1))
                .setChainKey(ByteString.copyFrom(new byte[32]))
                .build();
        anna.run(chat ->
                chat.opened(eve.id(), "eve", id(7), Bodies.senderKey(sameId, 1).toByteArray()));
        village.run(10_000);
        assertThat(village.hub.mail(bob.id())).hasSize(1);
    }

    private int unreadablePosts() {
        int[] count = new int[1];
        anna.store().scan(Tables.unreadablePosts(), Keys.end(Tables.unreadablePosts()), false, (key, value) -> {
            return ++count[0] > 0;
        });
        return count[0];
    }

    private static ByteString id(int number) {
        return ByteString.copyFrom(Keys.of(1).u64(number).u64(0).build(), 1, 16);
    }

    private RoomItem unreadable(int index, ByteString keyId) {
        ByteString room = village.hub.rooms.byName(LAB).id;
        RoomPost.Builder post =
                RoomPost.newBuilder().setRoom(room).setPostId(id(index)).setEpoch(2);
        post.getSealedBuilder().setKeyId(keyId);
        return RoomItem.newBuilder()
                .setRoom(room)
                .setIndex(index)
                .setFromAccount("bob")
                .setFromDevice(bob.id().toByteString())
                .setPost(post)
                .build();
    }

    @Test
    void keysOfMadeUpRoomsDoNotFillTheDisk() {
        anna.run(chat -> chat.core.context.turn().run(() -> {
            for (int i = 0; i < 3 * RoomKeys.CHAINS_PER_DEVICE_MAX; i++) {
                ByteString id = ByteString.copyFrom(Keys.of(1).u64(i).u64(0).build(), 1, 16);
                SenderKey key = SenderKey.newBuilder()
                        .setRoom(id)
                        .setEpoch(1)
                        .setKeyId(id)
                        .setChainKey(ByteString.copyFrom(new byte[32]))
                        .build();
                assertThat(chat.core.roomKeys.keep(bob.id(), key)).isTrue();
            }
        }));
        village.run(100);
        int[] count = new int[1];
        anna.store().scan(Tables.chains(), Keys.end(Tables.chains()), false, (key, value) -> ++count[0] > 0);
        assertThat(count[0]).isBetween(800, RoomKeys.CHAINS_PER_DEVICE_MAX);
    }
}

package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import covey.directory.Refused;
import covey.mailbox.MailboxState;
import covey.mailbox.RoomLog;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Query;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomInfo;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomWanted;
import covey.wire.proto.RoomsWanted;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RoomTest {
    private static final int ALL = 1 << 30;
    private static final ByteString ANNOUNCE = HubState.ANNOUNCEMENTS;

    private final World hub = World.open();
    private final DeviceId amy = hub.join("amy");
    private final DeviceId bob = hub.join("bob");
    private final DeviceId eve = hub.join("eve");
    private final DeviceId operator = World.id(World.OPERATOR);

    @Test
    void aPublicRoomIsJoinedAndLeftAtWill() {
        ByteString lab = hub.room(amy, "#lab", false);
        assertThat(World.code(hub.as(bob, World.post(lab, "hello")))).isEqualTo(ErrorCode.NOT_FOUND);
        CommandResult joined = hub.ok(hub.as(bob, World.room(lab, RoomChangeKind.JOIN_ROOM, 0, "bob")));
        assertThat(joined.getRoom().getJoined()).isTrue();
        assertThat(hub.lastEffects().roomsChanged()).containsExactly(lab);
        assertThat(info(amy, lab).getMembersList()).containsExactly("amy", "bob");
        assertThat(hub.state.devicesOf(lab)).containsExactlyInAnyOrder(amy, bob);
        hub.ok(hub.as(bob, World.room(lab, RoomChangeKind.LEAVE_ROOM, 0, "bob")));
        assertThat(hub.state.isMember(lab, "bob")).isFalse();
        assertThat(World.code(hub.as(bob, World.room(lab, RoomChangeKind.JOIN_ROOM, 0, "eve"))))
                .isEqualTo(ErrorCode.DENIED);
    }

    @Test
    void postsAreNumberedAndStoredOnce() {
        ByteString lab = lab(amy, bob);
        CommandResult first = hub.ok(hub.as(amy, World.post(lab, "one")));
        assertThat(first.getStored().getIndex()).isEqualTo(1);
        assertThat(hub.lastEffects().roomsGrown()).containsExactly(java.util.Map.entry(lab, 1L));
        assertThat(hub.ok(hub.as(bob, World.post(lab, "two"))).getStored().getIndex())
                .isEqualTo(2);
        assertThat(hub.ok(hub.as(amy, World.post(lab, "one"))).getStored()).isEqualTo(first.getStored());
        assertThat(World.code(hub.as(bob, World.post(lab, "one")))).isEqualTo(ErrorCode.CONFLICT);
        List<RoomItem> items = items(lab);
        assertThat(items).extracting(item -> item.getPost().getText()).containsExactly("one", "two");
        assertThat(items).extracting(RoomItem::getFromAccount).containsExactly("amy", "bob");
        assertThat(hub.state.roomItems(lab, 1, ALL)).containsExactly(items.get(1));
    }

    @Test
    void aPostGoesWhenEveryDeviceOfEveryMemberAcknowledgedIt() {
        DeviceId phone = hub.login("bob", "phone");
        ByteString lab = lab(amy, bob);
        hub.ok(hub.as(amy, World.post(lab, "one")));
        hub.ok(hub.as(amy, World.post(lab, "two")));
        hub.ok(hub.asHub(World.acknowledge(amy, lab, 2)));
        hub.ok(hub.asHub(World.acknowledge(bob, lab, 1)));
        assertThat(items(lab)).hasSize(2);
        hub.ok(hub.asHub(World.acknowledge(phone, lab, 2)));
        assertThat(items(lab)).extracting(RoomItem::getIndex).containsExactly(2L);
        hub.ok(hub.asHub(World.acknowledge(bob, lab, 2)));
        assertThat(items(lab)).isEmpty();
        assertThat(hub.ok(hub.as(amy, World.post(lab, "three"))).getStored().getIndex())
                .isEqualTo(3);
    }

    @Test
    void whoLeavesOrIsRevokedHoldsNothingUp() {
        DeviceId phone = hub.login("bob", "phone");
        ByteString lab = lab(amy, bob, eve);
        hub.ok(hub.as(amy, World.post(lab, "one")));
        hub.ok(hub.asHub(World.acknowledge(amy, lab, 1)));
        hub.ok(hub.asHub(World.acknowledge(bob, lab, 1)));
        hub.ok(hub.as(bob, World.revoking(phone)));
        assertThat(items(lab)).hasSize(1);
        hub.ok(hub.as(eve, World.room(lab, RoomChangeKind.LEAVE_ROOM, 0, "eve")));
        assertThat(items(lab)).isEmpty();
    }

    @Test
    void whoJoinsOrEnrolsLaterStartsAtTheEnd() {
        ByteString lab = lab(amy, bob);
        hub.ok(hub.as(amy, World.post(lab, "one")));
        hub.ok(hub.as(eve, World.room(lab, RoomChangeKind.JOIN_ROOM, 0, "eve")));
        DeviceId phone = hub.login("bob", "phone");
        assertThat(cursor(eve, lab)).isEqualTo(1);
        assertThat(cursor(phone, lab)).isEqualTo(1);
        assertThat(cursor(bob, lab)).isZero();
        assertThat(hub.state.roomsOf(phone))
                .extracting(HubState.RoomCursor::room)
                .containsExactlyInAnyOrder(lab, ANNOUNCE);
    }

    @Test
    void aCursorNeverGoesBackNorBeyondTheEnd() {
        ByteString lab = lab(amy, bob);
        hub.ok(hub.as(amy, World.post(lab, "one")));
        hub.ok(hub.as(amy, World.post(lab, "two")));
        hub.ok(hub.asHub(World.acknowledge(bob, lab, 2)));
        hub.ok(hub.asHub(World.acknowledge(bob, lab, 1)));
        assertThat(cursor(bob, lab)).isEqualTo(2);
        hub.ok(hub.asHub(World.acknowledge(bob, lab, 3)));
        hub.ok(hub.asHub(World.acknowledge(eve, lab, 1)));
        assertThat(cursor(bob, lab)).isEqualTo(2);
        assertThat(hub.state.roomsOf(eve)).extracting(HubState.RoomCursor::room).doesNotContain(lab);
        assertThat(World.code(hub.as(bob, World.acknowledge(bob, lab, 2)))).isEqualTo(ErrorCode.DENIED);
    }

    @Test
    void aRoomKeepsABoundedNumberOfPosts() {
        ByteString lab = lab(amy, bob);
        int posts = RoomLog.ITEMS_PER_ROOM_MAX + 5;
        hub.asMany(
                amy,
                IntStream.rangeClosed(1, posts)
                        .mapToObj(i -> World.post(lab, "post " + i))
                        .toList());
        List<RoomItem> items = items(lab);
        assertThat(items).hasSize(RoomLog.ITEMS_PER_ROOM_MAX);
        assertThat(items.getFirst().getIndex()).isEqualTo(6);
    }

    @Test
    void postsExpire() {
        ByteString lab = lab(amy, bob);
        hub.ok(hub.as(amy, World.post(lab, "old")));
        hub.nowMillis += 1_000;
        hub.ok(hub.as(amy, World.post(lab, "young")));
        hub.nowMillis += MailboxState.LIFETIME_MILLIS - 1_000;
        hub.tick();
        assertThat(items(lab)).extracting(item -> item.getPost().getText()).containsExactly("young");
        hub.nowMillis += 1_000;
        hub.tick();
        assertThat(items(lab)).isEmpty();
    }

    @Test
    void onlyTheOperatorAndAdministratorsAnnounceAndEverybodyGetsIt() {
        assertThat(World.code(hub.as(amy, World.post(ANNOUNCE, "hear me")))).isEqualTo(ErrorCode.DENIED);
        hub.ok(hub.as(operator, World.post(ANNOUNCE, "hear me")));
        assertThat(hub.state.devicesOf(ANNOUNCE)).containsExactlyInAnyOrder(amy, bob, eve, operator);
        for (DeviceId device : List.of(amy, bob, eve, operator)) {
            assertThat(cursor(device, ANNOUNCE)).isZero();
            assertThat(items(ANNOUNCE)).hasSize(1);
            hub.ok(hub.asHub(World.acknowledge(device, ANNOUNCE, 1)));
        }
        assertThat(items(ANNOUNCE)).isEmpty();
        assertThat(World.code(hub.as(operator, World.sealedPost(ANNOUNCE, 0, "sealed"))))
                .isEqualTo(ErrorCode.BAD_REQUEST);
    }

    @Test
    void aPrivateRoomIsEnteredByInvitationOnly() {
        ByteString den = den();
        assertThat(World.code(hub.as(bob, World.room(den, RoomChangeKind.JOIN_ROOM, 2, "bob"))))
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThatThrownBy(() -> info(bob, den)).isInstanceOf(Refused.class);
        hub.ok(hub.as(amy, World.room(den, RoomChangeKind.INVITE_MEMBER, 2, "bob")));
        assertThat(info(bob, den).getEpoch()).isEqualTo(2);
        assertThat(info(bob, den).getMembersList()).containsExactly("amy", "bob");
    }

    @Test
    void everyChangeOfAPrivateRoomIsAStatementOfTheNextEpoch() {
        ByteString den = den();
        assertThat(World.code(hub.as(amy, World.room(den, RoomChangeKind.INVITE_MEMBER, 1, "bob"))))
                .isEqualTo(ErrorCode.CONFLICT);
        assertThat(World.code(hub.as(amy, World.room(den, RoomChangeKind.INVITE_MEMBER, 3, "bob"))))
                .isEqualTo(ErrorCode.CONFLICT);
        hub.ok(hub.as(amy, World.room(den, RoomChangeKind.INVITE_MEMBER, 2, "bob")));
        hub.ok(hub.as(bob, World.room(den, RoomChangeKind.INVITE_MEMBER, 3, "eve")));
        hub.ok(hub.as(amy, World.room(den, RoomChangeKind.KICK, 4, "bob")));
        hub.ok(hub.as(eve, World.room(den, RoomChangeKind.LEAVE_ROOM, 5, "eve")));
        RoomInfo info = info(amy, den);
        assertThat(info.getMembersList()).containsExactly("amy");
        assertThat(info.getStatementsList())
                .extracting(
                        statement -> statement.getChange().getKind(),
                        statement -> statement.getByAccount() + "->"
                                + statement.getChange().getAccount())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(RoomChangeKind.CREATED, "amy->amy"),
                        org.assertj.core.groups.Tuple.tuple(RoomChangeKind.INVITE_MEMBER, "amy->bob"),
                        org.assertj.core.groups.Tuple.tuple(RoomChangeKind.INVITE_MEMBER, "bob->eve"),
                        org.assertj.core.groups.Tuple.tuple(RoomChangeKind.KICK, "amy->bob"),
                        org.assertj.core.groups.Tuple.tuple(RoomChangeKind.LEAVE_ROOM, "eve->eve"));
        assertThat(hub.state.query(amy, wanted(den, 4)).getRoom().getStatementsCount())
                .isEqualTo(2);
    }

    @Test
    void postsToAPrivateRoomAreSealedForItsCurrentMembers() {
        ByteString den = den();
        hub.ok(hub.as(amy, World.sealedPost(den, 1, "secret")));
        assertThat(World.code(hub.as(amy, World.sealedPost(den, 0, "old")))).isEqualTo(ErrorCode.CONFLICT);
        assertThat(World.code(hub.as(amy, World.post(den, "plain")))).isEqualTo(ErrorCode.BAD_REQUEST);
        ByteString lab = lab(amy, bob);
        assertThat(World.code(hub.as(amy, World.sealedPost(lab, 0, "sealed")))).isEqualTo(ErrorCode.BAD_REQUEST);
    }

    @Test
    void onlyTheCreatorKicksUntilItIsGone() {
        ByteString den = den();
        hub.ok(hub.as(amy, World.room(den, RoomChangeKind.INVITE_MEMBER, 2, "bob")));
        hub.ok(hub.as(amy, World.room(den, RoomChangeKind.INVITE_MEMBER, 3, "eve")));
        assertThat(World.code(hub.as(bob, World.room(den, RoomChangeKind.KICK, 4, "eve"))))
                .isEqualTo(ErrorCode.DENIED);
        hub.ok(hub.as(amy, World.room(den, RoomChangeKind.LEAVE_ROOM, 4, "amy")));
        hub.ok(hub.as(bob, World.room(den, RoomChangeKind.KICK, 5, "eve")));
    }

    @Test
    void aRemovedAccountStaysListedInPrivateRoomsAndItsNameIsNotGivenAway() {
        ByteString den = den();
        ByteString lab = lab(amy, bob);
        hub.ok(hub.as(amy, World.room(den, RoomChangeKind.INVITE_MEMBER, 2, "bob")));
        hub.ok(hub.asHub(World.removing("bob")));
        assertThat(info(amy, lab).getMembersList()).containsExactly("amy");
        assertThat(info(amy, den).getMembersList()).containsExactly("amy", "bob");
        assertThat(hub.state.devicesOf(den)).containsExactly(amy);
        assertThat(World.code(hub.asHub(World.joining("bob", "another bob", ""))))
                .isEqualTo(ErrorCode.CONFLICT);
        hub.ok(hub.as(amy, World.room(den, RoomChangeKind.KICK, 3, "bob")));
        hub.ok(hub.asHub(World.joining("bob", "another bob", "")));
    }

    @Test
    void aRoomEndsWithItsLastMemberAndItsNameIsFreeAgain() {
        ByteString lab = lab(amy, bob);
        hub.ok(hub.as(amy, World.post(lab, "one")));
        hub.ok(hub.as(amy, World.room(lab, RoomChangeKind.LEAVE_ROOM, 0, "amy")));
        hub.ok(hub.as(bob, World.room(lab, RoomChangeKind.LEAVE_ROOM, 0, "bob")));
        assertThat(items(lab)).isEmpty();
        assertThat(hub.state.query(amy, wanted()).getRooms().getRoomsList()).isEmpty();
        CommandResult late = hub.as(eve, World.room(lab, RoomChangeKind.JOIN_ROOM, 0, "eve"));
        assertThat(World.code(late)).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(hub.room(eve, "#lab", false)).isNotEqualTo(lab);
    }

    @Test
    void aPrivateRoomEndsWhenNobodyIsLeftWhoCouldBeInIt() {
        ByteString den = den();
        hub.ok(hub.as(amy, World.room(den, RoomChangeKind.INVITE_MEMBER, 2, "bob")));
        hub.ok(hub.asHub(World.removing("amy")));
        hub.ok(hub.asHub(World.removing("bob")));
        hub.ok(hub.asHub(World.joining("bob", "another bob", "")));
        assertThat(hub.room(eve, "#den", true)).isNotEqualTo(den);
    }

    @Test
    void roomsAreListedToThoseWhoMaySeeThem() {
        hub.room(amy, "#lab", false);
        den();
        assertThat(hub.state.query(amy, wanted()).getRooms().getRoomsList())
                .extracting(RoomInfo::getName, RoomInfo::getJoined)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("#den", true),
                        org.assertj.core.groups.Tuple.tuple("#lab", true));
        assertThat(hub.state.query(bob, wanted()).getRooms().getRoomsList())
                .extracting(RoomInfo::getName, RoomInfo::getJoined)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("#lab", false));
    }

    @Test
    void badNamesAndTakenNamesAreRefused() {
        hub.room(amy, "#lab", false);
        for (String name : List.of("#lab", "lab", "#", "#two words", "#LAB", "#" + "x".repeat(48))) {
            Command create = Command.newBuilder()
                    .setRoomCreate(covey.wire.proto.RoomCreate.newBuilder().setName(name))
                    .build();
            assertThat(World.code(hub.as(bob, create)))
                    .as(name)
                    .isEqualTo(name.equals("#lab") ? ErrorCode.CONFLICT : ErrorCode.BAD_REQUEST);
        }
    }

    /** A public room of the first, joined by the others. */
    private ByteString lab(DeviceId first, DeviceId... others) {
        ByteString lab = hub.room(first, "#lab", false);
        for (DeviceId other : others) {
            String account = hub.state.view().accountOf(other).orElseThrow().name();
            hub.ok(hub.as(other, World.room(lab, RoomChangeKind.JOIN_ROOM, 0, account)));
        }
        return lab;
    }

    /** A private room of amy in its first epoch. */
    private ByteString den() {
        ByteString den = hub.room(amy, "#den", true);
        hub.ok(hub.as(amy, World.room(den, RoomChangeKind.CREATED, 1, "amy")));
        return den;
    }

    private RoomInfo info(DeviceId asker, ByteString room) {
        return hub.state.query(asker, wanted(room, 0)).getRoom();
    }

    private static Query wanted(ByteString room, long fromEpoch) {
        return Query.newBuilder()
                .setRoom(RoomWanted.newBuilder().setRoom(room).setFromEpoch(fromEpoch))
                .build();
    }

    private static Query wanted() {
        return Query.newBuilder().setRooms(RoomsWanted.getDefaultInstance()).build();
    }

    private List<RoomItem> items(ByteString room) {
        return hub.state.roomItems(room, 0, ALL);
    }

    private long cursor(DeviceId device, ByteString room) {
        return hub.state.roomsOf(device).stream()
                .filter(cursor -> cursor.room().equals(room))
                .findFirst()
                .orElseThrow()
                .acknowledged();
    }
}

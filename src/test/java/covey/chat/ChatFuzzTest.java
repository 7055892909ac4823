package covey.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.Damaged;
import covey.content.ContentId;
import covey.store.Batch;
import covey.store.MemoryStore;
import covey.store.StoreException;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.Messages;
import covey.wire.WireException;
import covey.wire.proto.Body;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.MailPush;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomPush;
import covey.wire.proto.RoomStatement;
import covey.wire.proto.SenderKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What a partner seals, what a hub says of mail and rooms, and what the own store gives back, however damaged. */
final class ChatFuzzTest {
    private static final String ROOM = "#plan";
    private static final int COPIES = 60;

    private static final Village VILLAGE = new Village(1);
    private static final Device ANNA = VILLAGE.device("anna", "desk");
    private static final Device BOB = VILLAGE.device("bob", "phone");
    private static final Device EVE = VILLAGE.enrol("eve", "never there");

    static {
        VILLAGE.tellDirectory();
        Answer<RoomView> answer = Answer.of(room -> {}, why -> {
            throw new AssertionError(why);
        });
        ANNA.run(chat -> chat.createRoom(ROOM, true, answer));
        VILLAGE.run(1_000);
        ANNA.run(chat -> chat.changeRoom(ROOM, RoomChangeKind.INVITE_MEMBER, "bob", answer));
        VILLAGE.run(1_000);
        ANNA.say(ROOM, "in the room");
        ANNA.say("@bob", "hello");
        BOB.say("@anna", "hi");
        ANNA.say("@eve", "are you there?");
        VILLAGE.run(5_000);
    }

    private static void goesOn() {
        VILLAGE.run(20);
        assertThat(ANNA.warnings).noneMatch(text -> text.contains("is left out"));
        assertThat(ANNA.texts(ROOM)).startsWith("in the room");
    }

    /** As sealed by a partner who wants no good, and as by another device of the own account. */
    @MethodSource("bodies")
    @FuzzTest(maxDuration = "10s")
    void bodiesInsideTheSeal(byte[] data) {
        Random random = new Random(java.util.Arrays.hashCode(data));
        byte[] id = new byte[Limits.ID_BYTES];
        random.nextBytes(id);
        for (String account : List.of("bob", "anna")) {
            ANNA.run(chat -> chat.opened(BOB.id(), account, ByteString.copyFrom(id), data));
        }
        goesOn();
    }

    static Stream<byte[]> bodies() {
        ByteString id = ByteString.copyFrom(new byte[Limits.ID_BYTES]);
        ByteString room = VILLAGE.hub.rooms.byName(ROOM).id;
        SenderKey key = SenderKey.newBuilder()
                .setRoom(room)
                .setKeyId(id)
                .setEpoch(2)
                .setChainKey(ByteString.copyFrom(new byte[32]))
                .build();
        Body.Builder copy = Body.newBuilder();
        copy.getOwnCopyBuilder()
                .setMessageId(id)
                .setToAccount("bob")
                .getTextBuilder()
                .setText("copied");
        Body.Builder text = Body.newBuilder();
        text.getTextBuilder().setText("x");
        Body.Builder offer = Body.newBuilder();
        offer.getTextBuilder()
                .setAttachment(new Attachment(ContentId.ofManifest(new byte[0]), "report.pdf", 1, 1, "ab".repeat(32))
                        .toProto());
        return Damaged.copies(
                COPIES,
                text.build().toByteArray(),
                copy.build().toByteArray(),
                offer.build().toByteArray(),
                Bodies.readReceipt(List.of(id, ANNA.last("@bob").id()), 1).toByteArray(),
                Bodies.leaving(1).toByteArray(),
                Bodies.senderKey(key, 1).toByteArray(),
                Bodies.senderKeyWanted(room, id, 1).toByteArray());
    }

    /** What passed the edge of the connection to the hub. */
    @MethodSource("mails")
    @FuzzTest(maxDuration = "10s")
    void mailOfTheHub(byte[] data) {
        if (checked(FrameType.MAIL, data) instanceof MailPush push) {
            ANNA.run(chat -> chat.mailReceived(push.getItemsList()));
        }
        goesOn();
    }

    static Stream<byte[]> mails() {
        return Damaged.copies(
                COPIES * 3,
                MailPush.newBuilder()
                        .addAllItems(VILLAGE.hub.mail(EVE.id()))
                        .build()
                        .toByteArray());
    }

    @MethodSource("items")
    @FuzzTest(maxDuration = "10s")
    void itemsOfRooms(byte[] data) {
        if (checked(FrameType.ROOM_ITEMS, data) instanceof RoomPush push) {
            ANNA.run(chat -> chat.roomItemsReceived(push.getItemsList()));
        }
        goesOn();
    }

    static Stream<byte[]> items() {
        RoomItem genuine = VILLAGE.hub.rooms.byName(ROOM).items.getFirst();
        RoomItem other = genuine.toBuilder()
                .setIndex(2)
                .setPost(RoomPost.newBuilder()
                        .setPostId(ByteString.copyFrom(new byte[Limits.ID_BYTES]))
                        .setText("open"))
                .build();
        return Damaged.copies(
                COPIES * 3,
                RoomPush.newBuilder().addItems(genuine).addItems(other).build().toByteArray());
    }

    /** The hub lies about who signed what: the room's members stay those who are. */
    @MethodSource("statements")
    @FuzzTest(maxDuration = "10s")
    void statementsAboutMembers(byte[] data) {
        RoomStatement lie;
        try {
            lie = RoomStatement.parseFrom(data);
        } catch (InvalidProtocolBufferException e) {
            return;
        }
        FakeRooms rooms = VILLAGE.hub.rooms;
        rooms.byName(ROOM).statements.add(lie);
        List<RoomView> seen = new ArrayList<>();
        ANNA.run(chat -> chat.room(ROOM, Answer.of(seen::add, why -> {})));
        VILLAGE.run(100);
        rooms.byName(ROOM).statements.removeLast();
        assertThat(seen).allMatch(room -> List.copyOf(room.members()).equals(List.of("anna", "bob")));
        goesOn();
    }

    static Stream<byte[]> statements() {
        List<RoomStatement> genuine = VILLAGE.hub.rooms.byName(ROOM).statements;
        RoomStatement next = genuine.getLast().toBuilder()
                .setChange(genuine.getLast().getChange().toBuilder().setEpoch(genuine.size() + 1))
                .build();
        return Damaged.copies(COPIES, genuine.getLast().toByteArray(), next.toByteArray());
    }

    /** Which record of the store is damaged, and how: told as damage, or passed over; never anything else. */
    @MethodSource("choices")
    @FuzzTest(maxDuration = "10s")
    void recordsOfTheOwnStore(byte[] data) {
        Random random = new Random(java.util.Arrays.hashCode(data));
        Village village = new Village(2);
        Device anna = village.device("anna", "desk");
        Device bob = village.device("bob", "phone");
        village.tellDirectory();
        anna.run(chat -> chat.createRoom(ROOM, true, Answer.of(room -> {}, why -> {})));
        anna.say("@bob", "hello");
        bob.say("@anna", "hi");
        village.run(2_000);
        anna.say(ROOM, "in the room");
        bob.crash();
        anna.say("@bob", "waiting");
        village.run(2_000);
        anna.crash();
        Device eve = village.device("eve", "desk");
        damageOne(anna.store(), random);
        List<String> told = anna.warnings;
        attempt(told, anna::start);
        bob.restart();
        List<String> untold = new ArrayList<>(); // nobody sees what is thrown out of the loop
        attempt(untold, village::tellDirectory);
        anna.say("@bob", "again");
        anna.say(ROOM, "again");
        bob.say("@anna", "still there?");
        eve.say("@anna", "and here?");
        anna.run(chat -> chat.markRead("@bob"));
        for (int i = 0; i < 60; i++) {
            attempt(untold, () -> village.run(1_000));
        }
        attempt(told, () -> anna.engine().conversations());
        attempt(told, () -> anna.engine().inbox(false, 100));
        attempt(told, () -> anna.engine().inbox(true, 100));
        attempt(told, () -> anna.texts("@bob"));
        attempt(told, () -> anna.texts(ROOM));
        List<String> fromEve = new ArrayList<>();
        attempt(told, () -> fromEve.addAll(anna.texts("@eve")));
        boolean isTold = !told.isEmpty() || eve.last("@anna").state() != MessageState.DELIVERED;
        assertThat(fromEve.contains("and here?") || isTold)
                .as("what others say arrives, or somebody is told that it did not")
                .isTrue();
        assertThat(told).allMatch(sentence -> !sentence.isBlank());
    }

    /** Damage is told, or a message is not where it was. */
    private static void attempt(List<String> told, Runnable action) {
        try {
            action.run();
        } catch (StoreException | ChatException e) {
            told.add(e.getMessage());
        }
    }

    private static void damageOne(MemoryStore store, Random random) {
        List<byte[]> keys = new ArrayList<>();
        List<byte[]> values = new ArrayList<>();
        store.scan(new byte[0], new byte[] {(byte) 0xFF}, false, (key, value) -> {
            keys.add(key);
            values.add(value);
            return true;
        });
        int which = random.nextInt(keys.size());
        byte[] damaged = Damaged.damaged(values.get(which), random);
        store.write(new Batch().put(keys.get(which), damaged), true);
    }

    static Stream<byte[]> choices() {
        return IntStream.range(0, 2 * COPIES).mapToObj(i -> new byte[] {(byte) i});
    }

    private static Object checked(FrameType type, byte[] data) {
        try {
            return Messages.decode(
                    new Frame(FrameHeader.newBuilder().setType(type).build(), data));
        } catch (WireException e) {
            return e;
        }
    }
}

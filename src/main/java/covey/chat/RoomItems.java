package covey.chat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.courier.Station;
import covey.identity.SealException;
import covey.store.Turn;
import covey.wire.DeviceId;
import covey.wire.proto.Body;
import covey.wire.proto.KeptDelivery;
import covey.wire.proto.KeptPost;
import covey.wire.proto.KeptRoom;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomWanted;
import covey.wire.proto.SenderKey;
import covey.wire.proto.Text;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in what rooms bring, in the order of the hub, each once by its id. A sealed post whose key, room or sender is
 * not known yet is kept aside and acknowledged, since it is stored; it is shown when the missing piece arrives.
 */
final class RoomItems {
    private static final Logger log = LoggerFactory.getLogger(RoomItems.class);

    private static final long KEPT_MILLIS = TimeUnit.DAYS.toMillis(30);

    /** A key is mostly on its way: it is asked for only after this, and then again more rarely. */
    private static final long ASK_MILLIS = 3_000;

    private static final long ASK_MILLIS_MAX = TimeUnit.MINUTES.toMillis(10);

    /** Posts of one device in one room kept aside: all are looked at again and again. The oldest go first. */
    static final int ASIDE_MAX = 1_000;

    /** So many go at once: finding the oldest looks through the room's. */
    private static final int ASIDE_FORGOTTEN = 100;

    /** Half of what a hub sends ahead ... */
    private static final int ACKNOWLEDGED_BYTES = 32 * 1024;

    /** ... and what is less waits so many seconds: a cursor that is late only has something sent twice. */
    private static final int ACKNOWLEDGE_TICKS = 5;

    /** Rooms in a tick, those first that wait longest: a device may be in many. */
    private static final int ACKNOWLEDGED_ROOMS_MAX = 16;

    private final Context context;
    private final Turn turn;
    private final History history;
    private final RoomBook book;
    private final RoomKeys keys;
    private final RoomPosts posts;
    private final Map<ByteString, Cursor> cursors = new HashMap<>();
    private final Set<ByteString> asideRooms = new LinkedHashSet<>();
    /** At least as many as are kept aside of a device in a room since the start; counted again when too many. */
    private final Map<Sender, Integer> aside = new HashMap<>();

    private final Map<ByteString, Asking> asked = new HashMap<>();
    private final Set<ByteString> refreshing = new HashSet<>();
    private int ticks;

    private static final class Cursor {
        long received;
        long acknowledged;
        int unacknowledgedBytes;
        int dueTick;

        boolean isAhead() {
            return received > acknowledged;
        }
    }

    private record Sender(ByteString room, ByteString device) {
        static Sender of(RoomItem item) {
            return new Sender(item.getRoom(), item.getFromDevice());
        }
    }

    private record Asking(long nextMillis, long pauseMillis) {}

    private enum Outcome {
        DONE,
        LATER
    }

    RoomItems(Context context, History history, RoomBook book, RoomKeys keys, RoomPosts posts) {
        this.context = context;
        this.turn = context.turn();
        this.history = history;
        this.book = book;
        this.keys = keys;
        this.posts = posts;
    }

    void load() {
        turn.scan(Tables.unreadablePosts(), (key, value) -> {
            RoomItem item = Tables.parse(KeptPost.parser(), value).getItem();
            asideRooms.add(item.getRoom());
            aside.merge(Sender.of(item), 1, Integer::sum);
            return true;
        });
    }

    void startOver() {
        cursors.clear();
    }

    void received(RoomItem item) {
        if (!isWellFormed(item)) {
            log.warn("room item is not well formed index={}", item.getIndex());
        } else if (take(item) == Outcome.LATER) {
            KeptPost kept = KeptPost.newBuilder()
                    .setItem(item)
                    .setSinceMillis(context.station().wallMillis())
                    .build();
            turn.put(
                    Tables.unreadablePost(
                            item.getRoom(), item.getIndex(), item.getPost().getPostId()),
                    kept.toByteArray());
            asideRooms.add(item.getRoom());
            if (aside.merge(Sender.of(item), 1, Integer::sum) > ASIDE_MAX) {
                forgetOldest(Sender.of(item), item.getFromAccount());
            }
        }
        if (Bodies.isRoom(item.getRoom())) {
            Cursor cursor = cursors.computeIfAbsent(item.getRoom(), room -> new Cursor());
            if (!cursor.isAhead()) {
                cursor.dueTick = ticks + ACKNOWLEDGE_TICKS;
            }
            if (item.getIndex() <= cursor.acknowledged) { // the hub did not hear of it: said again
                cursor.acknowledged = item.getIndex() - 1;
            }
            cursor.received = Math.max(cursor.received, item.getIndex());
            cursor.unacknowledgedBytes += item.getSerializedSize();
        }
        turn.mustSurvive();
    }

    private void forgetOldest(Sender sender, String account) {
        List<byte[]> keysByAge = new ArrayList<>();
        List<ByteString> keyIds = new ArrayList<>();
        turn.scan(Tables.unreadablePosts(sender.room()), (key, value) -> {
            RoomItem item = Tables.parse(KeptPost.parser(), value).getItem();
            if (item.getFromDevice().equals(sender.device())) {
                keysByAge.add(key);
                keyIds.add(item.getPost().getSealed().getKeyId());
            }
            return true;
        });
        int tooMany = keysByAge.size() <= ASIDE_MAX ? 0 : keysByAge.size() - ASIDE_MAX + ASIDE_FORGOTTEN;
        keysByAge.subList(0, tooMany).forEach(turn::delete);
        keyIds.subList(0, tooMany).forEach(asked::remove);
        aside.put(sender, keysByAge.size() - tooMany);
        if (tooMany > 0) {
            context.station()
                    .warn("Some posts of @" + account + " are not shown: more than " + ASIDE_MAX
                            + " of one room could not be opened, and the oldest were given up.");
        }
    }

    private static boolean isWellFormed(RoomItem item) {
        RoomPost post = item.getPost();
        boolean isNamed = Bodies.isRoom(item.getRoom())
                && Bodies.isSoundId(post.getPostId())
                && item.getFromDevice().size() == DeviceId.BYTES
                && Bodies.isAccountName(item.getFromAccount());
        return isNamed
                && switch (post.getContentCase()) {
                    case TEXT -> Bodies.isSoundText(post.getText());
                    case SEALED -> Bodies.isKeyId(post.getSealed().getKeyId()) && post.getEpoch() > 0;
                    case CONTENT_NOT_SET -> false;
                };
    }

    private Outcome take(RoomItem item) {
        ByteString id = item.getPost().getPostId();
        DeviceId device = DeviceId.of(item.getFromDevice());
        if (history.has(item.getRoom(), device, id)) {
            if (device.equals(context.me()) && history.find(id).isPresent()) {
                posts.confirmed(id);
            }
            return Outcome.DONE;
        }
        Optional<String> account = context.people().enrolledFor(device);
        if (account.isEmpty()) {
            return Outcome.LATER; // the directory will tell
        }
        if (!account.get().equals(item.getFromAccount()) || context.people().isBlocked(account.get())) {
            log.info("room item is dropped device={}", device.shortText());
            return Outcome.DONE;
        }
        if (item.getRoom().equals(RoomBook.ANNOUNCEMENTS_ID)) {
            return item.getPost().hasText()
                    ? show(
                            RoomBook.ANNOUNCEMENTS,
                            item,
                            device,
                            Bodies.said(item.getPost().getText()))
                    : Outcome.DONE;
        }
        Optional<KeptRoom> room = book.byId(item.getRoom());
        if (room.isEmpty() || item.getPost().getEpoch() > room.get().getEpoch()) {
            refresh(item.getRoom());
            return Outcome.LATER;
        }
        if (room.get().getIsPrivate() != item.getPost().hasSealed()) {
            log.warn(
                    "room item is sealed in a public room, or open in a private one room={}",
                    room.get().getName());
            return Outcome.DONE;
        }
        return room.get().getIsPrivate()
                ? takeSealed(room.get(), item, device)
                : show(
                        room.get().getName(),
                        item,
                        device,
                        Bodies.said(item.getPost().getText()));
    }

    private Outcome takeSealed(KeptRoom room, RoomItem item, DeviceId device) {
        RoomPost post = item.getPost();
        SortedSet<String> members = book.at(room.getRoom(), post.getEpoch());
        if (device.equals(context.me())) {
            return Outcome.DONE; // forgotten with an older home folder; its key too
        }
        if (!members.contains(item.getFromAccount()) || !members.contains(context.account())) {
            return Outcome.DONE; // said by somebody else, or before this account was in the room
        }
        Optional<byte[]> publicKey = context.people().publicKey(device);
        if (publicKey.isEmpty()) {
            return Outcome.LATER;
        }
        try {
            Optional<byte[]> opened = keys.open(device, publicKey.get(), post);
            if (opened.isEmpty()) {
                asked.putIfAbsent(
                        post.getSealed().getKeyId(),
                        new Asking(context.station().monotonicMillis() + ASK_MILLIS, ASK_MILLIS));
                return Outcome.LATER;
            }
            Body body = Body.parseFrom(opened.get());
            boolean isText = body.hasText() && Bodies.isSound(body);
            return isText ? show(room.getName(), item, device, body.getText()) : Outcome.DONE;
        } catch (SealException | InvalidProtocolBufferException e) {
            log.warn("post cannot be verified room={} why={}", room.getName(), e.getMessage());
            return Outcome.DONE;
        }
    }

    private Outcome show(String conversation, RoomItem item, DeviceId device, Text said) {
        boolean isOwn = item.getFromAccount().equals(context.account());
        boolean isSealed = item.getPost().hasSealed();
        ByteString id = item.getPost().getPostId();
        KeptDelivery stored =
                KeptDelivery.newBuilder().setState(MessageState.STORED.number()).build();
        ChatMessage message = isOwn
                ? history.addOutgoing(
                        conversation,
                        Station.localId(item.getRoom(), device, id),
                        said,
                        item.getTimeMillis(),
                        isSealed,
                        stored)
                : history.addIncoming(
                        conversation,
                        item.getRoom(),
                        id,
                        item.getFromAccount(),
                        device,
                        said,
                        item.getTimeMillis(),
                        isSealed);
        context.tell(message, true);
        return Outcome.DONE;
    }

    private void refresh(ByteString room) {
        if (context.isHubUp() && refreshing.add(room)) {
            book.refresh(
                    RoomWanted.newBuilder().setRoom(room).build(),
                    Answer.of(
                            known -> {
                                refreshing.remove(room);
                                tryAgain(room);
                            },
                            refused -> refreshing.remove(room)));
        }
    }

    void senderKey(DeviceId from, SenderKey key) {
        if (keys.keep(from, key)) {
            asked.remove(key.getKeyId());
            tryAgain(key.getRoom());
        }
    }

    void directoryChanged() {
        Set.copyOf(asideRooms).forEach(this::tryAgain);
    }

    private void tryAgain(ByteString room) {
        if (!asideRooms.contains(room)) {
            return;
        }
        boolean[] isAnyLeft = new boolean[1];
        turn.scan(Tables.unreadablePosts(room), (key, value) -> {
            KeptPost kept = Tables.parse(KeptPost.parser(), value);
            boolean isOld = context.station().wallMillis() - kept.getSinceMillis() > KEPT_MILLIS;
            if (isOld || take(kept.getItem()) == Outcome.DONE) {
                turn.delete(key);
                turn.mustSurvive();
            } else {
                isAnyLeft[0] = true;
            }
            return true;
        });
        if (!isAnyLeft[0]) {
            asideRooms.remove(room);
        }
    }

    void tick() {
        Set.copyOf(asideRooms).forEach(this::askForKeys);
        ticks++;
        cursors.entrySet().stream()
                .filter(entry -> entry.getValue().isAhead() && ticks >= entry.getValue().dueTick)
                .sorted(Comparator.comparingInt(entry -> entry.getValue().dueTick))
                .limit(ACKNOWLEDGED_ROOMS_MAX)
                .forEach(entry -> acknowledge(entry.getKey(), entry.getValue()));
    }

    private void askForKeys(ByteString room) {
        long now = context.station().monotonicMillis();
        if (asked.values().stream().anyMatch(asking -> now >= asking.nextMillis())
                || book.byId(room).isEmpty()) {
            tryAgain(room);
        }
        turn.scan(Tables.unreadablePosts(room), (key, value) -> {
            RoomItem item = Tables.parse(KeptPost.parser(), value).getItem();
            ByteString keyId = item.getPost().getSealed().getKeyId();
            Asking asking = asked.get(keyId);
            if (asking != null && now >= asking.nextMillis()) {
                asked.put(
                        keyId,
                        new Asking(now + asking.pauseMillis(), Math.min(2 * asking.pauseMillis(), ASK_MILLIS_MAX)));
                keys.want(DeviceId.of(item.getFromDevice()), room, keyId);
            }
            return true;
        });
    }

    /** Says how far this device has stored what rooms said, where that is enough to be worth a frame. */
    void acknowledge() {
        cursors.forEach((room, cursor) -> {
            if (cursor.isAhead() && cursor.unacknowledgedBytes >= ACKNOWLEDGED_BYTES) {
                acknowledge(room, cursor);
            }
        });
    }

    private void acknowledge(ByteString room, Cursor cursor) {
        long upTo = cursor.received;
        cursor.acknowledged = upTo;
        cursor.unacknowledgedBytes = 0;
        turn.after(() -> context.station().paths.roomStored(room, upTo));
    }
}

package covey.chat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.courier.Pace;
import covey.courier.RoomCursors;
import covey.courier.Station;
import covey.identity.SealException;
import covey.store.Records;
import covey.store.Turn;
import covey.wire.BodyRules;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.Body;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.KeptDelivery;
import covey.wire.proto.KeptPost;
import covey.wire.proto.KeptRoom;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomWanted;
import covey.wire.proto.SenderKey;
import covey.wire.proto.Text;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in what rooms bring, in the order of the hub, each once by its id. A sealed post whose key, room or sender is
 * not known yet is kept aside and acknowledged, since it is stored; it is shown when the missing piece arrives.
 */
final class RoomItems {
    private static final Logger log = LoggerFactory.getLogger(RoomItems.class);

    /** A key is mostly on its way: it is asked for only after this, and then again more rarely. */
    private static final long ASK_MILLIS = 3_000;

    private static final long ASK_MILLIS_MAX = TimeUnit.MINUTES.toMillis(10);

    /** Of one key in a session: its sender may have lost it, and mailboxes have room for better things. */
    static final int ASKED_MAX = 8;

    /** Posts of one device in one room kept aside: all are looked at again and again. The oldest go first. */
    static final int ASIDE_MAX = 1_000;

    /** So many go at once: finding the oldest looks through the room's. */
    private static final int ASIDE_FORGOTTEN = 100;

    private final Context context;
    private final Turn turn;
    private final History history;
    private final RoomBook book;
    private final RoomKeys keys;
    private final RoomPosts posts;
    final RoomCursors cursors;
    private final Set<ByteString> asideRooms = new LinkedHashSet<>();
    /** At least as many as are kept aside of a device in a room since the start; counted again when too many. */
    private final Map<Sender, Integer> aside = new HashMap<>();

    private final Map<Wanted, Asking> asked = new HashMap<>();
    private final Set<ByteString> refreshing = new HashSet<>();
    /** Rooms that the hub did not tell of. */
    private final Map<ByteString, Pace> refused = new HashMap<>();

    private record Sender(ByteString room, ByteString device) {
        static Sender of(RoomItem item) {
            return new Sender(item.getRoom(), item.getFromDevice());
        }
    }

    private record Wanted(Sender sender, ByteString keyId) {
        static Wanted by(RoomItem item) {
            return new Wanted(Sender.of(item), item.getPost().getSealed().getKeyId());
        }
    }

    private static final class Asking {
        final Pace pace = newPace();
        int times;
        ByteString itemId = ByteString.EMPTY;
    }

    private static Pace newPace() {
        return new Pace(ASK_MILLIS, ASK_MILLIS_MAX);
    }

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
        this.cursors = new RoomCursors(context.station());
    }

    void load() {
        context.station().load(Tables.unreadablePosts(), (key, value) -> {
            RoomItem item = Records.parse(KeptPost.parser(), value).getItem();
            asideRooms.add(item.getRoom());
            aside.merge(Sender.of(item), 1, Integer::sum);
            return true;
        });
    }

    void startOver() {
        cursors.startOver();
        refused.clear();
        asked.values().forEach(asking -> asking.times = 0);
    }

    /** @param isFit false passes it over: this device failed at it before */
    void received(RoomItem item, boolean isFit) {
        if (!isFit || !isWellFormed(item)) {
            log.warn("room item is not well formed, or not fit, index={}", item.getIndex());
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
        cursors.received(item);
        turn.mustSurvive();
    }

    private void forgetOldest(Sender sender, String account) {
        List<byte[]> keysByAge = new ArrayList<>();
        List<Wanted> wanted = new ArrayList<>();
        turn.scanSound(Tables.unreadablePosts(sender.room()), (key, value) -> {
            RoomItem item = Records.parse(KeptPost.parser(), value).getItem();
            if (item.getFromDevice().equals(sender.device())) {
                keysByAge.add(key);
                wanted.add(Wanted.by(item));
            }
            return true;
        });
        int tooMany = keysByAge.size() <= ASIDE_MAX ? 0 : keysByAge.size() - ASIDE_MAX + ASIDE_FORGOTTEN;
        keysByAge.subList(0, tooMany).forEach(turn::delete);
        Set<Wanted> left = new HashSet<>(wanted.subList(tooMany, wanted.size()));
        asked.keySet().removeIf(key -> key.sender().equals(sender) && !left.contains(key));
        aside.put(sender, keysByAge.size() - tooMany);
        if (tooMany > 0) {
            context.station()
                    .warn("Some posts of @" + account + " are not shown: more than " + ASIDE_MAX
                            + " of one room could not be opened, and the oldest were given up.");
        }
    }

    private static boolean isWellFormed(RoomItem item) {
        RoomPost post = item.getPost();
        boolean isNamed = BodyRules.isRoom(item.getRoom())
                && BodyRules.isId(post.getPostId())
                && item.getFromDevice().size() == DeviceId.BYTES
                && BodyRules.isAccountName(item.getFromAccount());
        return isNamed
                && switch (post.getContentCase()) {
                    case TEXT -> BodyRules.isText(post.getText());
                    case SEALED -> BodyRules.isId(post.getSealed().getKeyId()) && post.getEpoch() > 0;
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
                asked.computeIfAbsent(Wanted.by(item), key -> {
                    Asking asking = new Asking();
                    asking.pace.tried(context.station().monotonicMillis());
                    return asking;
                });
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
        if (context.isHubUp() && mayRefresh(room) && refreshing.add(room)) {
            book.refresh(
                    RoomWanted.newBuilder().setRoom(room).build(),
                    Answer.of(
                            known -> {
                                refreshing.remove(room);
                                refused.remove(room);
                                tryAgain(room);
                            },
                            why -> {
                                refreshing.remove(room);
                                if (why.code() == ErrorCode.DAMAGED && !refused.containsKey(room)) {
                                    context.station().warn(why.getMessage());
                                }
                                refused.computeIfAbsent(room, key -> newPace())
                                        .tried(context.station().monotonicMillis());
                            }));
        }
    }

    private boolean mayRefresh(ByteString room) {
        return !refused.containsKey(room)
                || refused.get(room).isDue(context.station().monotonicMillis());
    }

    void senderKey(DeviceId from, SenderKey key) {
        if (keys.keep(from, key)) {
            asked.remove(new Wanted(new Sender(key.getRoom(), from.toByteString()), key.getKeyId()));
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
        Set<String> givenUp = new TreeSet<>();
        int damaged = turn.scanSound(Tables.unreadablePosts(room), (key, value) -> {
            KeptPost kept = Records.parse(KeptPost.parser(), value);
            boolean isOld = context.station().wallMillis() - kept.getSinceMillis() > Limits.MAIL_LIFETIME_MILLIS;
            boolean isDone = take(kept.getItem()) == Outcome.DONE;
            if (isOld && !isDone) {
                givenUp.add(kept.getItem().getFromAccount());
            }
            if (isOld || isDone) {
                turn.delete(key);
                turn.mustSurvive();
            } else {
                isAnyLeft[0] = true;
            }
            return true;
        });
        if (!isAnyLeft[0] && damaged == 0) {
            asideRooms.remove(room);
            asked.keySet().removeIf(key -> key.sender().room().equals(room));
        }
        String name = book.byId(room).map(KeptRoom::getName).orElse("a room that is not known here");
        givenUp.forEach(account -> context.station()
                .warn("Posts of @" + account + " in " + name + " could not be opened for "
                        + TimeUnit.MILLISECONDS.toDays(Limits.MAIL_LIFETIME_MILLIS)
                        + " days and are given up. Ask for them."));
    }

    void tick() {
        Set.copyOf(asideRooms).forEach(this::askForKeys);
        cursors.tick();
    }

    private void askForKeys(ByteString room) {
        long now = context.station().monotonicMillis();
        List<Wanted> due = asked.entrySet().stream()
                .filter(entry -> entry.getKey().sender().room().equals(room)
                        && entry.getValue().pace.isDue(now))
                .map(Map.Entry::getKey)
                .toList();
        if (!due.isEmpty() || (book.byId(room).isEmpty() && mayRefresh(room))) {
            tryAgain(room);
        }
        due.forEach(wanted -> ask(wanted, now));
    }

    /** Once at a time: what was asked before may still be on its way. */
    private void ask(Wanted wanted, long now) {
        Asking asking = asked.get(wanted);
        if (asking == null) {
            return;
        }
        asking.pace.tried(now);
        DeviceId device = DeviceId.of(wanted.sender().device());
        if (asking.times < ASKED_MAX && !keys.isAsked(device, asking.itemId)) {
            asking.times++;
            asking.itemId = keys.want(device, wanted.sender().room(), wanted.keyId());
        }
    }
}

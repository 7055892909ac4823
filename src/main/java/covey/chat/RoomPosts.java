package covey.chat;

import com.google.protobuf.ByteString;
import covey.courier.Station;
import covey.mailbox.RoomChain;
import covey.store.Counter;
import covey.store.Records;
import covey.store.Turn;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.KeptDelivery;
import covey.wire.proto.KeptRoom;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomWanted;
import covey.wire.proto.Text;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What is said in rooms and announced: posted to the hub in order, kept until it confirms. One of those under way that
 * the hub is too busy for comes after the others.
 */
final class RoomPosts {
    /** Posts of one room on their way. */
    private static final int IN_FLIGHT_MAX = 16;

    private static final long RETRY_MILLIS = 2_000;

    /** The membership may change under a post now and then, not again and again. */
    private static final int CONFLICTS_MAX = 8;

    private final Context context;
    private final Turn turn;
    private final History history;
    private final RoomBook book;
    private final RoomKeys keys;
    private final Counter orders;
    private final TreeMap<Long, Posting> waiting = new TreeMap<>();
    private final Map<String, Long> notBeforeMillis = new HashMap<>();
    private final Set<String> refreshing = new HashSet<>();

    private static final class Posting {
        final long order;
        final ByteString id;
        final String room;
        boolean isFlying;
        int conflicts;

        Posting(long order, ByteString id, String room) {
            this.order = order;
            this.id = id;
            this.room = room;
        }
    }

    RoomPosts(Context context, History history, RoomBook book, RoomKeys keys) {
        this.context = context;
        this.turn = context.turn();
        this.history = history;
        this.book = book;
        this.keys = keys;
        this.orders = new Counter(turn, Tables.POSTING_ORDER_KEY);
    }

    void load() {
        context.station().load(Tables.postings(), (key, value) -> {
            ByteString id = ByteString.copyFrom(value);
            history.find(id).ifPresent(found -> add(Records.number(key), id, found.conversation()));
            return true;
        });
        pump();
    }

    private void add(long order, ByteString id, String room) {
        waiting.put(order, new Posting(order, id, room));
    }

    int count() {
        return waiting.size();
    }

    private boolean isSealed(String room) {
        return book.byName(room).filter(KeptRoom::getIsPrivate).isPresent();
    }

    void check(String room, Text said) {
        if (said.hasAttachment() && !isSealed(room)) {
            throw new ChatException(
                    ErrorCode.BAD_REQUEST,
                    "What is said in " + room + " is not sealed, so no file can be offered there. Share it with the"
                            + " room instead: covey share PATH --room '" + room + "'.");
        }
    }

    /** What was checked. */
    ChatMessage send(String room, Text said) {
        ByteString id = context.station().newId();
        ChatMessage message = history.addOutgoing(
                room, id, said, context.station().wallMillis(), isSealed(room), KeptDelivery.getDefaultInstance());
        long order = orders.next();
        turn.put(Tables.posting(order), id.toByteArray());
        turn.mustSurvive();
        add(order, id, room);
        turn.after(() -> turn.run(this::pump));
        return message;
    }

    void pump() {
        if (!context.isHubUp()) {
            return;
        }
        Map<String, Integer> flying = new HashMap<>();
        Set<String> halted = new HashSet<>();
        for (Posting posting : List.copyOf(waiting.values())) {
            boolean mayGo = !halted.contains(posting.room)
                    && !refreshing.contains(posting.room)
                    && context.station().monotonicMillis() >= notBeforeMillis.getOrDefault(posting.room, Long.MIN_VALUE)
                    && flying.merge(posting.room, 1, Integer::sum) <= IN_FLIGHT_MAX;
            if (mayGo && !posting.isFlying && !post(posting)) {
                halted.add(posting.room);
            }
        }
    }

    /** False when the room has to be looked at first. */
    private boolean post(Posting posting) {
        Optional<History.Found> found = history.find(posting.id);
        if (found.isEmpty()) {
            forget(posting);
            return true;
        }
        RoomPost.Builder post = RoomPost.newBuilder().setPostId(posting.id);
        if (posting.room.equals(RoomBook.ANNOUNCEMENTS)) {
            post.setRoom(RoomBook.ANNOUNCEMENTS_ID)
                    .setText(found.get().message().getText());
        } else {
            Optional<KeptRoom> room = book.byName(posting.room).filter(KeptRoom::getJoined);
            boolean isUnsigned = room.filter(known -> known.getIsPrivate() && known.getEpoch() == 0)
                    .isPresent();
            if (room.isEmpty() || isUnsigned) {
                refresh(posting.room);
                return false;
            }
            post.setRoom(room.get().getRoom());
            if (room.get().getIsPrivate()) {
                RoomChain chain = RoomBook.chainOf(room.get());
                post.setEpoch(chain.epoch()).setSealed(keys.seal(chain, posting.id, Bodies.text(found.get())));
            } else {
                post.setText(found.get().message().getText());
            }
        }
        posting.isFlying = true;
        Command command = Command.newBuilder().setRoomPost(post).build();
        turn.after(() -> context.station().command(command, result -> answered(posting, result)));
        return true;
    }

    private void refresh(String room) {
        refreshing.add(room);
        boolean isNew = book.byName(room).isEmpty();
        book.refresh(
                RoomWanted.newBuilder().setName(room).build(),
                Answer.of(
                        known -> {
                            refreshing.remove(room);
                            boolean isOurs = known.getJoined() && !(known.getIsPrivate() && known.getEpoch() == 0);
                            if (isOurs) {
                                if (isNew && !known.getIsPrivate()) {
                                    context.station().warn(isPublic(room));
                                }
                                pump();
                            } else {
                                failAll(
                                        room,
                                        "You are not in " + room + ". Join it first: covey room join '" + room + "'.");
                            }
                        },
                        refused -> {
                            refreshing.remove(room);
                            if (Station.mayPass(refused.code())) {
                                later(room);
                            } else {
                                failAll(room, refused.getMessage());
                            }
                        }));
    }

    private static String isPublic(String room) {
        return room + " is a public room, says the hub: what is said there is not sealed, the hub can read it."
                + " If you know it as a private one, say no more there and ask who runs the hub.";
    }

    private void answered(Posting posting, CommandResult result) {
        if (!waiting.containsKey(posting.order)) {
            return;
        }
        posting.isFlying = false;
        if (!result.hasProblem()) {
            confirmed(posting.id);
            pump();
            return;
        }
        String why = result.getProblem().getMessage();
        ErrorCode code = result.getProblem().getCode();
        boolean isStale = code == ErrorCode.CONFLICT || code == ErrorCode.STALE_DEVICES;
        if (isStale && ++posting.conflicts <= CONFLICTS_MAX) {
            if (!refreshing.contains(posting.room)) {
                refresh(posting.room);
            }
        } else if (Station.mayPass(code)) {
            later(posting.room);
        } else {
            fail(posting, why);
            pump();
        }
    }

    /** The hub has it: it answered so, or the post came back as an item of the room. */
    void confirmed(ByteString id) {
        waiting.values().stream()
                .filter(posting -> posting.id.equals(id))
                .findFirst()
                .ifPresent(this::forget);
        history.setState(id, MessageState.STORED, "");
    }

    private void later(String room) {
        notBeforeMillis.put(room, context.station().monotonicMillis() + RETRY_MILLIS);
    }

    private void forget(Posting posting) {
        waiting.remove(posting.order);
        turn.delete(Tables.posting(posting.order));
    }

    private void fail(Posting posting, String reason) {
        forget(posting);
        history.setState(posting.id, MessageState.FAILED, reason);
    }

    private void failAll(String room, String reason) {
        for (Posting posting : List.copyOf(waiting.values())) {
            if (posting.room.equals(room) && !posting.isFlying) {
                fail(posting, reason);
            }
        }
    }
}

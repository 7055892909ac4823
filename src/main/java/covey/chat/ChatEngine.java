package covey.chat;

import com.google.protobuf.ByteString;
import covey.courier.Courier;
import covey.courier.Incoming;
import covey.courier.PathKind;
import covey.courier.Paths;
import covey.courier.Station;
import covey.env.Env;
import covey.env.Loop;
import covey.identity.DeviceKeys;
import covey.store.Batch;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.store.StoreException;
import covey.store.Turn;
import covey.wire.DeviceId;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.MailItem;
import covey.wire.proto.RelayFailure;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomItem;
import covey.wire.proto.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Everything this device says and hears. Owned by the peer's loop: every method is called from its tasks, but for the
 * reading ones, which say so.
 *
 * <p>State is written once at the end of the turn; what others hear of it (frames, acknowledgements, the listener) is
 * released after that. After a crash, a new engine over the same store goes on where the last durable turn ended.
 */
public final class ChatEngine {
    /** Messages that may wait for delivery, and their characters: more is refused with a sentence. */
    public static final int OUTBOX_MESSAGES_MAX = 10_000;

    public static final long OUTBOX_BYTES_MAX = 64L << 20;

    private final Env env;
    private final DeviceKeys keys;
    private final String account;
    private final People people;
    private final Paths paths;
    private final Listener listener;
    private final Turn turn;
    private final HistoryReader reader;
    private final Map<String, String> waits = new ConcurrentHashMap<>();
    private final Incoming incoming;
    private long streamEpoch;
    Core core;
    private boolean isStarted;
    private final AtomicBoolean isDamageTold = new AtomicBoolean();
    private volatile int queued;

    /**
     * @param store this engine's alone
     * @param account own name, without '@'
     */
    public ChatEngine(
            Env env,
            Loop loop,
            OrderedStore store,
            DeviceKeys keys,
            String account,
            People people,
            Paths paths,
            Listener listener) {
        this.env = env;
        this.keys = keys;
        this.account = account;
        this.people = people;
        this.paths = paths;
        this.listener = listener;
        this.turn = new Turn(loop, store);
        this.reader = new HistoryReader(store, waits, () -> loop.execute(this::warnOfDamage));
        this.streamEpoch = open(env, store);
        this.core = newCore();
        this.incoming = new Incoming(loop, turn, listener::warning, () -> core, this::change);
        turn.onLoss(this::beginAgain);
        if (loop.isCurrent()) {
            change(() -> {});
        } else {
            loop.execute(() -> change(() -> {}));
        }
    }

    private Core newCore() {
        Station station = new Station(env, turn, keys, people, paths, listener::warning);
        return new Core(new Context(station, account, people, listener), streamEpoch, waits, reader);
    }

    private static long open(Env env, OrderedStore store) {
        long format = store.get(Tables.FORMAT_KEY).map(Records::number).orElse(0L);
        if (format > Tables.FORMAT) {
            throw new StoreException(
                    "This device's messages are kept in format " + format + ", which is newer than this Covey knows ("
                            + Tables.FORMAT + "): start the newer one.",
                    StoreException.Reason.FAILED);
        }
        if (format < Tables.FORMAT) {
            store.write(new Batch().put(Tables.FORMAT_KEY, Tables.number(Tables.FORMAT)), true);
        }
        return Courier.claimEpochs(env, store);
    }

    /** A turn could not be stored: what it did is forgotten, and what came in with it is taken in again. */
    private void beginAgain(StoreException why) {
        core.context.station().end();
        streamEpoch++;
        core = newCore();
        isStarted = false;
        incoming.lost(why);
    }

    /** Once: what is damaged is found with every reading. */
    private void warnOfDamage() {
        if (isDamageTold.compareAndSet(false, true)) {
            listener.warning("Some of what was said cannot be read back from this device's disk and is not shown."
                    + " Check the disk: covey doctor.");
        }
    }

    // What a person does

    /**
     * Says something to {@code @account}, {@code #room} or {@code !announce}. The message is QUEUED, and durable when
     * the action given to {@link #whenDurable} after this call runs.
     *
     * @throws ChatException when there is no such receiver, the text is too long or too much waits already
     */
    public ChatMessage send(String to, String text) {
        return send(to, Bodies.said(Bodies.checkedText(text)));
    }

    /**
     * As {@link #send(String, String)}, and offers a file to a person or a private room. Whoever asks for its bytes is
     * served by somebody else; here it is only told.
     */
    public ChatMessage send(String to, String text, Attachment attachment) {
        Text said = Bodies.said(Bodies.checkedText(text)).toBuilder()
                .setAttachment(attachment.toProto())
                .build();
        return send(to, said);
    }

    private ChatMessage send(String to, Text said) {
        String receiver = Receivers.conversation(to);
        checkRoom(said.getText());
        if (receiver.startsWith("@")) {
            Receivers.check(receiver.substring(1), people);
        } else {
            core.posts.check(receiver, said);
        }
        return changing(() -> core.context.tell(
                receiver.startsWith("@")
                        ? core.deliveries.send(receiver.substring(1), said)
                        : core.posts.send(receiver, said),
                true));
    }

    private void checkRoom(String text) {
        int messages = core.deliveries.openCount() + core.posts.count();
        if (messages >= OUTBOX_MESSAGES_MAX || core.deliveries.openBytes() + text.length() > OUTBOX_BYTES_MAX) {
            throw new ChatException(
                    ErrorCode.OVER_LIMIT,
                    messages + " messages wait for delivery already (at most " + OUTBOX_MESSAGES_MAX + " or "
                            + (OUTBOX_BYTES_MAX >> 20) + " MiB may). Wait until some have arrived: covey status.");
        }
    }

    /**
     * Runs {@code then} once everything done so far in this turn is durable, or {@code failed} when it could not be
     * stored (disk full): then nothing of this turn happened.
     */
    public void whenDurable(Runnable then, Consumer<ChatException> failed) {
        turn.after(
                then,
                why -> failed.accept(new ChatException(
                        why.isDiskFull() ? ErrorCode.OVER_LIMIT : ErrorCode.DAMAGED,
                        "Nothing was stored: " + why.getMessage())));
    }

    /** Marks all of the conversation as read and tells the senders. */
    public void markRead(String conversation) {
        String name = Receivers.conversation(conversation);
        change(() -> core.deliveries.markRead(name, id -> true));
    }

    /** Marks these as read and tells the senders; what stands behind an unread one that was not shown stays unread. */
    public void markRead(List<ChatMessage> shown) {
        Set<ByteString> ids = shown.stream().map(ChatMessage::id).collect(Collectors.toSet());
        change(() -> shown.stream()
                .map(ChatMessage::conversation)
                .distinct()
                .forEach(name -> core.deliveries.markRead(name, ids::contains)));
    }

    /** The conversation is closed here: tells the partner, if it is there to hear it. Rooms are not left by this. */
    public void leave(String conversation) {
        String name = Receivers.conversation(conversation);
        if (name.startsWith("@")) {
            change(() -> core.deliveries.leave(name.substring(1)));
        }
    }

    /** Makes a room that the own account is in. */
    public void createRoom(String name, boolean isPrivate, Answer<RoomView> answer) {
        String room = Receivers.room(name);
        change(() -> core.book.create(room, isPrivate, answer));
    }

    /** Invite, kick, join or leave; {@code account} is empty for the last two. */
    public void changeRoom(String name, RoomChangeKind kind, String account, Answer<RoomView> answer) {
        String room = Receivers.room(name);
        String subject = account.isEmpty() ? "" : Receivers.account(account);
        change(() -> core.book.change(room, kind, subject, answer));
    }

    /** The room as the hub knows it now, or as it was known last when the hub is away. */
    public void room(String name, Answer<RoomView> answer) {
        String room = Receivers.room(name);
        change(() -> core.book.room(room, answer));
    }

    /** All rooms the hub shows; those joined when the hub is away. */
    public void rooms(Answer<List<RoomView>> answer) {
        change(() -> core.book.list(answer));
    }

    public boolean isKnown(String room) {
        return core.book.byName(Receivers.room(room)).isPresent();
    }

    /** As it was known last. */
    public RoomView knownRoom(String name) {
        return core.book.known(Receivers.room(name));
    }

    /** Those joined. */
    public List<RoomView> knownRooms() {
        return core.book.known();
    }

    // What a person reads: any thread, from what is durable

    /** The newest messages that fit the query, oldest first. */
    public List<ChatMessage> history(HistoryQuery query) {
        return reader.history(query);
    }

    /** Incoming messages of all conversations, oldest first: the newest ones, or the oldest unread ones. */
    public List<ChatMessage> inbox(boolean unreadOnly, int limit) {
        return reader.inbox(unreadOnly, limit);
    }

    /** Newest first. */
    public List<Conversation> conversations() {
        return reader.conversations();
    }

    /** Messages that are not yet stored by a device of the receiver, or in the room. */
    public int queued() {
        return queued;
    }

    public int unread() {
        return reader.unread();
    }

    // What happens

    /** An envelope over a link or the relay. {@code from} is who sent it, as TLS or the hub says. */
    public void envelopeReceived(DeviceId from, Envelope envelope, PathKind via) {
        change(() -> core.courier.envelopeReceived(from, envelope, via));
    }

    public void ackReceived(DeviceId from, EnvelopeAck ack) {
        change(() -> core.courier.ackReceived(from, ack));
    }

    /** The way to a device is now DIRECT, RELAY or NONE, or a new one of the same kind. */
    public void linkChanged(DeviceId device, PathKind now) {
        change(() -> core.courier.linkChanged(device, now));
    }

    /** The hub could not relay to this device. */
    public void relayFailed(DeviceId device, RelayFailure reason) {
        change(() -> core.courier.relayFailed(device, reason));
    }

    public void hubChanged(boolean isUp) {
        incoming.startOver();
        change(() -> core.hubChanged(isUp));
    }

    /** As SessionOpenReply says, before {@link #hubChanged} tells that the hub is up. */
    public void prekeyAtHub(boolean isWanted, long prekeyId) {
        change(() -> core.courier.prekeyAtHub(isWanted, prekeyId));
    }

    public void presenceChanged(DeviceId device) {
        change(() -> core.courier.presenceChanged(device));
    }

    public void directoryChanged() {
        change(() -> core.directoryChanged());
    }

    public void mailReceived(List<MailItem> items) {
        incoming.received(items);
    }

    public void roomItemsReceived(List<RoomItem> items) {
        incoming.received(items);
    }

    /** The hub says that the own account is in this room no more. */
    public void roomLeft(ByteString room) {
        change(() -> core.book.left(room));
    }

    /** What somebody's device sealed, as if just opened: lets tests say what an honest device would not. */
    void opened(DeviceId from, String account, ByteString id, byte[] body) {
        change(() -> core.opened(from, account, id, body));
    }

    /** Time passes; called about once a second. */
    public void tick() {
        change(() -> core.tick());
    }

    private void change(Runnable task) {
        turn.run(() -> {
            if (!isStarted) {
                isStarted = true;
                core.start();
            }
            task.run();
        });
        queued = core.deliveries.openCount() + core.posts.count();
    }

    private <T> T changing(Supplier<T> task) {
        List<T> result = new ArrayList<>(1);
        change(() -> result.add(task.get()));
        return result.getFirst();
    }
}

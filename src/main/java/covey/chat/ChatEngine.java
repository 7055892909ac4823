package covey.chat;

import covey.env.Env;
import covey.env.Loop;
import covey.store.OrderedStore;
import covey.wire.DeviceId;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.MailItem;
import covey.wire.proto.RelayFailure;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomItem;
import java.util.List;

/**
 * Everything this device says and hears. Owned by the peer's loop: every method is called from its tasks, but for the
 * reading ones, which say so.
 *
 * <p>State is written once at the end of the turn; what others hear of it (frames, acknowledgements, the listener) is
 * released after that. After a crash, a new engine over the same store goes on where the last durable turn ended.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ChatEngine {
    /** Messages that may wait for delivery, and their bytes: more is refused with a sentence. */
    public static final int OUTBOX_MESSAGES_MAX = 10_000;

    public static final long OUTBOX_BYTES_MAX = 64L << 20;

    /**
     * The device's keys follow {@code store} as soon as {@code identity} has them.
     *
     * @param store this engine's alone
     * @param account own name, without '@'
     */
    public ChatEngine(
            Env env, Loop loop, OrderedStore store, String account, People people, Paths paths, Listener listener) {}

    // What a person does

    /**
     * Says something to {@code @account}, {@code #room} or {@code !announce}. The message is QUEUED, and durable when the
     * action given to {@link #whenDurable} after this call runs.
     *
     * @throws ChatException when there is no such receiver, the text is too long or too much waits already
     */
    public ChatMessage send(String to, String text) {
        throw new UnsupportedOperationException("not built yet");
    }

    /**
     * Runs {@code then} once everything done so far in this turn is durable, or {@code failed} when it could not be
     * stored (disk full): then nothing of this turn happened.
     */
    public void whenDurable(Runnable then, java.util.function.Consumer<ChatException> failed) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Marks all of the conversation as read and tells the senders. */
    public void markRead(String conversation) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The conversation is closed here: tells the partner, if it is there to hear it. Rooms are not left by this. */
    public void leave(String conversation) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Makes a room that the own account is in. */
    public void createRoom(String name, boolean isPrivate, Answer<RoomView> answer) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Invite, kick, join or leave; {@code account} is empty for the last two. */
    public void changeRoom(String name, RoomChangeKind kind, String account, Answer<RoomView> answer) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The room as the hub knows it now, or as it was known last when the hub is away. */
    public void room(String name, Answer<RoomView> answer) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** All rooms the hub shows; those joined when the hub is away. */
    public void rooms(Answer<List<RoomView>> answer) {
        throw new UnsupportedOperationException("not built yet");
    }

    // What a person reads: any thread, from what is durable

    /** The newest messages of a conversation, oldest first: {@link #history(HistoryQuery)}. */
    public List<ChatMessage> history(String conversation, long sinceMillis, String search, int limit) {
        return history(HistoryQuery.of(conversation, sinceMillis, search, limit));
    }

    /** The newest messages that fit the query, oldest first. */
    public List<ChatMessage> history(HistoryQuery query) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Incoming messages of all conversations, the newest ones, oldest first. */
    public List<ChatMessage> inbox(boolean unreadOnly, int limit) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Newest first. */
    public List<Conversation> conversations() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Messages that are not yet stored by a device of the receiver, or in the room. */
    public int queued() {
        throw new UnsupportedOperationException("not built yet");
    }

    public int unread() {
        throw new UnsupportedOperationException("not built yet");
    }

    // What happens

    /** An envelope over a link or the relay. {@code from} is who sent it, as TLS or the hub says. */
    public void envelopeReceived(DeviceId from, Envelope envelope, PathKind via) {
        throw new UnsupportedOperationException("not built yet");
    }

    public void ackReceived(DeviceId from, EnvelopeAck ack) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The way to a device is now DIRECT, RELAY or NONE, or a new one of the same kind. */
    public void linkChanged(DeviceId device, PathKind now, String why) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The hub could not relay to this device. */
    public void relayFailed(DeviceId device, RelayFailure reason) {
        throw new UnsupportedOperationException("not built yet");
    }

    public void hubChanged(boolean isUp) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** As SessionOpenReply says, before {@link #hubChanged} tells that the hub is up. */
    public void prekeyAtHub(boolean isWanted, long prekeyId) {
        throw new UnsupportedOperationException("not built yet");
    }

    public void presenceChanged(DeviceId device, boolean isOnline) {
        throw new UnsupportedOperationException("not built yet");
    }

    public void directoryChanged() {
        throw new UnsupportedOperationException("not built yet");
    }

    public void mailReceived(List<MailItem> items) {
        throw new UnsupportedOperationException("not built yet");
    }

    public void roomItemsReceived(List<RoomItem> items) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Time passes; called about once a second. */
    public void tick() {
        throw new UnsupportedOperationException("not built yet");
    }
}

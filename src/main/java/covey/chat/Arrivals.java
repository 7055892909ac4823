package covey.chat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.chat.Inbox.Arrival;
import covey.identity.SealException;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.AckState;
import covey.wire.proto.Body;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.FrameType;
import covey.wire.proto.KeptStreams;
import covey.wire.proto.OwnCopy;
import java.util.ArrayList;
import java.util.HashMap;
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
 * Takes envelopes in, over whatever path: in order, each once, stored before it is acknowledged. An id that is known was
 * shown before and is only acknowledged again.
 */
final class Arrivals {
    private static final Logger log = LoggerFactory.getLogger(Arrivals.class);

    private static final int SESSION_ID_BYTES_MAX = 64;

    /** Mail of devices not known yet: the directory follows within moments, or they are nobody. */
    static final int STRANGERS_MAX = 64;

    static final long STRANGER_MILLIS = 60_000;

    /** Ids of what is not in history are remembered longer than a prekey or a mail may live. */
    private static final long SEEN_MILLIS = TimeUnit.DAYS.toMillis(45);

    private final Context context;
    private final Turn turn;
    private final History history;
    private final Seals seals;
    private final Complaints complaints;
    private final Readers readers;
    private final Map<DeviceId, Inbox> inboxes = new HashMap<>();
    private final Set<DeviceId> moved = new LinkedHashSet<>();
    private final List<Stranger> strangers = new ArrayList<>();

    /** Who understands what was opened and is not a message to be shown. */
    interface Readers {
        void read(String account, List<ByteString> ids);

        void senderKey(DeviceId from, String account, Body body);

        void senderKeyWanted(DeviceId from, String account, Body body);
    }

    private record Stranger(DeviceId from, Arrival arrival) {}

    Arrivals(Context context, History history, Seals seals, Complaints complaints, Readers readers) {
        this.context = context;
        this.turn = context.turn;
        this.history = history;
        this.seals = seals;
        this.complaints = complaints;
        this.readers = readers;
        turn.beforeWrite(this::keepStreams);
    }

    /** Parses what the mailbox kept; empty when it is no envelope. */
    static Optional<Envelope> parse(ByteString bytes) {
        if (bytes.size() > Limits.ENVELOPE_BYTES_MAX) {
            return Optional.empty();
        }
        try {
            return Optional.of(Envelope.parseFrom(bytes));
        } catch (InvalidProtocolBufferException e) {
            return Optional.empty();
        }
    }

    private static boolean isWellFormed(Envelope envelope) {
        return Bodies.isSoundId(envelope.getMessageId())
                && envelope.getSequence() > 0
                && envelope.getSequence() < Long.MAX_VALUE
                && envelope.getFloor() >= 0
                && envelope.getFloor() <= envelope.getSequence()
                && !envelope.getSessionId().isEmpty()
                && envelope.getSessionId().size() <= SESSION_ID_BYTES_MAX
                && envelope.getSerializedSize() <= Limits.ENVELOPE_BYTES_MAX;
    }

    void received(DeviceId from, Envelope envelope, PathKind via, long mailPosition) {
        if (!isWellFormed(envelope)) {
            log.warn("envelope is not well formed from={}", from.shortText());
            return;
        }
        received(from, new Arrival(envelope, via, mailPosition, context.monotonicMillis()));
    }

    private void received(DeviceId from, Arrival arrival) {
        Optional<String> account = context.people.accountOf(from);
        if (account.isEmpty()) {
            unknownSender(from, arrival);
        } else if (context.people.isBlocked(account.get())) {
            acknowledge(from, arrival, AckState.REFUSED);
        } else {
            Inbox inbox = inbox(from);
            if (inbox.offer(arrival)) {
                handle(from, account.get(), inbox, arrival);
            }
            drain(from, account.get(), inbox);
        }
    }

    private void drain(DeviceId from, String account, Inbox inbox) {
        for (Optional<Arrival> next = inbox.nextReady(); next.isPresent(); next = inbox.nextReady()) {
            handle(from, account, inbox, next.get());
        }
    }

    private void unknownSender(DeviceId from, Arrival arrival) {
        if (context.people.enrolledFor(from).isPresent()) {
            log.warn("message of a revoked device is dropped from={}", from.shortText());
        } else if (arrival.isMail() && strangers.size() < STRANGERS_MAX) {
            strangers.add(new Stranger(from, arrival)); // by a link it comes again by itself
        }
    }

    private Inbox inbox(DeviceId from) {
        return inboxes.computeIfAbsent(
                from,
                device -> new Inbox(turn.getSound(Tables.streams(device))
                        .map(value -> Tables.parse(KeptStreams.parser(), value))
                        .orElse(KeptStreams.getDefaultInstance())));
    }

    private void handle(DeviceId from, String account, Inbox inbox, Arrival arrival) {
        if (isKnown(arrival.id())) {
            passed(from, inbox, arrival);
            complaints.settled(from, arrival.id());
            acknowledge(from, arrival, AckState.STORED_BY_DEVICE);
            return;
        }
        Optional<byte[]> publicKey = context.people.publicKey(from);
        if (publicKey.isEmpty()) {
            return;
        }
        byte[] opened;
        try {
            opened = seals.open(from, publicKey.get(), arrival.envelope());
        } catch (SealException e) {
            log.info("envelope cannot be opened from={} why={}", from.shortText(), e.getMessage());
            acknowledge(from, arrival, AckState.UNKNOWN_SESSION);
            return;
        }
        passed(from, inbox, arrival);
        complaints.settled(from, arrival.id());
        boolean isUnderstood = understood(from, account, arrival.id(), opened);
        turn.mustSurvive();
        acknowledge(from, arrival, isUnderstood ? AckState.STORED_BY_DEVICE : AckState.UNREADABLE);
    }

    private boolean isKnown(ByteString id) {
        return history.has(id) || turn.get(Tables.seen(id)).isPresent();
    }

    private void passed(DeviceId from, Inbox inbox, Arrival arrival) {
        if (inbox.passed(arrival)) {
            moved.add(from);
        }
    }

    private void keepStreams() {
        for (DeviceId device : moved) {
            turn.put(Tables.streams(device), inbox(device).toKept().toByteArray());
        }
        moved.clear();
    }

    private boolean understood(DeviceId from, String account, ByteString id, byte[] opened) {
        Body body;
        try {
            body = Body.parseFrom(opened);
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
        if (!Bodies.isSound(body)) {
            return false;
        }
        boolean isOwn = account.equals(context.account);
        switch (body.getContentCase()) {
            case TEXT -> {
                if (isOwn) {
                    return false; // the own account speaks by own copies
                }
                String text = body.getText().getText();
                context.tell(
                        history.addIncoming("@" + account, id, account, from, text, body.getSentMillis(), true), true);
                return true;
            }
            case OWN_COPY -> {
                if (!isOwn || !body.getOwnCopy().getMessageId().equals(id)) {
                    return false;
                }
                addOwnCopy(id, body);
                return true;
            }
            case RECEIPT -> {
                List<ByteString> ids = body.getReceipt().getMessageIdsList();
                if (isOwn) {
                    ids.forEach(history::markReadUpTo);
                } else if (body.getReceipt().getRead()) {
                    readers.read(account, ids);
                }
            }
            case LEAVING -> {
                if (!isOwn) {
                    turn.after(() -> context.listener.left(account));
                }
            }
            case SENDER_KEY -> readers.senderKey(from, account, body);
            case SENDER_KEY_WANTED -> readers.senderKeyWanted(from, account, body);
            case CONTENT_NOT_SET -> {
                return false;
            }
        }
        turn.put(Tables.seen(id), Tables.number(context.wallMillis()));
        return true;
    }

    private void addOwnCopy(ByteString id, Body body) {
        OwnCopy copy = body.getOwnCopy();
        boolean isNote = copy.getToAccount().equals(context.account);
        MessageState state = isNote ? MessageState.DELIVERED : MessageState.STORED;
        ChatMessage message = history.addOutgoing(
                "@" + copy.getToAccount(),
                id,
                copy.getText().getText(),
                body.getSentMillis(),
                true,
                covey.wire.proto.KeptDelivery.newBuilder()
                        .setState(state.number())
                        .build());
        context.tell(message, true);
    }

    /** Once stored. The mailbox tells the sender itself, but for what cannot be opened. */
    private void acknowledge(DeviceId to, Arrival arrival, AckState state) {
        EnvelopeAck ack = EnvelopeAck.newBuilder()
                .setSequence(arrival.sequence())
                .setStreamEpoch(arrival.epoch())
                .setMessageId(arrival.id())
                .setState(state)
                .build();
        if (!arrival.isMail()) {
            turn.after(() -> context.paths.send(to, FrameType.ENVELOPE_ACK, ack));
        } else if (state == AckState.UNKNOWN_SESSION) {
            complaints.add(to, ack);
        }
    }

    /** Places in the mailbox of what is not dealt with yet. */
    SortedSet<Long> heldPositions() {
        TreeSet<Long> positions = new TreeSet<>();
        for (Inbox inbox : inboxes.values()) {
            if (inbox.holdsAnything()) {
                positions.addAll(inbox.heldPositions());
            }
        }
        strangers.forEach(stranger -> positions.add(stranger.arrival().mailPosition()));
        return positions;
    }

    void directoryChanged() {
        List<Stranger> waiting = List.copyOf(strangers);
        strangers.clear();
        waiting.forEach(stranger -> received(stranger.from(), stranger.arrival()));
    }

    void tick() {
        long now = context.monotonicMillis();
        boolean isAnyGone =
                strangers.removeIf(stranger -> now - stranger.arrival().atMillis() > STRANGER_MILLIS);
        if (isAnyGone) {
            context.warn("Mail of a device that is not in the directory was dropped.");
        }
        for (Map.Entry<DeviceId, Inbox> entry : inboxes.entrySet()) {
            Inbox inbox = entry.getValue();
            Optional<String> account = context.people.accountOf(entry.getKey());
            if (inbox.holdsAnything() && account.isPresent()) {
                inbox.overdue(now).forEach(arrival -> handle(entry.getKey(), account.get(), inbox, arrival));
                drain(entry.getKey(), account.get(), inbox);
            }
        }
    }

    /** Forgets ids that nothing can repeat any more. */
    void prune() {
        long now = context.wallMillis();
        turn.scan(Tables.seen(), (key, value) -> {
            if (now - Tables.number(value) > SEEN_MILLIS) {
                turn.delete(key);
            }
            return true;
        });
    }
}

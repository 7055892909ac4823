package covey.courier;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.courier.Inbox.Arrival;
import covey.identity.SealException;
import covey.store.Records;
import covey.store.Turn;
import covey.wire.BodyRules;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.AckState;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.FrameType;
import covey.wire.proto.KeptStreams;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes envelopes in, over whatever path: in order, each once, stored before it is acknowledged. An id that is known
 * came before and is only acknowledged again.
 */
final class Arrivals {
    private static final Logger log = LoggerFactory.getLogger(Arrivals.class);

    /** Mail of devices not known yet: the directory follows within moments. More of it stays in the mailbox. */
    static final int STRANGERS_MAX = 64;

    /** After this, a device that a directory checked meanwhile does not name is nobody. */
    static final long STRANGER_MILLIS = 60_000;

    private final Station station;
    private final Turn turn;
    private final Seals seals;
    private final Complaints complaints;
    private final Recipient recipient;
    private final Map<DeviceId, Inbox> inboxes = new HashMap<>();
    private final Set<DeviceId> moved = new LinkedHashSet<>();
    /** By place in the mailbox. */
    private final Map<Long, Stranger> strangers = new LinkedHashMap<>();

    private record Stranger(DeviceId from, Arrival arrival) {}

    Arrivals(Station station, Seals seals, Complaints complaints, Recipient recipient) {
        this.station = station;
        this.turn = station.turn;
        this.seals = seals;
        this.complaints = complaints;
        this.recipient = recipient;
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

    static boolean isWellFormed(Envelope envelope) {
        return BodyRules.isId(envelope.getMessageId())
                && envelope.getSequence() > 0
                && envelope.getSequence() < Long.MAX_VALUE
                && envelope.getFloor() >= 0
                && envelope.getFloor() <= envelope.getSequence()
                && envelope.getSessionId().size() == Limits.ID_BYTES
                && envelope.getSerializedSize() <= Limits.ENVELOPE_BYTES_MAX;
    }

    /** False when it cannot be kept now, and must be given again. */
    boolean received(DeviceId from, Envelope envelope, PathKind via, long mailPosition) {
        if (!isWellFormed(envelope) || from.equals(station.me)) {
            log.warn("envelope is not well formed, or said to be from this device from={}", from.shortText());
            return true;
        }
        return received(from, new Arrival(envelope, via, mailPosition, station.monotonicMillis()));
    }

    private boolean received(DeviceId from, Arrival arrival) {
        Optional<String> account = station.devices.accountOf(from);
        if (account.isEmpty()) {
            return unknownSender(from, arrival);
        } else if (station.devices.isBlocked(account.get())) {
            acknowledge(from, arrival, AckState.REFUSED);
        } else {
            Inbox inbox = inbox(from);
            if (inbox.offer(arrival)) {
                handle(from, account.get(), inbox, arrival);
            }
            drain(from, account.get(), inbox);
        }
        return true;
    }

    private void drain(DeviceId from, String account, Inbox inbox) {
        for (Optional<Arrival> next = inbox.nextReady(); next.isPresent(); next = inbox.nextReady()) {
            handle(from, account, inbox, next.get());
        }
    }

    private boolean unknownSender(DeviceId from, Arrival arrival) {
        if (station.devices.enrolledFor(from).isPresent()) {
            log.warn("message of a revoked device is dropped from={}", from.shortText());
            return true;
        }
        if (!arrival.isMail()) {
            return true; // by a link it comes again by itself
        }
        boolean isRoom = strangers.size() < STRANGERS_MAX || strangers.containsKey(arrival.mailPosition());
        if (isRoom) {
            strangers.putIfAbsent(arrival.mailPosition(), new Stranger(from, arrival));
        }
        return isRoom;
    }

    private Inbox inbox(DeviceId from) {
        return inboxes.computeIfAbsent(
                from,
                device -> new Inbox(turn.getSound(Tables.streams(device))
                        .map(value -> Records.parse(KeptStreams.parser(), value))
                        .orElse(KeptStreams.getDefaultInstance())));
    }

    private void handle(DeviceId from, String account, Inbox inbox, Arrival arrival) {
        Optional<byte[]> publicKey = station.devices.publicKey(from);
        if (publicKey.isEmpty()) {
            return;
        }
        if (isKnown(from, arrival.id())) {
            passed(from, inbox, arrival);
            seals.meet(from, publicKey.get(), arrival.envelope());
            acknowledge(from, arrival, AckState.STORED_BY_DEVICE);
            return;
        }
        byte[] body;
        try {
            body = seals.open(from, publicKey.get(), arrival.envelope());
        } catch (SealException e) {
            log.info("envelope cannot be opened from={} why={}", from.shortText(), e.getMessage());
            acknowledge(from, arrival, AckState.UNKNOWN_SESSION);
            return;
        }
        passed(from, inbox, arrival);
        boolean isUnderstood = recipient.opened(from, account, arrival.id(), body);
        if (isUnderstood && !recipient.isKnown(from, arrival.id())) {
            ByteString seen = Station.localId(ByteString.EMPTY, from, arrival.id());
            turn.put(Tables.seen(seen), Tables.number(station.wallMillis()));
        }
        turn.mustSurvive();
        acknowledge(from, arrival, isUnderstood ? AckState.STORED_BY_DEVICE : AckState.UNREADABLE);
    }

    private boolean isKnown(DeviceId from, ByteString id) {
        return recipient.isKnown(from, id)
                || turn.getSound(Tables.seen(Station.localId(ByteString.EMPTY, from, id)))
                        .isPresent();
    }

    private void passed(DeviceId from, Inbox inbox, Arrival arrival) {
        complaints.settled(from, arrival.id());
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

    /** Once stored. The mailbox tells the sender itself, but for what cannot be opened. */
    private void acknowledge(DeviceId to, Arrival arrival, AckState state) {
        EnvelopeAck ack = EnvelopeAck.newBuilder()
                .setSequence(arrival.sequence())
                .setStreamEpoch(arrival.epoch())
                .setMessageId(arrival.id())
                .setState(state)
                .build();
        if (!arrival.isMail()) {
            turn.after(() -> station.paths.send(to, FrameType.ENVELOPE_ACK, ack));
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
        positions.addAll(strangers.keySet());
        return positions;
    }

    /** A new session: the mailbox is given anew, with other places if it was restored. */
    void startOver() {
        strangers.clear();
    }

    void directoryChanged() {
        List<Stranger> waiting = List.copyOf(strangers.values());
        strangers.clear();
        waiting.forEach(stranger -> received(stranger.from(), stranger.arrival()));
    }

    void tick() {
        long now = station.monotonicMillis();
        long checkedMillis = station.devices.directoryCheckedMillis();
        boolean isAnyNobody = strangers.values().removeIf(stranger -> {
            long atMillis = stranger.arrival().atMillis();
            return now - atMillis > STRANGER_MILLIS && checkedMillis > atMillis;
        });
        if (isAnyNobody) {
            station.warn("Mail of a device that the network's directory does not name was refused: nobody could say"
                    + " who wrote it.");
        }
        for (Map.Entry<DeviceId, Inbox> entry : inboxes.entrySet()) {
            Inbox inbox = entry.getValue();
            Optional<String> account = station.devices.accountOf(entry.getKey());
            if (inbox.holdsAnything() && account.isPresent()) {
                inbox.overdue(now).forEach(arrival -> handle(entry.getKey(), account.get(), inbox, arrival));
                drain(entry.getKey(), account.get(), inbox);
            }
        }
    }

    /** Forgets ids that nothing can repeat any more. */
    void prune() {
        long now = station.wallMillis();
        turn.scanSound(Tables.ALL_SEEN, (key, value) -> {
            if (now - Records.number(value) > Limits.SEEN_MILLIS) {
                turn.delete(key);
            }
            return true;
        });
    }
}

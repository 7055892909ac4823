package covey.courier;

import com.google.protobuf.ByteString;
import covey.courier.Outbox.Action;
import covey.courier.Outbox.Item;
import covey.courier.Outbox.Situation;
import covey.store.Counter;
import covey.store.Records;
import covey.store.StoreException;
import covey.store.Turn;
import covey.wire.BodyRules;
import covey.wire.DeviceId;
import covey.wire.proto.AckState;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.KeptOutgoing;
import covey.wire.proto.MailNotice;
import covey.wire.proto.RelayFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries items to devices: does what each device's {@link Outbox} decides, and keeps what is not settled. */
final class Dispatch {
    /** A deposit that the hub could not take now is tried again after this, doubled each time. */
    private static final long DEPOSIT_RETRY_MILLIS = 250;

    private static final long DEPOSIT_RETRY_MILLIS_MAX = 30_000;

    private static final Logger log = LoggerFactory.getLogger(Dispatch.class);

    private static final String REFUSED = "The receiver does not accept messages from you.";
    private static final String REVOKED = "The device was revoked before the message arrived.";

    private final Station station;
    private final Turn turn;
    private final Seals seals;
    private final long streamEpoch;
    private final Recipient recipient;
    private final Counter orders;
    private final Map<DeviceId, Outbox> outboxes = new HashMap<>();
    private final Map<Long, ByteString> fleeting = new HashMap<>();
    private final Set<DeviceId> toPump = new LinkedHashSet<>();

    Dispatch(Station station, Seals seals, long streamEpoch, Recipient recipient) {
        this.station = station;
        this.turn = station.turn;
        this.seals = seals;
        this.streamEpoch = streamEpoch;
        this.recipient = recipient;
        this.orders = new Counter(turn, Tables.ORDER);
    }

    /** Takes up what was not settled when the process ended. */
    void load() {
        station.load(Tables.OUTGOINGS, (key, value) -> {
            KeptOutgoing kept = Records.parse(KeptOutgoing.parser(), value);
            DeviceId device = DeviceId.of(kept.getDevice());
            Outbox outbox = outbox(device);
            Item item = outbox.add(Records.number(key), kept.getMessageId(), kept.getKind(), false);
            if (kept.getStored()) {
                outbox.deposited(item);
            }
            pump(device);
            return true;
        });
    }

    /** Keeps it and carries it; an item that waits already stays where it is. */
    void post(DeviceId device, ByteString id, int kind, ByteString body) {
        Outbox outbox = outbox(device);
        if (outbox.item(id).isEmpty()) {
            long order = orders.next();
            outbox.add(order, id, kind, false);
            KeptOutgoing kept = KeptOutgoing.newBuilder()
                    .setDevice(device.toByteString())
                    .setMessageId(id)
                    .setKind(kind)
                    .setBody(body)
                    .build();
            turn.put(Tables.outgoing(order), kept.toByteArray());
        }
        pump(device);
    }

    boolean carries(DeviceId device, ByteString id) {
        Outbox outbox = outboxes.get(device);
        return outbox != null && outbox.item(id).isPresent();
    }

    /** Only worth carrying to a device that is there: not kept. */
    void mention(DeviceId device, int kind, ByteString body) {
        Item item = outbox(device).add(orders.next(), station.newId(), kind, true);
        fleeting.put(item.order, body);
        pump(device);
    }

    private Outbox outbox(DeviceId device) {
        return outboxes.computeIfAbsent(device, key -> {
            Outbox outbox = new Outbox();
            outbox.pathChanged(station.paths.pathTo(key), station.monotonicMillis());
            return outbox;
        });
    }

    private void at(DeviceId device, Consumer<Outbox> event) {
        Outbox outbox = outboxes.get(device);
        if (outbox != null) {
            event.accept(outbox);
            pump(device);
        }
    }

    void linkChanged(DeviceId device, PathKind now) {
        at(device, outbox -> outbox.pathChanged(now, station.monotonicMillis()));
    }

    void presenceChanged(DeviceId device) {
        at(device, Outbox::presenceChanged);
    }

    void relayFailed(DeviceId device, RelayFailure reason) {
        at(device, outbox -> {
            switch (reason) {
                case OFFLINE, NO_SUCH_DEVICE, UNRECOGNIZED -> outbox.pathFailed(true, station.monotonicMillis());
                case CONGESTED -> outbox.congested(station.monotonicMillis());
                case BLOCKED -> giveUpAll(device, outbox, REFUSED);
            }
        });
    }

    /** Gives up what is for devices that will never fetch anything again. */
    void directoryChanged() {
        Map.copyOf(outboxes).forEach((device, outbox) -> {
            // A device of which nothing is known may be in entries that are still to come.
            boolean isGone = station.devices.accountOf(device).isEmpty()
                    && station.devices.enrolledFor(device).isPresent();
            if (isGone && !outbox.isEmpty()) {
                giveUpAll(device, outbox, REVOKED);
                seals.forget(device);
            }
            pump(device);
        });
    }

    private void giveUpAll(DeviceId device, Outbox outbox, String reason) {
        for (Item item : outbox.items()) {
            fail(device, outbox, item, reason);
        }
    }

    void pumpAll() {
        outboxes.keySet().forEach(this::pump);
    }

    /** Looks after this device's items when the turn is written. */
    void pump(DeviceId device) {
        if (toPump.isEmpty()) {
            turn.after(this::pumpNow);
        }
        toPump.add(device);
    }

    private void pumpNow() {
        List<DeviceId> devices = new ArrayList<>(toPump);
        toPump.clear();
        for (DeviceId device : devices) {
            Outbox outbox = outboxes.get(device);
            Optional<String> account = station.devices.accountOf(device);
            // Without an account it is revoked, or not known yet: the directory will tell.
            if (outbox != null && !outbox.isEmpty() && account.isPresent()) {
                try {
                    pumpNow(device, account.get(), outbox);
                } catch (StoreException e) {
                    throw e;
                } catch (RuntimeException e) { // the others are not to wait for that
                    log.error("nothing can be sent to device={}", device.shortText(), e);
                }
            }
        }
    }

    private void pumpNow(DeviceId device, String account, Outbox outbox) {
        if (!seals.canSeal(device, account)) {
            station.paths.wantLink(device);
            recipient.waits(
                    device,
                    account,
                    station.paths.hubIsUp()
                            ? "Waiting for the keys of a device of @" + account + "."
                            : "Waiting for the hub: the keys of @" + account + "'s devices are not known here.");
            return;
        }
        Situation now = new Situation(
                station.devices.isOnline(device),
                station.paths.hubIsUp(),
                station.devices.directorySize(),
                station.monotonicMillis());
        boolean isStuck = false;
        for (Action action : outbox.decide(now)) {
            switch (action) {
                case Action.Send(Item item, long floor) -> {
                    if (!send(device, outbox, item, floor)) {
                        outbox.pathFailed(false, station.monotonicMillis());
                        return;
                    }
                }
                case Action.Store(Item item, long floor) -> deposit(device, account, outbox, item, floor);
                case Action.Drop(Item item) -> settle(outbox, item, false);
                case Action.AskLink() -> {
                    station.paths.wantLink(device);
                    isStuck = !station.paths.hubIsUp();
                }
            }
        }
        recipient.waits(
                device,
                account,
                isStuck ? "Waiting for the hub, or for a direct link to a device of @" + account + "." : "");
    }

    /** False when there is no path; an item that cannot be read back from the store is given up instead. */
    private boolean send(DeviceId device, Outbox outbox, Item item, long floor) {
        Optional<Envelope> envelope = seal(device, outbox, item, floor);
        return envelope.isEmpty() || station.paths.send(device, FrameType.ENVELOPE, envelope.get());
    }

    /** Sealed once and kept while it is under way; only the floor, which is not under the seal, rises. */
    private Optional<Envelope> seal(DeviceId device, Outbox outbox, Item item, long floor) {
        Optional<Envelope> known = item.sealed();
        if (known.isEmpty()) {
            Optional<ByteString> body = body(item);
            if (body.isEmpty()) {
                fail(device, outbox, item, "The message cannot be read back from this device's disk.");
                return Optional.empty();
            }
            Envelope sealed = seals.seal(
                    device,
                    item.id,
                    streamEpoch,
                    item.sequence(),
                    floor,
                    body.get().toByteArray());
            item.sealed(sealed);
            return Optional.of(sealed);
        }
        if (known.get().getFloor() != floor) {
            item.sealed(known.get().toBuilder().setFloor(floor).build());
        }
        return item.sealed();
    }

    private Optional<ByteString> body(Item item) {
        ByteString inMemory = fleeting.get(item.order);
        if (inMemory != null) {
            return Optional.of(inMemory);
        }
        Optional<ByteString> kept = kept(item).map(KeptOutgoing::getBody);
        return kept.isPresent() && kept.get().isEmpty() ? recipient.body(item.id, item.kind) : kept;
    }

    private Optional<KeptOutgoing> kept(Item item) {
        return turn.getSound(Tables.outgoing(item.order), value -> Records.parse(KeptOutgoing.parser(), value));
    }

    private void deposit(DeviceId device, String account, Outbox outbox, Item item, long floor) {
        Optional<Envelope> envelope = seal(device, outbox, item, floor);
        if (envelope.isEmpty()) {
            return;
        }
        Deposit.Builder deposit = Deposit.newBuilder()
                .setMessageId(item.id)
                .setToAccount(account)
                .addMails(DeviceMail.newBuilder()
                        .setDevice(device.toByteString())
                        .setEnvelope(envelope.get().toByteString()));
        // The hub says when the account has a device that is not named: one the sender would leave out.
        for (PersonDevice other : station.devices.devices(account)) {
            if (!other.device().equals(device)) {
                deposit.addCovered(other.device().toByteString());
            }
        }
        Command command = Command.newBuilder().setDeposit(deposit).build();
        ByteString id = item.id;
        station.command(command, result -> depositAnswered(device, account, id, result));
    }

    private void depositAnswered(DeviceId device, String account, ByteString id, CommandResult result) {
        at(
                device,
                outbox -> outbox.item(id).ifPresent(item -> {
                    if (result.hasProblem()) {
                        depositRefused(device, account, outbox, item, result);
                        return;
                    }
                    outbox.deposited(item);
                    kept(item)
                            .map(kept -> kept.toBuilder().setStored(true).build())
                            .ifPresent(kept -> turn.put(Tables.outgoing(item.order), kept.toByteArray()));
                    recipient.stored(device, item.id, item.kind);
                }));
    }

    private void depositRefused(DeviceId device, String account, Outbox outbox, Item item, CommandResult result) {
        long pauseMillis = Math.min(DEPOSIT_RETRY_MILLIS << Math.min(item.attempts(), 10), DEPOSIT_RETRY_MILLIS_MAX);
        long retryMillis = station.monotonicMillis() + pauseMillis;
        ErrorCode code = result.getProblem().getCode();
        if (code == ErrorCode.STALE_DEVICES) {
            outbox.depositRefused(item, retryMillis, result.getStaleDevices().getDirectorySize());
            recipient.devicesMissed(account);
        } else if (code == ErrorCode.CONFLICT || Station.mayPass(code)) {
            outbox.depositRefused(item, retryMillis, 0);
        } else {
            fail(device, outbox, item, result.getProblem().getMessage());
        }
    }

    void ackReceived(DeviceId from, EnvelopeAck ack) {
        Outbox outbox = outboxes.get(from);
        Optional<Item> item = outbox == null ? Optional.empty() : outbox.item(ack.getMessageId());
        if (outbox != null && item.isPresent()) {
            acknowledged(from, outbox, item.get(), ack);
            pump(from);
        } else if (ack.getState() == AckState.UNKNOWN_SESSION && BodyRules.isId(ack.getMessageId())) {
            // Mail that it fetched and could not open, long settled here.
            OptionalInt kind = recipient.wantedAgain(from, ack.getMessageId());
            if (kind.isPresent()) {
                seals.renounce(from, Optional.empty());
                post(from, ack.getMessageId(), kind.getAsInt(), ByteString.EMPTY);
            }
        }
    }

    private void acknowledged(DeviceId from, Outbox outbox, Item item, EnvelopeAck ack) {
        switch (ack.getState()) {
            case STORED_BY_DEVICE -> {
                item.sealed().ifPresent(opened -> seals.confirmed(from, opened));
                boolean isInOrder = ack.getStreamEpoch() == streamEpoch && ack.getSequence() == item.sequence();
                settle(outbox, item, isInOrder);
                recipient.arrived(from, item.id, item.kind);
            }
            case UNKNOWN_SESSION -> {
                if (seals.renounce(from, item.sealed())) {
                    outbox.sessionLost();
                }
                outbox.sealAgain(item, station.monotonicMillis());
            }
            case REFUSED -> fail(from, outbox, item, REFUSED);
            case UNREADABLE, UNRECOGNIZED ->
                fail(from, outbox, item, "The receiver's device did not understand it: its Covey may be older.");
        }
    }

    /** The mailbox tells what became of mail. */
    void notice(MailNotice notice) {
        if (notice.getToDevice().size() != DeviceId.BYTES) {
            return;
        }
        DeviceId device = DeviceId.of(notice.getToDevice());
        at(
                device,
                outbox -> outbox.item(notice.getMessageId()).ifPresent(item -> {
                    switch (notice.getOutcome()) {
                        case FETCHED -> {
                            settle(outbox, item, false);
                            recipient.arrived(device, item.id, item.kind);
                        }
                        case EXPIRED ->
                            fail(
                                    device,
                                    outbox,
                                    item,
                                    "The receiver did not fetch it in time: the mailbox keeps mail for 30 days.");
                        case QUOTA -> fail(device, outbox, item, "The receiver's mailbox is full.");
                        case DEVICE_REVOKED -> fail(device, outbox, item, REVOKED);
                        case UNRECOGNIZED -> {}
                    }
                }));
    }

    private void fail(DeviceId device, Outbox outbox, Item item, String reason) {
        settle(outbox, item, false);
        recipient.failed(device, item.id, item.kind, reason);
    }

    private void settle(Outbox outbox, Item item, boolean isInOrder) {
        outbox.settle(item.id, isInOrder);
        if (fleeting.remove(item.order) == null) {
            turn.delete(Tables.outgoing(item.order));
        }
    }
}

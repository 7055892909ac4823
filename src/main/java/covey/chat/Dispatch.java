package covey.chat;

import com.google.protobuf.ByteString;
import covey.chat.Outbox.Action;
import covey.chat.Outbox.Item;
import covey.chat.Outbox.Situation;
import covey.wire.DeviceId;
import covey.wire.proto.Body;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.KeptKind;
import covey.wire.proto.KeptOutgoing;
import covey.wire.proto.RelayFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Carries items to devices: does what each device's {@link Outbox} decides, and keeps what is not settled. */
final class Dispatch {
    /** A deposit that the hub could not take now is tried again after this, doubled each time. */
    private static final long DEPOSIT_RETRY_MILLIS = 250;

    private static final long DEPOSIT_RETRY_MILLIS_MAX = 30_000;

    private final Context context;
    private final Turn turn;
    private final History history;
    private final Seals seals;
    private final long streamEpoch;
    private final Fate fate;
    private final Map<DeviceId, Outbox> outboxes = new HashMap<>();
    private final Map<Long, Body> fleeting = new HashMap<>();
    private final Set<DeviceId> toPump = new LinkedHashSet<>();

    /** Hears what became of an item, within the turn in which it is found out. */
    interface Fate {
        void arrived(DeviceId device, Item item);

        void stored(DeviceId device, Item item);

        void failed(DeviceId device, Item item, String reason);

        /** The mailbox wants copies for devices that are not known here, or not sealed to. */
        void devicesMissed(String account);

        /** What the items for this device wait for; empty when they are on their way. */
        void waits(DeviceId device, String account, String reason);
    }

    Dispatch(Context context, History history, Seals seals, long streamEpoch, Fate fate) {
        this.context = context;
        this.turn = context.turn;
        this.history = history;
        this.seals = seals;
        this.streamEpoch = streamEpoch;
        this.fate = fate;
    }

    /** Takes up what was not settled when the process ended. */
    void load() {
        turn.scan(Tables.outgoing(), (key, value) -> {
            KeptOutgoing kept = Tables.parse(KeptOutgoing.parser(), value);
            DeviceId device = DeviceId.of(kept.getDevice());
            outbox(device)
                    .add(Tables.tail(key), kept.getMessageId(), kept.getKind(), kept.getBytes(), kept.getStored());
            pump(device);
            return true;
        });
    }

    /** A message of history, for one device. */
    void post(DeviceId device, ByteString id, KeptKind kind, int bytes) {
        keep(device, id, kind, ByteString.EMPTY, bytes);
    }

    /** Something that is not in history; its id is new. */
    void post(DeviceId device, KeptKind kind, Body body) {
        ByteString bytes = body.toByteString();
        keep(device, context.newId(), kind, bytes, bytes.size());
    }

    /** Only worth saying to a device that is there: not kept. */
    void mention(DeviceId device, KeptKind kind, Body body) {
        Item item = outbox(device).add(history.newOrder(), context.newId(), kind, body.getSerializedSize(), false);
        fleeting.put(item.order, body);
        pump(device);
    }

    private void keep(DeviceId device, ByteString id, KeptKind kind, ByteString body, int bytes) {
        Outbox outbox = outbox(device);
        if (outbox.item(id).isEmpty()) {
            long order = history.newOrder();
            outbox.add(order, id, kind, bytes, false);
            turn.put(
                    Tables.outgoing(order),
                    KeptOutgoing.newBuilder()
                            .setDevice(device.toByteString())
                            .setMessageId(id)
                            .setKind(kind)
                            .setBody(body)
                            .setBytes(bytes)
                            .build()
                            .toByteArray());
        }
        pump(device);
    }

    private Outbox outbox(DeviceId device) {
        return outboxes.computeIfAbsent(device, key -> {
            Outbox outbox = new Outbox();
            outbox.pathChanged(context.paths.pathTo(key), context.monotonicMillis());
            return outbox;
        });
    }

    private void at(DeviceId device, java.util.function.Consumer<Outbox> event) {
        Outbox outbox = outboxes.get(device);
        if (outbox != null) {
            event.accept(outbox);
            pump(device);
        }
    }

    void linkChanged(DeviceId device, PathKind now) {
        at(device, outbox -> outbox.pathChanged(now, context.monotonicMillis()));
    }

    void presenceChanged(DeviceId device) {
        at(device, Outbox::presenceChanged);
    }

    void relayFailed(DeviceId device, RelayFailure reason) {
        at(device, outbox -> {
            switch (reason) {
                case OFFLINE, NO_SUCH_DEVICE, UNRECOGNIZED -> outbox.pathFailed(true, context.monotonicMillis());
                case CONGESTED -> outbox.congested(context.monotonicMillis());
                case BLOCKED -> giveUpAll(device, outbox, "The receiver does not accept messages from you.");
            }
        });
    }

    /** The device will never fetch anything again. */
    void deviceGone(DeviceId device, String reason) {
        // The outbox stays: should the account be enabled again, its numbering goes on.
        at(device, outbox -> giveUpAll(device, outbox, reason));
        seals.forget(device);
    }

    private void giveUpAll(DeviceId device, Outbox outbox, String reason) {
        for (Item item : outbox.items()) {
            fail(device, outbox, item, reason);
        }
    }

    Set<DeviceId> devices() {
        return Set.copyOf(outboxes.keySet());
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
            Optional<String> account = context.people.accountOf(device);
            // Without an account it is revoked, or not known yet: the directory will tell.
            if (outbox != null && !outbox.isEmpty() && account.isPresent()) {
                pumpNow(device, account.get(), outbox);
            }
        }
    }

    private void pumpNow(DeviceId device, String account, Outbox outbox) {
        if (!seals.canSeal(device, account)) {
            context.paths.wantLink(device);
            fate.waits(
                    device,
                    account,
                    context.paths.hubIsUp()
                            ? "Waiting for the keys of a device of @" + account + "."
                            : "Waiting for the hub: the keys of @" + account + "'s devices are not known here.");
            return;
        }
        Situation now = new Situation(
                context.people.isOnline(device),
                context.paths.hubIsUp(),
                context.people.directorySize(),
                context.monotonicMillis());
        boolean isStuck = false;
        for (Action action : outbox.decide(now)) {
            switch (action) {
                case Action.Send(Item item, long floor) -> {
                    if (!context.paths.send(device, FrameType.ENVELOPE, seal(device, item, floor))) {
                        outbox.pathFailed(false, context.monotonicMillis());
                        return;
                    }
                }
                case Action.Store(Item item, long floor) -> deposit(device, account, item, floor);
                case Action.Drop(Item item) -> settle(outbox, item, false);
                case Action.AskLink() -> {
                    context.paths.wantLink(device);
                    isStuck = !context.paths.hubIsUp();
                }
            }
        }
        fate.waits(
                device,
                account,
                isStuck ? "Waiting for the hub, or for a direct link to a device of @" + account + "." : "");
    }

    /** Sealed once and kept while it is under way; only the floor, which is not under the seal, rises. */
    private Envelope seal(DeviceId device, Item item, long floor) {
        Envelope sealed = item.sealed()
                .map(known -> known.getFloor() == floor
                        ? known
                        : known.toBuilder().setFloor(floor).build())
                .orElseGet(() -> seals.seal(
                        device,
                        item.id,
                        streamEpoch,
                        item.sequence(),
                        floor,
                        body(item).toByteArray()));
        item.sealed(sealed);
        return sealed;
    }

    private Body body(Item item) {
        Body inMemory = fleeting.get(item.order);
        if (inMemory != null) {
            return inMemory;
        }
        return switch (item.kind) {
            case KIND_TEXT -> Bodies.text(message(item));
            case KIND_OWN_COPY -> Bodies.ownCopy(message(item));
            case KIND_RECEIPT, KIND_LEAVING, KIND_SENDER_KEY, KIND_SENDER_KEY_WANTED, UNRECOGNIZED ->
                turn.get(Tables.outgoing(item.order))
                        .map(value -> Tables.parse(KeptOutgoing.parser(), value))
                        .map(kept -> Tables.parse(Body.parser(), kept.getBody().toByteArray()))
                        .orElseThrow(() -> new IllegalStateException("outbox item without a body: " + item.order));
        };
    }

    private History.Found message(Item item) {
        return history.find(item.id)
                .orElseThrow(() -> new IllegalStateException("outbox item without a message: " + item.order));
    }

    private void deposit(DeviceId device, String account, Item item, long floor) {
        Deposit.Builder deposit = Deposit.newBuilder()
                .setMessageId(item.id)
                .setToAccount(account)
                .addMails(DeviceMail.newBuilder()
                        .setDevice(device.toByteString())
                        .setEnvelope(seal(device, item, floor).toByteString()));
        // The hub says when the account has a device that is not named: one the sender would leave out.
        for (PersonDevice other : context.people.devices(account)) {
            if (!other.device().equals(device)) {
                deposit.addCovered(other.device().toByteString());
            }
        }
        Command command = Command.newBuilder().setDeposit(deposit).build();
        ByteString id = item.id;
        context.command(command, result -> depositAnswered(device, account, id, result));
    }

    private void depositAnswered(DeviceId device, String account, ByteString id, CommandResult result) {
        Outbox outbox = outboxes.get(device);
        Optional<Item> found = outbox == null ? Optional.empty() : outbox.item(id);
        if (outbox == null || found.isEmpty()) {
            return; // it arrived another way meanwhile
        }
        Item item = found.get();
        pump(device);
        if (!result.hasProblem()) {
            outbox.deposited(item);
            turn.get(Tables.outgoing(item.order))
                    .map(value -> Tables.parse(KeptOutgoing.parser(), value))
                    .ifPresent(kept -> turn.put(
                            Tables.outgoing(item.order),
                            kept.toBuilder().setStored(true).build().toByteArray()));
            fate.stored(device, item);
            return;
        }
        long retryMillis = context.monotonicMillis()
                + Math.min(DEPOSIT_RETRY_MILLIS << Math.min(item.attempts(), 10), DEPOSIT_RETRY_MILLIS_MAX);
        ErrorCode code = result.getProblem().getCode();
        switch (code) {
            case STALE_DEVICES -> {
                outbox.depositRefused(
                        item, retryMillis, result.getStaleDevices().getDirectorySize());
                fate.devicesMissed(account);
            }
            case INTERNAL, UNREACHABLE, BUSY, CONFLICT, BELOW_WINDOW, NOT_LOGGED_IN, PARTIAL ->
                outbox.depositRefused(item, retryMillis, 0);
            case BAD_REQUEST, NOT_FOUND, DENIED, DAMAGED, OVER_LIMIT, UNSUPPORTED, UNRECOGNIZED ->
                fail(device, outbox, item, result.getProblem().getMessage());
        }
    }

    void ackReceived(DeviceId from, EnvelopeAck ack, Function<ByteString, Optional<KeptKind>> postAgain) {
        Outbox outbox = outboxes.get(from);
        Optional<Item> found = outbox == null ? Optional.empty() : outbox.item(ack.getMessageId());
        if (outbox == null || found.isEmpty()) {
            if (ack.getState() == covey.wire.proto.AckState.UNKNOWN_SESSION) {
                // Mail that it fetched and could not open, long settled here.
                Optional<KeptKind> kind = postAgain.apply(ack.getMessageId());
                kind.ifPresent(known -> {
                    seals.renounce(from, Optional.empty());
                    post(from, ack.getMessageId(), known, 0);
                });
            }
            return;
        }
        Item item = found.get();
        switch (ack.getState()) {
            case STORED_BY_DEVICE -> {
                item.sealed().ifPresent(opened -> seals.confirmed(from, opened));
                boolean isInOrder = ack.getStreamEpoch() == streamEpoch && ack.getSequence() == item.sequence();
                settle(outbox, item, isInOrder);
                fate.arrived(from, item);
            }
            case UNKNOWN_SESSION -> {
                if (seals.renounce(from, item.sealed())) {
                    outbox.sessionLost();
                }
                outbox.sealAgain(item, context.monotonicMillis());
            }
            case REFUSED -> fail(from, outbox, item, "The receiver does not accept messages from you.");
            case UNREADABLE, UNRECOGNIZED ->
                fail(from, outbox, item, "The receiver's device did not understand it: its Covey may be older.");
        }
        pump(from);
    }

    /** The mailbox tells that the device fetched it. */
    void fetched(DeviceId device, ByteString id) {
        at(
                device,
                outbox -> outbox.item(id).ifPresent(item -> {
                    settle(outbox, item, false);
                    fate.arrived(device, item);
                }));
    }

    /** The mailbox gave it up. */
    void givenUp(DeviceId device, ByteString id, String reason) {
        at(device, outbox -> outbox.item(id).ifPresent(item -> fail(device, outbox, item, reason)));
    }

    private void fail(DeviceId device, Outbox outbox, Item item, String reason) {
        settle(outbox, item, false);
        fate.failed(device, item, reason);
    }

    private void settle(Outbox outbox, Item item, boolean isInOrder) {
        outbox.settle(item.id, isInOrder);
        if (fleeting.remove(item.order) == null) {
            turn.delete(Tables.outgoing(item.order));
        }
    }
}

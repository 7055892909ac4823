package covey.chat;

import com.google.protobuf.ByteString;
import covey.courier.Courier;
import covey.courier.Introductions;
import covey.courier.PathKind;
import covey.courier.PersonDevice;
import covey.store.Turn;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.Body;
import covey.wire.proto.KeptCopyState;
import covey.wire.proto.KeptDelivery;
import covey.wire.proto.KeptKind;
import covey.wire.proto.KeptMessage;
import covey.wire.proto.Text;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;

/**
 * One to one messages on their way: which devices get a copy, and what the sender is told. A message that no device has
 * yet is <em>open</em>: devices that the receiver enrols meanwhile get it too.
 */
final class Deliveries {
    /** When what the messages to somebody wait for changes, the last few say so. */
    private static final int TOLD_MAX = 20;

    /** Who comes back to more unread messages than fit these receipts has not read the oldest one by one. */
    private static final int RECEIPTS_MAX = 10;

    private final Context context;
    private final Turn turn;
    private final History history;
    private final Courier courier;
    private final Introductions introductions;
    private final Map<String, String> waits;
    private final Map<ByteString, Open> open = new LinkedHashMap<>();
    private final Map<String, Set<DeviceId>> stuck = new HashMap<>();
    private final Map<String, Receiver> receivers = new HashMap<>();

    private long openBytes;

    private record Open(String account, int bytes) {}

    /** As it was when the open messages to it were looked at last. */
    private record Receiver(boolean exists, List<DeviceId> devices) {}

    Deliveries(
            Context context, History history, Courier courier, Introductions introductions, Map<String, String> waits) {
        this.context = context;
        this.turn = context.turn();
        this.history = history;
        this.courier = courier;
        this.introductions = introductions;
        this.waits = waits;
    }

    void load() {
        context.station().load(Tables.open(), (key, value) -> {
            ByteString id = ByteString.copyFrom(key, 1, key.length - 1);
            int bytes = history.find(id)
                    .map(found -> found.message().getText().length())
                    .orElse(0);
            opened(id, new String(value, StandardCharsets.UTF_8), bytes);
            return true;
        });
        directoryChanged();
    }

    int openCount() {
        return open.size();
    }

    long openBytes() {
        return openBytes;
    }

    /** The receiver exists and the text is checked. */
    ChatMessage send(String account, Text said) {
        ByteString id = context.station().newId();
        boolean isNote = account.equals(context.account());
        KeptDelivery.Builder fresh = KeptDelivery.newBuilder();
        fresh.setState((isNote ? MessageState.DELIVERED : MessageState.QUEUED).number());
        ChatMessage message =
                history.addOutgoing("@" + account, id, said, context.station().wallMillis(), true, fresh.build());
        if (!isNote) {
            turn.put(Tables.open(id), account.getBytes(StandardCharsets.UTF_8));
            opened(id, account, said.getText().length());
            addCopies(id, account);
        }
        for (PersonDevice own : introductions.devices(context.account())) {
            courier.post(own.device(), id, KeptKind.KIND_OWN_COPY_VALUE);
        }
        turn.mustSurvive();
        return message;
    }

    private void opened(ByteString id, String account, int bytes) {
        open.put(id, new Open(account, bytes));
        openBytes += bytes;
    }

    private void closed(ByteString id) {
        Open was = open.remove(id);
        if (was != null) {
            openBytes -= was.bytes();
            turn.delete(Tables.open(id));
        }
    }

    /** Copies for the devices that have none. */
    private void addCopies(ByteString id, String account) {
        Copies copies = copies(id);
        List<DeviceId> devices = introductions.devices(account).stream()
                .map(PersonDevice::device)
                .toList();
        List<DeviceId> missing = copies.missing(devices);
        for (DeviceId device : missing) {
            copies = copies.with(device, KeptCopyState.COPY_WAITING, "");
            courier.post(device, id, KeptKind.KIND_TEXT_VALUE);
        }
        if (!missing.isEmpty()) {
            update(id, copies);
        }
        if (devices.isEmpty()) {
            say(account, "@" + account + " has no device that could receive it: it is sent as soon as there is one.");
        }
    }

    void directoryChanged() {
        Set<String> accounts = new HashSet<>();
        open.values().forEach(message -> accounts.add(message.account()));
        receivers.keySet().retainAll(accounts);
        for (String account : accounts) {
            Receiver now = new Receiver(
                    context.people().exists(account),
                    context.people().devices(account).stream()
                            .map(PersonDevice::device)
                            .toList());
            if (!now.equals(receivers.put(account, now))) {
                receiverChanged(account, now.exists());
            }
        }
    }

    private void receiverChanged(String account, boolean exists) {
        for (ByteString id : openTo(account)) {
            if (exists) {
                addCopies(id, account);
            } else if (context.people().directorySize() > 0) {
                closed(id);
                history.setState(id, MessageState.FAILED, "The account @" + account + " does not exist any more.");
            }
        }
    }

    private List<ByteString> openTo(String account) {
        return open.entrySet().stream()
                .filter(entry -> entry.getValue().account().equals(account))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The receiver has read these. */
    void read(String account, List<ByteString> ids) {
        for (ByteString id : ids) {
            Optional<History.Found> found = history.find(id);
            boolean isTheirs = found.isPresent()
                    && found.get().message().getOutgoing()
                    && found.get().conversation().equals("@" + account);
            if (isTheirs) {
                history.setState(id, MessageState.READ, "");
                closed(id);
            }
        }
    }

    /** A receipt for each sender's devices, and for the own ones. */
    void markRead(String conversation, Predicate<ByteString> isShown) {
        List<KeptMessage> unread = history.markRead(conversation, isShown);
        int from = Math.max(0, unread.size() - RECEIPTS_MAX * Limits.RECEIPT_IDS_MAX);
        if (from == unread.size()) {
            return;
        }
        List<PersonDevice> own = introductions.devices(context.account());
        List<PersonDevice> senders = List.of();
        boolean isPartner = conversation.startsWith("@") && !conversation.equals("@" + context.account());
        if (isPartner && !context.people().isBlocked(conversation.substring(1))) {
            senders = introductions.devices(conversation.substring(1));
        }
        for (int i = from; i < unread.size(); i += Limits.RECEIPT_IDS_MAX) {
            List<KeptMessage> part = unread.subList(i, Math.min(i + Limits.RECEIPT_IDS_MAX, unread.size()));
            tellRead(own, part.stream().map(KeptMessage::getId).toList());
            tellRead(
                    senders,
                    part.stream()
                            .map(read -> read.getSentId().isEmpty() ? read.getId() : read.getSentId())
                            .toList());
        }
        turn.mustSurvive();
    }

    private void tellRead(List<PersonDevice> readers, List<ByteString> ids) {
        Body receipt = Bodies.readReceipt(ids, context.station().wallMillis());
        for (PersonDevice reader : readers) {
            courier.post(reader.device(), KeptKind.KIND_RECEIPT_VALUE, receipt.toByteString());
        }
    }

    void leave(String account) {
        if (account.equals(context.account())) {
            return;
        }
        for (PersonDevice device : introductions.devices(account)) {
            if (context.people().isOnline(device.device())
                    || context.station().paths.pathTo(device.device()) != PathKind.NONE) {
                courier.mention(
                        device.device(),
                        KeptKind.KIND_LEAVING_VALUE,
                        Bodies.leaving(context.station().wallMillis()).toByteString());
            }
        }
    }

    /** May a device ask for this message once more? Only one that it was addressed to. */
    OptionalInt wantedAgain(DeviceId device, ByteString id) {
        Optional<String> account = context.people().accountOf(device);
        Optional<History.Found> found =
                history.find(id).filter(message -> message.message().getOutgoing());
        if (account.isEmpty() || found.isEmpty() || isTooOld(found.get())) {
            return OptionalInt.empty();
        }
        String conversation = found.get().conversation();
        if (account.get().equals(context.account())) {
            return conversation.startsWith("@") ? OptionalInt.of(KeptKind.KIND_OWN_COPY_VALUE) : OptionalInt.empty();
        }
        boolean isReceiver =
                conversation.equals("@" + account.get()) && copies(id).has(device);
        return isReceiver ? OptionalInt.of(KeptKind.KIND_TEXT_VALUE) : OptionalInt.empty();
    }

    private boolean isTooOld(History.Found found) {
        return context.station().wallMillis() - found.message().getSentMillis() > Limits.SEEN_MILLIS;
    }

    /** What became of the copy for a device. */
    void copyIs(DeviceId device, ByteString id, int kind, KeptCopyState state, String reason) {
        if (kind == KeptKind.KIND_TEXT_VALUE) {
            update(id, copies(id).with(device, state, reason));
        }
    }

    private Copies copies(ByteString id) {
        return history.delivery(id).map(Copies::of).orElse(Copies.none());
    }

    private void update(ByteString id, Copies copies) {
        history.setDelivery(id, copies.toKept());
        if (copies.state().isSettled()) {
            closed(id);
        }
    }

    void devicesMissed(String account) {
        for (ByteString id : openTo(account)) {
            addCopies(id, account);
        }
    }

    void waits(DeviceId device, String account, String reason) {
        if (account.equals(context.account())) {
            return; // own copies: nobody waits for them
        }
        Set<DeviceId> devices = stuck.computeIfAbsent(account, key -> new HashSet<>());
        if (!reason.isEmpty()) {
            devices.add(device);
            say(account, reason);
        } else {
            devices.remove(device);
            if (devices.isEmpty()) {
                say(account, "");
            }
        }
    }

    private void say(String account, String reason) {
        String before = reason.isEmpty() ? waits.remove("@" + account) : waits.put("@" + account, reason);
        if (reason.equals(before == null ? "" : before)) {
            return;
        }
        List<ByteString> waiting = openTo(account);
        for (ByteString id : waiting.subList(Math.max(0, waiting.size() - TOLD_MAX), waiting.size())) {
            history.find(id)
                    .map(history::shown)
                    .filter(shown -> shown.state() == MessageState.QUEUED)
                    .ifPresent(shown -> context.tell(shown, false));
        }
    }
}

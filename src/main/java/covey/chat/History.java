package covey.chat;

import com.google.protobuf.ByteString;
import covey.courier.Station;
import covey.store.Counter;
import covey.store.Keys;
import covey.store.Records;
import covey.store.Turn;
import covey.wire.DeviceId;
import covey.wire.proto.KeptConversation;
import covey.wire.proto.KeptDelivery;
import covey.wire.proto.KeptMessage;
import covey.wire.proto.KeptPlace;
import covey.wire.proto.Text;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * Keeps what was said, in the order in which it was said or heard here, and how far it has come. Every message is here
 * once: its id is looked up before it is added. Reading for people is in {@link HistoryReader}.
 */
final class History {
    private final Context context;
    private final Turn turn;
    private final Map<String, String> waits;
    private final Counter orders;

    History(Context context, Map<String, String> waits) {
        this.context = context;
        this.turn = context.turn();
        this.waits = waits;
        this.orders = new Counter(turn, Tables.ORDER_KEY);
    }

    /** A message and where it stands. */
    record Found(String conversation, long order, KeptMessage message) {}

    /** Whether this was said here, or came in from this device. An earlier build kept it under the sender's id. */
    boolean has(ByteString room, DeviceId from, ByteString id) {
        return turn.get(Tables.place(Station.localId(room, from, id))).isPresent()
                || find(id).filter(found -> found.message().getOutgoing()
                                || found.message().getFromDevice().equals(from.toByteString()))
                        .isPresent();
    }

    /** A damaged one is not there: it must not keep what is sound from being sent or shown. */
    Optional<Found> find(ByteString id) {
        return turn.getSound(Tables.place(id), value -> Records.parse(KeptPlace.parser(), value))
                .flatMap(place -> turn.getSound(
                                Tables.message(place.getConversation(), place.getOrder()),
                                kept -> Records.parse(KeptMessage.parser(), kept))
                        .map(message -> new Found(place.getConversation(), place.getOrder(), message)));
    }

    /** Something the own account said; its delivery is what the list says from now on. */
    ChatMessage addOutgoing(
            String conversation, ByteString id, Text said, long sentMillis, boolean isSealed, KeptDelivery delivery) {
        KeptMessage message = kept(said)
                .setId(id)
                .setFrom(context.account())
                .setSentMillis(sentMillis)
                .setReceivedMillis(context.station().wallMillis())
                .setOutgoing(true)
                .setSealed(isSealed)
                .build();
        turn.put(Tables.delivery(id), delivery.toByteArray());
        long order = add(conversation, message);
        return shown(new Found(conversation, order, message));
    }

    /** @param room its id; empty for a message of one person */
    ChatMessage addIncoming(
            String conversation,
            ByteString room,
            ByteString id,
            String from,
            DeviceId device,
            Text said,
            long sentMillis,
            boolean isSealed) {
        KeptMessage message = kept(said)
                .setId(Station.localId(room, device, id))
                .setSentId(id)
                .setFrom(from)
                .setSentMillis(sentMillis)
                .setReceivedMillis(context.station().wallMillis())
                .setSealed(isSealed)
                .setFromDevice(device.toByteString())
                .build();
        long order = add(conversation, message);
        turn.put(Tables.timeline(order), conversation.getBytes(StandardCharsets.UTF_8));
        return shown(new Found(conversation, order, message));
    }

    private static KeptMessage.Builder kept(Text said) {
        KeptMessage.Builder message = KeptMessage.newBuilder().setText(said.getText());
        return said.hasAttachment() ? message.setAttachment(said.getAttachment()) : message;
    }

    private long add(String conversation, KeptMessage message) {
        KeptConversation before = conversation(conversation);
        long order = orders.next();
        turn.put(Tables.message(conversation, order), message.toByteArray());
        turn.put(
                Tables.place(message.getId()),
                KeptPlace.newBuilder()
                        .setConversation(conversation)
                        .setOrder(order)
                        .build()
                        .toByteArray());
        turn.put(
                Tables.conversation(conversation),
                before.toBuilder()
                        .setLastMillis(message.getReceivedMillis())
                        .setLastOrder(order)
                        .setUnread(before.getUnread() + (message.getOutgoing() ? 0 : 1))
                        .build()
                        .toByteArray());
        return order;
    }

    Optional<KeptDelivery> delivery(ByteString id) {
        return turn.getSound(Tables.delivery(id), value -> Records.parse(KeptDelivery.parser(), value));
    }

    /** Notes how far a message came, and tells when that is news. What was STORED is not QUEUED again. */
    void setDelivery(ByteString id, KeptDelivery delivery) {
        Optional<KeptDelivery> before = delivery(id);
        MessageState was = before.map(HistoryReader::stateOf).orElse(MessageState.QUEUED);
        boolean isBack = was == MessageState.STORED && HistoryReader.stateOf(delivery) == MessageState.QUEUED;
        KeptDelivery now = isBack ? delivery.toBuilder().setState(was.number()).build() : delivery;
        if (before.isPresent() && before.get().equals(now)) {
            return;
        }
        turn.put(Tables.delivery(id), now.toByteArray());
        if (was != HistoryReader.stateOf(now)) {
            find(id).ifPresent(found -> context.tell(shown(found), false));
        }
    }

    void setState(ByteString id, MessageState state, String reason) {
        KeptDelivery before = delivery(id).orElse(KeptDelivery.getDefaultInstance());
        setDelivery(
                id,
                before.toBuilder().setState(state.number()).setReason(reason).build());
    }

    ChatMessage shown(Found found) {
        return HistoryReader.shown(
                found.conversation(),
                found.order(),
                found.message(),
                found.message().getOutgoing() ? delivery(found.message().getId()) : Optional.empty(),
                conversation(found.conversation()).getReadOrder(),
                waits.getOrDefault(found.conversation(), ""));
    }

    /**
     * Marks as read what was shown, up to the first message that was not: only then is what a read mark says true.
     * Returns what is read now and was not before, oldest first.
     */
    List<KeptMessage> markRead(String name, Predicate<ByteString> isShown) {
        return readOn(name, (order, message) -> isShown.test(message.getId()));
    }

    /** This and all before it: what another device of the own account says. */
    void markReadUpTo(ByteString id) {
        find(id).filter(found -> !found.message().getOutgoing())
                .ifPresent(last -> readOn(last.conversation(), (order, message) -> order <= last.order()));
    }

    private List<KeptMessage> readOn(String name, BiPredicate<Long, KeptMessage> isRead) {
        KeptConversation before = conversation(name);
        KeptConversation.Builder after = before.toBuilder();
        List<KeptMessage> read = new ArrayList<>();
        boolean[] isAnyLeft = new boolean[1];
        turn.scanSound(
                Tables.message(name, before.getReadOrder() + 1), Keys.end(Tables.messages(name)), (key, value) -> {
                    KeptMessage message = Records.parse(KeptMessage.parser(), value);
                    long order = Records.number(key);
                    isAnyLeft[0] = !message.getOutgoing() && !isRead.test(order, message);
                    if (!isAnyLeft[0]) {
                        after.setReadOrder(order);
                    }
                    if (!isAnyLeft[0] && !message.getOutgoing()) {
                        read.add(message);
                    }
                    return !isAnyLeft[0];
                });
        after.setUnread(isAnyLeft[0] ? Math.max(1, before.getUnread() - read.size()) : 0);
        if (!after.build().equals(before)) {
            turn.put(Tables.conversation(name), after.build().toByteArray());
        }
        return read;
    }

    /** Of a damaged one nobody knows what was read: so nothing was. */
    private KeptConversation conversation(String name) {
        return turn.getSound(Tables.conversation(name), value -> Records.parse(KeptConversation.parser(), value))
                .orElseGet(() -> {
                    KeptConversation.Builder anew = KeptConversation.newBuilder();
                    turn.scanSound(Tables.messages(name), (key, value) -> {
                        KeptMessage message = Records.parse(KeptMessage.parser(), value);
                        anew.setUnread(anew.getUnread() + (message.getOutgoing() ? 0 : 1));
                        return true;
                    });
                    return anew.build();
                });
    }
}

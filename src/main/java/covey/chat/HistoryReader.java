package covey.chat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Parser;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.store.SoundReads;
import covey.store.StoreException;
import covey.wire.BodyRules;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.KeptConversation;
import covey.wire.proto.KeptDelivery;
import covey.wire.proto.KeptMessage;
import covey.wire.proto.KeptPlace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what was said, from what is durable. Any thread. What is damaged is left out and told of. */
final class HistoryReader {
    /** A clock that jumped back leaves older times behind newer ones: so many in a row end the search. */
    private static final int OLDER_IN_A_ROW_MAX = 1_000;

    /** With its field names and escapes a page still fits a local API frame of 4 MiB. */
    private static final int PAGE_BYTES_MAX = 3 << 20;

    /** What a message costs in an answer beside its text. */
    private static final int FIELDS_BYTES = 512;

    private final OrderedStore store;
    /** By conversation: what queued messages wait for. */
    private final Map<String, String> waits;

    private final Runnable damaged;

    /** @param damaged runs, on any thread, when something was left out */
    HistoryReader(OrderedStore store, Map<String, String> waits, Runnable damaged) {
        this.store = store;
        this.waits = waits;
        this.damaged = damaged;
    }

    private void scan(byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor) {
        SoundReads.scan(store, from, to, reverse, visitor, damaged);
    }

    private <T> Optional<T> get(byte[] key, Parser<T> parser) {
        return SoundReads.get(store, key, value -> Records.parse(parser, value));
    }

    List<ChatMessage> history(HistoryQuery query) {
        String name = query.conversation();
        byte[] from = Tables.messages(name);
        byte[] to = query.before().isEmpty() ? Keys.end(from) : Tables.message(name, orderOf(query));
        SearchWords words = SearchWords.of(query.search());
        long readOrder = conversation(name).getReadOrder();
        List<ChatMessage> found = new ArrayList<>();
        int[] olderInARow = new int[1];
        int[] bytes = new int[1];
        scan(from, to, true, (key, value) -> {
            KeptMessage kept = Records.parse(KeptMessage.parser(), value);
            boolean isOlder = kept.getReceivedMillis() < query.sinceMillis();
            olderInARow[0] = isOlder ? olderInARow[0] + 1 : 0;
            if (!isOlder
                    && words.isIn(kept.getText() + " " + kept.getAttachment().getName())) {
                found.add(shown(name, Records.number(key), kept, readOrder));
                bytes[0] += value.length + FIELDS_BYTES;
            }
            return bytes[0] < PAGE_BYTES_MAX && found.size() < query.limit() && olderInARow[0] < OLDER_IN_A_ROW_MAX;
        });
        return found.reversed();
    }

    private long orderOf(HistoryQuery query) {
        return place(query.before())
                .filter(place -> place.getConversation().equals(query.conversation()))
                .map(KeptPlace::getOrder)
                .orElseThrow(() -> new ChatException(
                        ErrorCode.NOT_FOUND,
                        "The message to page back from is not in the conversation " + query.conversation() + "."));
    }

    /** The newest that came in, or the oldest that nobody read: what does not fit one answer stays unread. */
    List<ChatMessage> inbox(boolean unreadOnly, int limit) {
        int enough = Math.clamp(unreadOnly ? Math.min(limit, unreadAtMost()) : limit, 1, HistoryQuery.LIMIT_MAX);
        List<ChatMessage> found = new ArrayList<>();
        int[] bytes = new int[1];
        byte[] from = Tables.timeline(unreadOnly ? firstUnread() : 0);
        scan(from, Keys.end(Tables.timeline()), !unreadOnly, (key, value) -> {
            long order = Records.number(key);
            String name = new String(value, StandardCharsets.UTF_8);
            long readOrder = conversation(name).getReadOrder();
            if (!unreadOnly || order > readOrder) {
                store.get(Tables.message(name, order)).ifPresent(kept -> {
                    found.add(shown(name, order, Records.parse(KeptMessage.parser(), kept), readOrder));
                    bytes[0] += kept.length + FIELDS_BYTES;
                });
            }
            return found.size() < enough && bytes[0] < PAGE_BYTES_MAX;
        });
        return unreadOnly ? found : found.reversed();
    }

    /** No unread message of any conversation stands before this place. */
    private long firstUnread() {
        return conversations().stream()
                .filter(one -> one.unread() > 0)
                .mapToLong(one -> conversation(one.name()).getReadOrder() + 1)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private int unreadAtMost() {
        boolean[] isAnyDamaged = new boolean[1];
        int sum = unread(conversations(() -> isAnyDamaged[0] = true));
        return isAnyDamaged[0] ? HistoryQuery.LIMIT_MAX : sum;
    }

    List<Conversation> conversations() {
        return conversations(damaged);
    }

    private List<Conversation> conversations(Runnable isDamaged) {
        List<Conversation> all = new ArrayList<>();
        SoundReads.scan(
                store,
                Tables.conversations(),
                Keys.end(Tables.conversations()),
                false,
                (key, value) -> {
                    KeptConversation kept = Records.parse(KeptConversation.parser(), value);
                    String name = Keys.read(key).skip(1).string();
                    all.add(new Conversation(name, kept.getUnread(), kept.getLastMillis()));
                    return true;
                },
                isDamaged);
        all.sort(Comparator.comparingLong(Conversation::lastMillis).reversed());
        return all;
    }

    int unread() {
        return unread(conversations());
    }

    private static int unread(List<Conversation> all) {
        return all.stream().mapToInt(Conversation::unread).sum();
    }

    int unread(String conversation) {
        return conversation(conversation).getUnread();
    }

    private KeptConversation conversation(String name) {
        return get(Tables.conversation(name), KeptConversation.parser()).orElse(KeptConversation.getDefaultInstance());
    }

    private Optional<KeptPlace> place(ByteString id) {
        return get(Tables.place(id), KeptPlace.parser());
    }

    private ChatMessage shown(String conversation, long order, KeptMessage kept, long readOrder) {
        Optional<KeptDelivery> delivery =
                kept.getOutgoing() ? get(Tables.delivery(kept.getId()), KeptDelivery.parser()) : Optional.empty();
        return shown(conversation, order, kept, delivery, readOrder, waits.getOrDefault(conversation, ""));
    }

    static ChatMessage shown(
            String conversation,
            long order,
            KeptMessage kept,
            Optional<KeptDelivery> delivery,
            long readOrder,
            String waitsFor) {
        boolean isUnread = !kept.getOutgoing() && order > readOrder;
        MessageState state = delivery.map(HistoryReader::stateOf)
                .orElse(isUnread || kept.getOutgoing() ? MessageState.DELIVERED : MessageState.READ);
        String reason = delivery.map(KeptDelivery::getReason).orElse("");
        if (!BodyRules.isId(kept.getId()) || !Attachment.isSound(Bodies.said(kept))) {
            throw new StoreException("A message of " + conversation + " is damaged.", StoreException.Reason.DAMAGED);
        }
        return new ChatMessage(
                kept.getId(),
                kept.getSentId().isEmpty() ? kept.getId() : kept.getSentId(),
                conversation,
                kept.getFrom(),
                kept.getText(),
                Attachment.of(Bodies.said(kept)),
                kept.getSentMillis(),
                kept.getReceivedMillis(),
                kept.getOutgoing(),
                state,
                state == MessageState.QUEUED ? waitsFor : reason,
                isUnread,
                kept.getSealed());
    }

    static MessageState stateOf(KeptDelivery delivery) {
        return MessageState.of(delivery.getState());
    }
}

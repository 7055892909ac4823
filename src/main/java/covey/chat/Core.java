package covey.chat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import covey.courier.Courier;
import covey.courier.Incoming;
import covey.courier.Introductions;
import covey.courier.Recipient;
import covey.wire.DeviceId;
import covey.wire.proto.Body;
import covey.wire.proto.KeptCopyState;
import covey.wire.proto.KeptDelivery;
import covey.wire.proto.KeptKind;
import covey.wire.proto.MailItem;
import covey.wire.proto.OwnCopy;
import covey.wire.proto.RoomItem;
import covey.wire.proto.SenderKeyWanted;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The parts of the engine, put together over what the store holds. Thrown away when a turn could not be kept. */
final class Core implements Recipient, Incoming.Taker {
    final Context context;
    final History history;
    final Deliveries deliveries;
    final Courier courier;
    final RoomBook book;
    final RoomKeys roomKeys;
    final RoomPosts posts;
    final RoomItems items;

    Core(Context context, long streamEpoch, Map<String, String> waits, HistoryReader reader) {
        this.context = context;
        history = new History(context, waits);
        courier = new Courier(context.station(), streamEpoch, this);
        Introductions introductions = new Introductions(context.station(), context.account());
        deliveries = new Deliveries(context, history, courier, introductions, waits);
        book = new RoomBook(context, reader::unread);
        roomKeys = new RoomKeys(context, courier, introductions);
        posts = new RoomPosts(context, history, book, roomKeys);
        items = new RoomItems(context, history, book, roomKeys, posts);
    }

    void start() {
        courier.start();
        deliveries.load();
        posts.load();
        items.load();
    }

    void tick() {
        courier.tick();
        posts.pump();
        items.tick();
    }

    void hubChanged(boolean isUp) {
        courier.hubChanged(isUp);
        if (isUp) {
            items.startOver();
            posts.pump();
            items.directoryChanged();
        }
    }

    void directoryChanged() {
        courier.directoryChanged();
        deliveries.directoryChanged();
        items.directoryChanged();
        posts.pump();
    }

    @Override
    public void take(MessageLite item, boolean isFit) {
        switch (item) {
            case MailItem mail -> courier.mailReceived(mail, isFit);
            case RoomItem post -> items.received(post, isFit);
            default -> throw new IllegalArgumentException("item of " + item.getClass());
        }
    }

    @Override
    public void acknowledge() {
        courier.acknowledgeMail();
        items.cursors.acknowledge();
    }

    @Override
    public boolean isAcknowledged(MessageLite item) {
        return item instanceof MailItem mail
                ? mail.getPosition() <= courier.mailAcknowledged()
                : item instanceof RoomItem post && post.getIndex() <= items.cursors.acknowledged(post.getRoom());
    }

    @Override
    public boolean isKnown(DeviceId from, ByteString id) {
        return history.has(ByteString.EMPTY, from, id);
    }

    @Override
    public boolean opened(DeviceId from, String account, ByteString id, byte[] bytes) {
        Body body;
        try {
            body = Body.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
        return Bodies.isSound(body)
                && (account.equals(context.account())
                        ? openedOwn(from, id, body)
                        : openedForeign(from, account, id, body));
    }

    private boolean openedForeign(DeviceId from, String account, ByteString id, Body body) {
        switch (body.getContentCase()) {
            case TEXT -> {
                ChatMessage message = history.addIncoming(
                        "@" + account, ByteString.EMPTY, id, account, from, body.getText(), body.getSentMillis(), true);
                context.tell(message, true);
            }
            case RECEIPT -> {
                if (body.getReceipt().getRead()) {
                    deliveries.read(account, body.getReceipt().getMessageIdsList());
                }
            }
            case LEAVING -> context.turn().after(() -> context.listener().left(account));
            case SENDER_KEY -> items.senderKey(from, body.getSenderKey());
            case SENDER_KEY_WANTED -> senderKeyWanted(from, account, body.getSenderKeyWanted());
            case OWN_COPY, CONTENT_NOT_SET -> {
                return false; // nobody speaks for this account but its own devices
            }
        }
        return true;
    }

    /** From another device of the own account. */
    private boolean openedOwn(DeviceId from, ByteString id, Body body) {
        switch (body.getContentCase()) {
            case OWN_COPY -> {
                return openedOwnCopy(id, body);
            }
            case RECEIPT -> body.getReceipt().getMessageIdsList().forEach(history::markReadUpTo);
            case SENDER_KEY -> items.senderKey(from, body.getSenderKey());
            case SENDER_KEY_WANTED -> senderKeyWanted(from, context.account(), body.getSenderKeyWanted());
            case TEXT, LEAVING, CONTENT_NOT_SET -> {
                return false;
            }
        }
        return true;
    }

    private boolean openedOwnCopy(ByteString id, Body body) {
        OwnCopy copy = body.getOwnCopy();
        if (!copy.getMessageId().equals(id)) {
            return false;
        }
        boolean isNote = copy.getToAccount().equals(context.account());
        MessageState state = isNote ? MessageState.DELIVERED : MessageState.STORED;
        KeptDelivery delivery =
                KeptDelivery.newBuilder().setState(state.number()).build();
        context.tell(
                history.addOutgoing(
                        "@" + copy.getToAccount(), id, copy.getText(), body.getSentMillis(), true, delivery),
                true);
        return true;
    }

    private void senderKeyWanted(DeviceId from, String account, SenderKeyWanted wanted) {
        roomKeys.wanted(from, wanted.getRoom(), wanted.getKeyId(), book, account);
    }

    @Override
    public Optional<ByteString> body(ByteString id, int kind) {
        boolean isOwnCopy = kind == KeptKind.KIND_OWN_COPY_VALUE;
        return history.find(id)
                .map(found -> isOwnCopy ? Bodies.ownCopy(found) : Bodies.text(found))
                .map(Body::toByteString);
    }

    @Override
    public OptionalInt wantedAgain(DeviceId device, ByteString id) {
        return deliveries.wantedAgain(device, id);
    }

    @Override
    public void arrived(DeviceId device, ByteString id, int kind) {
        deliveries.copyIs(device, id, kind, KeptCopyState.COPY_DELIVERED, "");
    }

    @Override
    public void stored(DeviceId device, ByteString id, int kind) {
        deliveries.copyIs(device, id, kind, KeptCopyState.COPY_STORED, "");
    }

    @Override
    public void failed(DeviceId device, ByteString id, int kind, String reason) {
        deliveries.copyIs(device, id, kind, KeptCopyState.COPY_FAILED, reason);
    }

    @Override
    public void devicesMissed(String account) {
        deliveries.devicesMissed(account);
    }

    @Override
    public void waits(DeviceId device, String account, String reason) {
        deliveries.waits(device, account, reason);
    }
}

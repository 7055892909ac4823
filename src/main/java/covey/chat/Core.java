package covey.chat;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;
import covey.wire.proto.Body;
import covey.wire.proto.Envelope;
import covey.wire.proto.MailItem;
import covey.wire.proto.SenderKeyWanted;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The parts of the engine, put together over what the store holds. Thrown away when a turn could not be kept. */
final class Core implements Arrivals.Readers {
    private static final long PRUNE_MILLIS = 6 * 3_600_000L;

    final Context context;
    final History history;
    final Deliveries deliveries;
    final Dispatch dispatch;
    final OwnPrekeys ownPrekeys;
    final Arrivals arrivals;
    final Complaints complaints;
    final MailCursor mail;
    final RoomBook book;
    final RoomKeys roomKeys;
    final RoomPosts posts;
    final RoomItems items;
    private long pruneMillis;

    Core(Context context, long streamEpoch, Map<String, String> waits, HistoryReader reader) {
        this.context = context;
        history = new History(context, waits);
        ownPrekeys = new OwnPrekeys(context);
        deliveries = new Deliveries(context, history, waits);
        PrekeyCache prekeys = new PrekeyCache(context, this::prekeysLearned);
        Seals seals = new Seals(context, ownPrekeys, prekeys);
        dispatch = new Dispatch(context, history, seals, streamEpoch, deliveries);
        complaints = new Complaints(context);
        arrivals = new Arrivals(context, history, seals, complaints, this);
        mail = new MailCursor(context, arrivals::heldPositions);
        book = new RoomBook(context, reader::unread);
        roomKeys = new RoomKeys(context, dispatch);
        posts = new RoomPosts(context, history, book, roomKeys);
        items = new RoomItems(context, history, book, roomKeys, posts);
    }

    void start() {
        ownPrekeys.tick();
        deliveries.start(dispatch);
        posts.load();
        items.load();
        arrivals.prune();
        pruneMillis = context.monotonicMillis() + PRUNE_MILLIS;
    }

    private void prekeysLearned(String account) {
        for (PersonDevice device : context.people.devices(account)) {
            dispatch.pump(device.device());
        }
    }

    void mailReceived(List<MailItem> received) {
        for (MailItem item : received) {
            mail.received(item.getPosition());
            switch (item.getContentCase()) {
                case SEALED -> {
                    Optional<Envelope> envelope =
                            Arrivals.parse(item.getSealed().getEnvelope());
                    boolean isNamed = item.getSealed().getFromDevice().size() == DeviceId.BYTES;
                    if (isNamed && envelope.isPresent()) {
                        DeviceId from = DeviceId.of(item.getSealed().getFromDevice());
                        arrivals.received(from, envelope.get(), PathKind.MAIL, item.getPosition());
                    }
                }
                case NOTICE -> deliveries.notice(item.getNotice());
                case CONTENT_NOT_SET -> {}
            }
        }
        mail.acknowledge();
    }

    void tick() {
        ownPrekeys.tick();
        arrivals.tick();
        mail.acknowledge();
        complaints.tick();
        posts.pump();
        items.tick();
        dispatch.pumpAll();
        if (context.monotonicMillis() >= pruneMillis) {
            pruneMillis = context.monotonicMillis() + PRUNE_MILLIS;
            arrivals.prune();
        }
    }

    void hubChanged(boolean isUp) {
        if (isUp) {
            mail.startOver();
            items.startOver();
            ownPrekeys.tick();
            posts.pump();
            items.directoryChanged();
        }
        dispatch.pumpAll();
    }

    void directoryChanged() {
        deliveries.directoryChanged();
        arrivals.directoryChanged();
        mail.acknowledge();
        items.directoryChanged();
        posts.pump();
    }

    @Override
    public void read(String account, List<ByteString> ids) {
        deliveries.read(account, ids);
    }

    @Override
    public void senderKey(DeviceId from, String account, Body body) {
        items.senderKey(from, body.getSenderKey());
    }

    @Override
    public void senderKeyWanted(DeviceId from, String account, Body body) {
        SenderKeyWanted wanted = body.getSenderKeyWanted();
        roomKeys.wanted(from, wanted.getRoom(), wanted.getKeyId(), book, account);
    }
}

package covey.courier;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.store.Batch;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.wire.DeviceId;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.MailItem;
import covey.wire.proto.RelayFailure;
import java.util.Optional;

/**
 * Carries sealed bodies between this device and others, each once and in the order of their sender, and keeps what is
 * not settled. Owned by the station's loop.
 *
 * <p>How nothing is shown twice and nothing is lost, whatever fails: an item is stored before it leaves and until it is
 * acknowledged; it is stored at the receiver before that acknowledges; its id, the same on all paths and in all
 * attempts, tells what came before. Numbers only bring into order, so they need not survive: each start of the process
 * has a stream epoch of its own and numbers everything unsettled anew. Keys that seal live in memory only. So a crash
 * and a folder restored from a backup are the same thing.
 */
public final class Courier {
    /** Times that one process may begin again from its store before its stream epochs run into the next start's. */
    public static final int EPOCHS_PER_START = 1_000;

    private static final long PRUNE_MILLIS = 6 * 3_600_000L;

    private final Station station;
    private final OwnPrekeys ownPrekeys;
    private final Complaints complaints;
    private final Arrivals arrivals;
    private final Dispatch dispatch;
    private final MailCursor mail;
    private long pruneMillis;

    public Courier(Station station, long streamEpoch, Recipient recipient) {
        this.station = station;
        ownPrekeys = new OwnPrekeys(station);
        PrekeyCache prekeys = new PrekeyCache(station, this::prekeysLearned);
        Seals seals = new Seals(station, ownPrekeys, prekeys);
        complaints = new Complaints(station);
        arrivals = new Arrivals(station, seals, complaints, recipient);
        dispatch = new Dispatch(station, seals, streamEpoch, recipient);
        mail = new MailCursor(station, arrivals::heldPositions);
    }

    /**
     * A stream epoch that no earlier start used, and {@link #EPOCHS_PER_START} more. The clock keeps epochs rising over
     * a folder restored from a backup; were it wrong, receivers would still get everything once, in order of arrival.
     */
    public static long claimEpochs(Env env, OrderedStore store) {
        long next = store.get(Tables.EPOCH).map(Records::number).orElse(1L);
        long epoch = Math.max(next, env.clock().wallMillis());
        store.write(new Batch().put(Tables.EPOCH, Tables.number(epoch + EPOCHS_PER_START)), true);
        return epoch;
    }

    /** Takes up what was left. Once, from the loop. */
    public void start() {
        ownPrekeys.tick();
        dispatch.load();
        arrivals.prune();
        pruneMillis = station.monotonicMillis() + PRUNE_MILLIS;
    }

    private void prekeysLearned(String account) {
        for (PersonDevice device : station.devices.devices(account)) {
            dispatch.pump(device.device());
        }
    }

    /** Carries an item; {@link Recipient#body} gives what is sealed. One with the same id that waits already stays. */
    public void post(DeviceId device, ByteString id, int kind) {
        dispatch.post(device, id, kind, ByteString.EMPTY);
    }

    /** Carries a body, which is kept here until it is settled; returns its id. */
    public ByteString post(DeviceId device, int kind, ByteString body) {
        ByteString id = station.newId();
        dispatch.post(device, id, kind, body);
        return id;
    }

    /** Whether this is not settled yet. */
    public boolean carries(DeviceId device, ByteString id) {
        return dispatch.carries(device, id);
    }

    /** Carries a body only if there is a way now: not kept. */
    public void mention(DeviceId device, int kind, ByteString body) {
        dispatch.mention(device, kind, body);
    }

    /** An envelope over a link or the relay. */
    public void envelopeReceived(DeviceId from, Envelope envelope, PathKind via) {
        arrivals.received(from, envelope, via, 0);
    }

    public void ackReceived(DeviceId from, EnvelopeAck ack) {
        dispatch.ackReceived(from, ack);
    }

    /** The way to a device is now DIRECT, RELAY or NONE, or a new one of the same kind. */
    public void linkChanged(DeviceId device, PathKind now) {
        dispatch.linkChanged(device, now);
        complaints.linkChanged(device);
    }

    public void relayFailed(DeviceId device, RelayFailure reason) {
        dispatch.relayFailed(device, reason);
    }

    public void presenceChanged(DeviceId device) {
        dispatch.presenceChanged(device);
    }

    public void hubChanged(boolean isUp) {
        if (isUp) {
            mail.startOver();
            arrivals.startOver();
            ownPrekeys.tick();
        }
        dispatch.pumpAll();
    }

    /** Which own prekey the hub has. */
    public void prekeyAtHub(boolean isWanted, long prekeyId) {
        ownPrekeys.atHub(isWanted, prekeyId);
    }

    public void directoryChanged() {
        dispatch.directoryChanged();
        arrivals.directoryChanged();
        mail.acknowledge();
    }

    /** @param isFit false passes it over: this device failed at it before */
    public void mailReceived(MailItem item, boolean isFit) {
        mail.received(item.getPosition(), !isFit || received(item));
    }

    /** After what was received. */
    public void acknowledgeMail() {
        mail.acknowledge();
    }

    /** So far the mailbox was told that it is stored here. */
    public long mailAcknowledged() {
        return mail.acknowledged();
    }

    /** False when the mailbox must give it again. */
    private boolean received(MailItem item) {
        switch (item.getContentCase()) {
            case SEALED -> {
                Optional<Envelope> envelope = Arrivals.parse(item.getSealed().getEnvelope());
                ByteString from = item.getSealed().getFromDevice();
                return from.size() != DeviceId.BYTES
                        || envelope.isEmpty()
                        || arrivals.received(DeviceId.of(from), envelope.get(), PathKind.MAIL, item.getPosition());
            }
            case NOTICE -> dispatch.notice(item.getNotice());
            case CONTENT_NOT_SET -> {}
        }
        return true;
    }

    /** About once a second. */
    public void tick() {
        ownPrekeys.tick();
        arrivals.tick();
        mail.acknowledge();
        complaints.tick();
        dispatch.pumpAll();
        if (station.monotonicMillis() >= pruneMillis) {
            pruneMillis = station.monotonicMillis() + PRUNE_MILLIS;
            arrivals.prune();
        }
    }
}

package covey.courier;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.FrameType;
import covey.wire.proto.KeptComplaint;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Mail that could not be opened here, because this device lost its sessions (restored from a backup) or the mail is
 * older than its prekey. The mailbox has let it go by then, so the sender is told as soon as there is a way to it,
 * again and again until it sends the message anew.
 */
final class Complaints {
    private static final int COMPLAINTS_MAX = 10_000;

    private static final long KEPT_MILLIS = TimeUnit.DAYS.toMillis(30);

    /** Doubled each time: the sender may be unable to send it again. */
    private static final long REPEAT_MILLIS = 10_000;

    private static final long REPEAT_MILLIS_MAX = TimeUnit.HOURS.toMillis(1);

    /** Complaints told to one device at once. */
    private static final int TOLD_MAX = 64;

    private final Station station;
    private final Map<DeviceId, Map<ByteString, KeptComplaint>> open = new HashMap<>();
    private final Map<DeviceId, Pace> paces = new HashMap<>();
    private int count;

    private record Pace(long notBeforeMillis, long pauseMillis) {}

    Complaints(Station station) {
        this.station = station;
        station.turn.scan(Tables.COMPLAINTS, (key, value) -> {
            KeptComplaint kept = Tables.parse(KeptComplaint.parser(), value);
            remember(Tables.deviceOf(key), kept);
            return true;
        });
    }

    private void remember(DeviceId device, KeptComplaint complaint) {
        KeptComplaint before = open.computeIfAbsent(device, key -> new LinkedHashMap<>())
                .put(complaint.getAck().getMessageId(), complaint);
        count += before == null ? 1 : 0;
    }

    void add(DeviceId device, EnvelopeAck ack) {
        if (count >= COMPLAINTS_MAX) {
            return;
        }
        if (count == 0) {
            station.warn(
                    "Mail for this device could not be opened, since its keys changed. Its senders are asked to send"
                            + " it again.");
        }
        KeptComplaint complaint = KeptComplaint.newBuilder()
                .setAck(ack)
                .setSinceMillis(station.wallMillis())
                .build();
        remember(device, complaint);
        station.turn.put(Tables.complaint(device, ack.getMessageId()), complaint.toByteArray());
        station.turn.after(() -> tell(device));
    }

    /** The message came. */
    void settled(DeviceId device, ByteString id) {
        Map<ByteString, KeptComplaint> complaints = open.get(device);
        if (complaints != null && complaints.remove(id) != null) {
            count--;
            station.turn.delete(Tables.complaint(device, id));
            if (complaints.isEmpty()) {
                open.remove(device);
                paces.remove(device);
            }
        }
    }

    /** There may be a way now. */
    void linkChanged(DeviceId device) {
        paces.remove(device);
        tell(device);
    }

    void tick() {
        for (DeviceId device : List.copyOf(open.keySet())) {
            forgetOld(device);
            tell(device);
        }
    }

    private void forgetOld(DeviceId device) {
        for (KeptComplaint complaint :
                List.copyOf(open.getOrDefault(device, Map.of()).values())) {
            if (station.wallMillis() - complaint.getSinceMillis() > KEPT_MILLIS) {
                settled(device, complaint.getAck().getMessageId());
            }
        }
    }

    private void tell(DeviceId device) {
        Map<ByteString, KeptComplaint> complaints = open.getOrDefault(device, Map.of());
        Pace pace = paces.getOrDefault(device, new Pace(Long.MIN_VALUE, REPEAT_MILLIS));
        if (complaints.isEmpty() || station.monotonicMillis() < pace.notBeforeMillis()) {
            return;
        }
        if (station.paths.pathTo(device) == PathKind.NONE) {
            if (station.devices.isOnline(device)) {
                station.paths.wantLink(device);
            }
            return;
        }
        paces.put(
                device,
                new Pace(
                        station.monotonicMillis() + pace.pauseMillis(),
                        Math.min(2 * pace.pauseMillis(), REPEAT_MILLIS_MAX)));
        complaints.values().stream()
                .limit(TOLD_MAX)
                .forEach(complaint -> station.paths.send(device, FrameType.ENVELOPE_ACK, complaint.getAck()));
    }
}

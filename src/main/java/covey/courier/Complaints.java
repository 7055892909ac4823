package covey.courier;

import com.google.protobuf.ByteString;
import covey.store.Records;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.FrameType;
import covey.wire.proto.KeptComplaint;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Mail that could not be opened here, because this device lost its sessions (restored from a backup) or the mail is
 * older than its prekey. The mailbox has let it go by then, so the sender is told as soon as there is a way to it,
 * again and again until it sends the message anew.
 */
final class Complaints {
    /** Of one device: it cannot crowd out the others'. Beyond, its mail is gone, and the user is told. */
    private static final int COMPLAINTS_PER_DEVICE_MAX = 1_000;

    /** Doubled each time: the sender may be unable to send it again. */
    private static final long REPEAT_MILLIS = 10_000;

    private static final long REPEAT_MILLIS_MAX = TimeUnit.HOURS.toMillis(1);

    /** Complaints told to one device at once. */
    private static final int TOLD_MAX = 64;

    private final Station station;
    private final Map<DeviceId, Map<ByteString, KeptComplaint>> open = new HashMap<>();
    private final Map<DeviceId, Pace> paces = new HashMap<>();
    private final Set<DeviceId> told = new HashSet<>();
    private int count;

    Complaints(Station station) {
        this.station = station;
        station.turn.scanSound(Tables.COMPLAINTS, (key, value) -> {
            KeptComplaint kept = Records.parse(KeptComplaint.parser(), value);
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
        int of = open.getOrDefault(device, Map.of()).size();
        if (of >= COMPLAINTS_PER_DEVICE_MAX) {
            if (told.add(device)) {
                station.warn("More than " + COMPLAINTS_PER_DEVICE_MAX + " messages of "
                        + station.devices
                                .accountOf(device)
                                .map(name -> "@" + name)
                                .orElse("a device")
                        + " could not be opened, and further ones are lost. Ask for them to be sent again.");
            }
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
            if (station.wallMillis() - complaint.getSinceMillis() > Limits.MAIL_LIFETIME_MILLIS) {
                settled(device, complaint.getAck().getMessageId());
            }
        }
    }

    private void tell(DeviceId device) {
        Map<ByteString, KeptComplaint> complaints = open.getOrDefault(device, Map.of());
        if (complaints.isEmpty()) {
            return;
        }
        Pace pace = paces.computeIfAbsent(device, key -> new Pace(REPEAT_MILLIS, REPEAT_MILLIS_MAX));
        if (!pace.isDue(station.monotonicMillis())) {
            return;
        }
        if (station.paths.pathTo(device) == PathKind.NONE) {
            if (station.devices.isOnline(device)) {
                station.paths.wantLink(device);
            }
            return;
        }
        pace.tried(station.monotonicMillis());
        complaints.values().stream()
                .limit(TOLD_MAX)
                .forEach(complaint -> station.paths.send(device, FrameType.ENVELOPE_ACK, complaint.getAck()));
    }
}

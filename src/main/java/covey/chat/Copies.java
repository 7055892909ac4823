package covey.chat;

import covey.wire.DeviceId;
import covey.wire.proto.KeptCopy;
import covey.wire.proto.KeptCopyState;
import covey.wire.proto.KeptDelivery;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The copies of one message for the receiver's devices, and the one state that follows from them. Immutable. */
record Copies(Map<DeviceId, KeptCopy> byDevice, boolean isRead) {
    /** One copy that arrived is enough; as long as one may still arrive, the message has not failed. */
    MessageState state() {
        if (isRead) {
            return MessageState.READ;
        }
        if (byDevice.isEmpty()) {
            return MessageState.QUEUED;
        }
        boolean isAnyWaiting = false;
        boolean isAnyStored = false;
        for (KeptCopy copy : byDevice.values()) {
            switch (copy.getState()) {
                case COPY_DELIVERED -> {
                    return MessageState.DELIVERED;
                }
                case COPY_WAITING, UNRECOGNIZED -> isAnyWaiting = true;
                case COPY_STORED -> isAnyStored = true;
                case COPY_FAILED -> {}
            }
        }
        if (isAnyWaiting) {
            return MessageState.QUEUED;
        }
        return isAnyStored ? MessageState.STORED : MessageState.FAILED;
    }

    /** Why it failed: what became of the first copy. */
    String reason() {
        return state() == MessageState.FAILED
                ? byDevice.values().iterator().next().getReason()
                : "";
    }

    boolean has(DeviceId device) {
        return byDevice.containsKey(device);
    }

    /** Devices that should have a copy and have none. */
    List<DeviceId> missing(Collection<DeviceId> devices) {
        List<DeviceId> missing = new ArrayList<>(devices);
        missing.removeAll(byDevice.keySet());
        return missing;
    }

    Copies with(DeviceId device, KeptCopyState state, String reason) {
        Map<DeviceId, KeptCopy> changed = new LinkedHashMap<>(byDevice);
        KeptCopy before = changed.get(device);
        if (before != null && before.getState() == KeptCopyState.COPY_DELIVERED) {
            return this; // nothing undoes that
        }
        changed.put(
                device,
                KeptCopy.newBuilder()
                        .setDevice(device.toByteString())
                        .setState(state)
                        .setReason(reason)
                        .build());
        return new Copies(changed, isRead);
    }

    Copies read() {
        return new Copies(byDevice, true);
    }

    static Copies none() {
        return new Copies(Map.of(), false);
    }

    static Copies of(KeptDelivery kept) {
        Map<DeviceId, KeptCopy> copies = new LinkedHashMap<>();
        for (KeptCopy copy : kept.getCopiesList()) {
            copies.put(DeviceId.of(copy.getDevice()), copy);
        }
        return new Copies(copies, kept.getState() == MessageState.READ.number());
    }

    KeptDelivery toKept() {
        return KeptDelivery.newBuilder()
                .setState(state().number())
                .setReason(reason())
                .addAllCopies(byDevice.values())
                .build();
    }
}

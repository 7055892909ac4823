package covey.mailbox;

import com.google.protobuf.ByteString;
import covey.directory.Step;
import covey.store.Keys;
import covey.wire.DeviceId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What each sender's account has waiting in a device's mailbox, so that one sender cannot shut out the others. Counted
 * only from a quarter full on, since a box is mostly empty and a count costs as much as the mail; over half full nobody
 * may have more than a quarter that was counted. So nobody ever fills more than half of a box.
 */
final class Shares {
    private static final int CROWDED = 2;
    private static final int SHARE = 4;

    private Shares() {}

    private record Share(int mails, long bytes) {}

    /** @param replaced what makes way for it */
    static boolean isRoomFor(
            Step step, DeviceId device, Box box, String sender, Optional<ByteString> replaced, int size) {
        boolean isCrowded = box.mails() >= MailboxState.MAILS_PER_DEVICE_MAX / CROWDED
                || box.bytes() >= MailboxState.BYTES_PER_DEVICE_MAX / CROWDED;
        boolean isOwn = step.view()
                .device(device)
                .filter(known -> known.account().equals(sender))
                .isPresent();
        if (!isCrowded || isOwn) {
            return true;
        }
        Share share = share(step, key(device, sender));
        return share.mails - replaced.map(body -> 1).orElse(0) < MailboxState.MAILS_PER_DEVICE_MAX / SHARE
                && share.bytes - replaced.map(ByteString::size).orElse(0) + size
                        <= MailboxState.BYTES_PER_DEVICE_MAX / SHARE;
    }

    static boolean isCounted(Box box) {
        return box.mails() >= MailboxState.MAILS_PER_DEVICE_MAX / SHARE
                || box.bytes() >= MailboxState.BYTES_PER_DEVICE_MAX / SHARE;
    }

    static void grow(Step step, DeviceId device, String sender, int size) {
        change(step, key(device, sender), 1, size);
    }

    /** The box is no longer counted: whoever had a share begins anew. */
    static void forget(Step step, DeviceId device) {
        byte[] from = key(device, "");
        List<byte[]> keys = new ArrayList<>();
        step.transaction().scan(from, Keys.end(from), false, (key, value) -> keys.add(key));
        keys.forEach(step::delete);
    }

    static void shrink(Step step, DeviceId device, DeviceId sender, int size) {
        step.view().device(sender).ifPresent(known -> change(step, key(device, known.account()), -1, -size));
    }

    private static void change(Step step, byte[] key, int mails, int bytes) {
        Share before = share(step, key);
        int now = before.mails + mails;
        if (now > 0) {
            step.put(
                    key,
                    ByteBuffer.allocate(Integer.BYTES + Long.BYTES)
                            .putInt(now)
                            .putLong(Math.max(0, before.bytes + bytes))
                            .array());
        } else if (before.mails > 0) {
            step.delete(key);
        }
    }

    private static Share share(Step step, byte[] key) {
        return step.get(key)
                .map(ByteBuffer::wrap)
                .map(in -> new Share(in.getInt(), in.getLong()))
                .orElse(new Share(0, 0));
    }

    private static byte[] key(DeviceId device, String sender) {
        byte[] name = sender.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + DeviceId.BYTES + name.length)
                .put(Tables.SHARE)
                .put(device.toBytes())
                .put(name)
                .array();
    }
}

package covey.mailbox;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView.Account;
import covey.directory.Happening;
import covey.directory.Refused;
import covey.directory.Step;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.MailItem;
import covey.wire.proto.MailOutcome;
import covey.wire.proto.Problem;
import covey.wire.proto.StaleDevices;
import covey.wire.proto.StoredAt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The hub half of mailboxes: one per device, in order of arrival, until its device acknowledges. The sender's device
 * finds in its own mailbox what became of its mail. Keeps nothing itself: all is in the store.
 *
 * <p>What an account may have waiting is shared out evenly among the devices it may have: a lost device, which never
 * acknowledges, fills its own share and not that of the others.
 */
public final class MailboxState {
    /** Sealed messages that may wait for one device: a month of a busy person. */
    public static final int MAILS_PER_DEVICE_MAX = 10_000;

    /** Bytes of envelopes that may wait for one device. */
    public static final long BYTES_PER_DEVICE_MAX = 16L << 20;

    /** For an account: its devices' shares. */
    public static final int MAILS_PER_ACCOUNT_MAX = MAILS_PER_DEVICE_MAX * Limits.DEVICES_PER_ACCOUNT_MAX;

    /** Prekeys' private halves are kept as long: what is older could not be opened. */
    public static final long LIFETIME_MILLIS = Limits.MAIL_LIFETIME_MILLIS;

    /**
     * Notices are small and not counted as mail; a device that sends and never listens loses those of success first.
     */
    static final int FETCHED_NOTICES_MAX = 10_000;

    static final int NOTICES_MAX = 12_000;

    /** Items that one tick may let expire or drop: a few milliseconds of work. */
    static final int DROPPED_PER_TICK_MAX = 1_000;

    /** Items of a revoked device dropped at once; ticks do the rest. */
    static final int DROPPED_AT_ONCE_MAX = 200;

    private static final byte[] TOTAL = {Tables.TOTAL};

    private MailboxState() {}

    private enum Put {
        KEPT,
        HELD_ALREADY,
        FULL,
        SHARE_FULL
    }

    /**
     * Keeps mail for devices that are away. Either all active devices of the receiver are accounted for, or none is.
     */
    public static CommandResult deposit(Step step, Deposit command) {
        DeviceId sender = step.actor().device().orElseThrow();
        Account receiver = receiver(step, command);
        checkDevices(step, receiver, sender, command);
        Set<Put> done = EnumSet.noneOf(Put.class);
        for (DeviceMail mail : command.getMailsList()) {
            DeviceId device = DeviceId.of(mail.getDevice());
            if (!receiver.devices().contains(device)) {
                notice(step, sender, command.getMessageId(), device, MailOutcome.DEVICE_REVOKED);
                continue;
            }
            Put put = put(step, device, sender, command.getMessageId(), mail.getEnvelope());
            done.add(put);
            if (put == Put.FULL || put == Put.SHARE_FULL) {
                notice(step, sender, command.getMessageId(), device, MailOutcome.QUOTA);
            }
        }
        boolean isHeld = done.contains(Put.KEPT) || done.contains(Put.HELD_ALREADY);
        if (!isHeld && !done.isEmpty()) {
            throw Refused.overLimit(full(receiver.name(), done.contains(Put.FULL)));
        }
        return CommandResult.newBuilder()
                .setStored(StoredAt.newBuilder().setTimeMillis(step.nowMillis()))
                .build();
    }

    private static String full(String receiver, boolean isFull) {
        return (isFull
                        ? "The mailbox of @" + receiver + " is full (" + MAILS_PER_DEVICE_MAX + " messages or "
                                + (BYTES_PER_DEVICE_MAX >> 20) + " MiB per device)"
                        : "The mailbox of @" + receiver + " is more than half full, and a quarter of it is yours: the"
                                + " rest is for others")
                + "; it takes more when @" + receiver + " has fetched some.";
    }

    private static Account receiver(Step step, Deposit command) {
        if (command.getMessageId().size() != Limits.ID_BYTES || command.getMailsCount() == 0) {
            throw Refused.bad("A deposit has a message id of 16 bytes and mail for at least one device.");
        }
        if (command.getMailsCount() > Limits.DEVICES_PER_ACCOUNT_MAX) {
            throw Refused.overLimit(
                    "mails: " + command.getMailsCount() + " (expected: <= " + Limits.DEVICES_PER_ACCOUNT_MAX + ").");
        }
        String name = command.getToAccount();
        Account receiver = step.view()
                .account(name)
                .orElseThrow(() -> Refused.notFound("There is no account @" + name + " (any more)."));
        if (receiver.disabled()) {
            throw Refused.denied("@" + name + " is disabled and gets no messages until an administrator changes that.");
        }
        if (step.blocks().isBlocked(step.view(), name, step.actor().account())) {
            throw Refused.denied("@" + name + " does not accept messages from you.");
        }
        return receiver;
    }

    private static void checkDevices(Step step, Account receiver, DeviceId sender, Deposit command) {
        Set<ByteString> named = new HashSet<>();
        for (DeviceMail mail : command.getMailsList()) {
            if (!named.add(mail.getDevice())) {
                throw Refused.bad("A deposit names a device twice; seal one envelope for each device.");
            }
            int size = mail.getEnvelope().size();
            if (mail.getDevice().size() != DeviceId.BYTES || size == 0 || size > Limits.ENVELOPE_BYTES_MAX) {
                throw Refused.bad("mail: an envelope of " + size + " bytes for a device id of "
                        + mail.getDevice().size() + " (expected: 1.." + Limits.ENVELOPE_BYTES_MAX
                        + " and 32).");
            }
            DeviceId device = DeviceId.of(mail.getDevice());
            boolean wasReceivers = receiver.devices().contains(device)
                    || step.view()
                            .device(device)
                            .filter(known -> known.account().equals(receiver.name()))
                            .isPresent();
            if (!wasReceivers || device.equals(sender)) {
                throw Refused.bad(
                        "Device " + device.shortText() + " is not another device of @" + receiver.name() + ".");
            }
        }
        List<DeviceId> missing = receiver.devices().stream()
                .filter(device -> !device.equals(sender) && !isNamed(command, device.toByteString()))
                .toList();
        if (!missing.isEmpty()) {
            throw new Refused(stale(step, receiver, missing));
        }
    }

    private static boolean isNamed(Deposit command, ByteString device) {
        for (DeviceMail mail : command.getMailsList()) {
            if (mail.getDevice().equals(device)) {
                return true;
            }
        }
        return command.getCoveredList().contains(device);
    }

    private static CommandResult stale(Step step, Account receiver, List<DeviceId> missing) {
        StaleDevices.Builder stale =
                StaleDevices.newBuilder().setDirectorySize(step.view().size());
        missing.forEach(device -> stale.addMissing(device.toByteString()));
        return CommandResult.newBuilder()
                .setProblem(Problem.newBuilder()
                        .setCode(ErrorCode.STALE_DEVICES)
                        .setMessage("@" + receiver.name() + " has devices that the message is not sealed for ("
                                + missing.getFirst().shortText() + "…): sync the directory and seal for them too."))
                .setStaleDevices(stale)
                .build();
    }

    /**
     * One message waits at most once per device. The very same envelope again changes nothing; a newly sealed one (the
     * receiver could not open the first) takes its place at the end.
     */
    private static Put put(Step step, DeviceId device, DeviceId sender, ByteString messageId, ByteString envelope) {
        Box box = box(step, device);
        byte[] waitingKey = waitingKey(device, sender, messageId);
        Optional<byte[]> itemKey =
                step.get(waitingKey).map(position -> Tables.key(Tables.ITEM, device, Records.number(position)));
        Optional<ByteString> before =
                itemKey.map(key -> Item.decode(step.get(key).orElseThrow()).body());
        if (before.filter(envelope::equals).isPresent()) {
            return Put.HELD_ALREADY;
        }
        // Decided before anything is changed: a deposit that is kept for one device only is not rolled back.
        Box rest = before.map(body -> box.minusMail(body.size())).orElse(box);
        if (rest.mails() >= MAILS_PER_DEVICE_MAX || rest.bytes() + envelope.size() > BYTES_PER_DEVICE_MAX) {
            return Put.FULL;
        }
        String account = step.actor().account();
        if (!Shares.isRoomFor(step, device, rest, account, before, envelope.size())) {
            return Put.SHARE_FULL;
        }
        itemKey.ifPresent(key -> {
            step.delete(key);
            addToTotal(step, -1);
        });
        if (Shares.isCounted(box)) {
            before.ifPresent(body -> Shares.shrink(step, device, sender, body.size()));
        }
        if (Shares.isCounted(rest)) {
            Shares.grow(step, device, account, envelope.size());
        }
        append(
                step,
                device,
                rest.plusMail(envelope.size()),
                Item.sealed(step.nowMillis(), messageId, sender, envelope));
        step.put(waitingKey, Tables.number(rest.last() + 1));
        return Put.KEPT;
    }

    /** Tells a device what became of its mail; a device that is gone is told nothing. */
    private static void notice(Step step, DeviceId sender, ByteString messageId, DeviceId to, MailOutcome outcome) {
        if (step.view().device(sender).filter(device -> !device.revoked()).isEmpty()) {
            return;
        }
        Box box = box(step, sender);
        if (box.notices() >= (outcome == MailOutcome.FETCHED ? FETCHED_NOTICES_MAX : NOTICES_MAX)) {
            return;
        }
        append(step, sender, box.plusNotice(), Item.notice(step.nowMillis(), messageId, to, outcome));
    }

    private static void append(Step step, DeviceId device, Box grown, Item item) {
        step.put(Tables.key(Tables.ITEM, device, grown.last()), item.encode());
        Box box = grown;
        if (box.expiryMillis() == 0) {
            box = box.expiring(item.timeMillis() + LIFETIME_MILLIS);
            step.put(Tables.key(Tables.BOX_EXPIRY, box.expiryMillis(), device.toBytes()), Tables.NOTHING);
        }
        save(step, device, box);
        addToTotal(step, 1);
        step.happened(new Happening.MailArrived(device));
    }

    /** The device has stored everything up to this position. */
    public static void acknowledge(Step step, long upTo) {
        DeviceId device = step.actor().device().orElseThrow();
        Box box = box(step, device);
        if (upTo < 0 || upTo > box.last()) {
            throw Refused.bad("Mail is acknowledged up to " + Long.toUnsignedString(upTo)
                    + ", but the last one given is " + box.last() + ".");
        }
        drop(step, device, upTo, Long.MAX_VALUE, Integer.MAX_VALUE, MailOutcome.FETCHED);
    }

    /** The device is revoked: nothing waits for it any more, and the senders are told. */
    public static void deviceGone(Step step, DeviceId device) {
        step.put(Tables.key(Tables.DEAD_BOX, device), Tables.NOTHING);
        bury(step, device, DROPPED_AT_ONCE_MAX);
    }

    /** Expired mail and the mail of revoked devices goes, a bounded number of items per tick. */
    public static void tick(Step step) {
        int left = DROPPED_PER_TICK_MAX;
        byte[] dead = {Tables.DEAD_BOX};
        for (byte[] key : first(step, dead, new byte[] {Tables.DEAD_BOX + 1})) {
            left -= bury(step, device(key), left);
        }
        byte[] until = Tables.key(Tables.BOX_EXPIRY, step.nowMillis() + 1, Tables.NOTHING);
        for (byte[] key : first(step, new byte[] {Tables.BOX_EXPIRY}, until)) {
            if (left <= 0) {
                return;
            }
            DeviceId device = device(key);
            left -= 1
                    + drop(step, device, Long.MAX_VALUE, step.nowMillis() - LIFETIME_MILLIS, left, MailOutcome.EXPIRED);
            step.delete(key);
            requeue(step, device);
        }
    }

    /** Looks at the box again when its oldest item is due. */
    private static void requeue(Step step, DeviceId device) {
        Box box = box(step, device);
        long[] dueMillis = new long[1];
        step.transaction()
                .scan(
                        Tables.key(Tables.ITEM, device, box.acknowledged() + 1),
                        Tables.key(Tables.ITEM, device, box.last() + 1),
                        false,
                        (key, value) -> {
                            dueMillis[0] = Item.decode(value).timeMillis() + LIFETIME_MILLIS;
                            return false;
                        });
        save(step, device, box.expiring(dueMillis[0]));
        if (dueMillis[0] != 0) {
            step.put(Tables.key(Tables.BOX_EXPIRY, dueMillis[0], device.toBytes()), Tables.NOTHING);
        }
    }

    private static int bury(Step step, DeviceId device, int most) {
        int dropped = drop(step, device, Long.MAX_VALUE, Long.MAX_VALUE, most, MailOutcome.DEVICE_REVOKED);
        Box box = box(step, device);
        if (box.waiting() == 0) {
            step.delete(Tables.key(Tables.BOX_EXPIRY, box.expiryMillis(), device.toBytes()));
            step.delete(Tables.key(Tables.BOX, device));
            step.delete(Tables.key(Tables.DEAD_BOX, device));
        }
        return dropped;
    }

    /** Removes the oldest items, up to a position, an age and a number; tells the senders. Returns how many. */
    private static int drop(Step step, DeviceId device, long upTo, long untilMillis, int most, MailOutcome outcome) {
        Box before = box(step, device);
        boolean isCounted = Shares.isCounted(before);
        Box[] box = {before};
        int[] dropped = new int[1];
        step.transaction()
                .scan(
                        Tables.key(Tables.ITEM, device, before.acknowledged() + 1),
                        Tables.key(Tables.ITEM, device, Math.min(upTo, before.last()) + 1),
                        false,
                        (key, value) -> {
                            Item item = Item.decode(value);
                            if (dropped[0] >= most || item.timeMillis() > untilMillis) {
                                return false;
                            }
                            step.delete(key);
                            long position = Records.number(key);
                            box[0] = (item.isNotice()
                                            ? box[0].minusNotice()
                                            : box[0].minusMail(item.body().size()))
                                    .acknowledged(position);
                            if (!item.isNotice()) {
                                step.delete(waitingKey(device, item.device(), item.messageId()));
                                if (isCounted) {
                                    Shares.shrink(
                                            step,
                                            device,
                                            item.device(),
                                            item.body().size());
                                }
                                notice(step, item.device(), item.messageId(), device, outcome);
                            }
                            dropped[0]++;
                            return true;
                        });
        boolean isAll = outcome == MailOutcome.FETCHED && upTo > box[0].acknowledged();
        Box after = isAll ? box[0].acknowledged(upTo) : box[0];
        if (!after.equals(before)) {
            save(step, device, after);
            addToTotal(step, -dropped[0]);
            if (isCounted && !Shares.isCounted(after)) {
                Shares.forget(step, device);
            }
        }
        return dropped[0];
    }

    /** Keys of a queue, as many as one tick could work off. */
    private static List<byte[]> first(Step step, byte[] from, byte[] to) {
        List<byte[]> keys = new ArrayList<>();
        step.transaction().scan(from, to, false, (key, value) -> {
            keys.add(key);
            return keys.size() < DROPPED_PER_TICK_MAX;
        });
        return keys;
    }

    /** Mail and notices that wait for the device. */
    public static int waiting(OrderedStore store, DeviceId device) {
        return store.get(Tables.key(Tables.BOX, device))
                .map(Box::decode)
                .orElse(Box.EMPTY)
                .waiting();
    }

    /** Mail and notices that wait for anyone. */
    public static long totalWaiting(OrderedStore store) {
        return store.get(TOTAL).map(Records::number).orElse(0L);
    }

    /** Waiting items with a position above {@code after}, in order, at most so many bytes but at least one. */
    public static List<MailItem> read(OrderedStore store, DeviceId device, long after, int maxBytes) {
        Box box = store.get(Tables.key(Tables.BOX, device)).map(Box::decode).orElse(Box.EMPTY);
        List<MailItem> items = new ArrayList<>();
        int[] bytes = new int[1];
        // From what is acknowledged on: before that lie only deleted keys, which cost a scan too.
        long from = Math.max(after, box.acknowledged()) + 1;
        if (from > box.last()) {
            return items;
        }
        byte[] to = Tables.key(Tables.ITEM, device, box.last() + 1);
        store.scan(Tables.key(Tables.ITEM, device, from), to, false, (key, value) -> {
            long position = Records.number(key);
            MailItem item = Item.decode(value).toProto(position);
            bytes[0] += item.getSerializedSize();
            if (!items.isEmpty() && bytes[0] > maxBytes) {
                return false;
            }
            items.add(item);
            return bytes[0] < maxBytes;
        });
        return items;
    }

    private static Box box(Step step, DeviceId device) {
        return step.get(Tables.key(Tables.BOX, device)).map(Box::decode).orElse(Box.EMPTY);
    }

    private static void save(Step step, DeviceId device, Box box) {
        step.put(Tables.key(Tables.BOX, device), box.encode());
    }

    private static void addToTotal(Step step, int difference) {
        long total = step.get(TOTAL).map(Records::number).orElse(0L);
        step.put(TOTAL, Tables.number(total + difference));
    }

    private static DeviceId device(byte[] queueKey) {
        return DeviceId.of(Arrays.copyOfRange(queueKey, queueKey.length - DeviceId.BYTES, queueKey.length));
    }

    /** The sender is part of it: nobody can touch another's mail by naming its message id. */
    private static byte[] waitingKey(DeviceId device, DeviceId sender, ByteString messageId) {
        byte[] key = new byte[1 + 2 * DeviceId.BYTES + Limits.ID_BYTES];
        key[0] = Tables.WAITING;
        System.arraycopy(device.toBytes(), 0, key, 1, DeviceId.BYTES);
        System.arraycopy(sender.toBytes(), 0, key, 1 + DeviceId.BYTES, DeviceId.BYTES);
        messageId.copyTo(key, 1 + 2 * DeviceId.BYTES);
        return key;
    }
}

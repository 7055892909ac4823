package covey.chat;

import com.google.protobuf.ByteString;
import covey.directory.Refused;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.MailItem;
import covey.wire.proto.MailNotice;
import covey.wire.proto.MailOutcome;
import covey.wire.proto.Problem;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.Resolved;
import covey.wire.proto.ResolvedDevice;
import covey.wire.proto.SealedMail;
import covey.wire.proto.StaleDevices;
import covey.wire.proto.StoredAt;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** A hub's state as devices see it: mailboxes, prekeys and rooms, without sessions, log or disk. */
final class FakeHub {
    final FakeRooms rooms = new FakeRooms(this);
    final Village village;
    private final Map<DeviceId, PublishPrekey> prekeys = new LinkedHashMap<>();
    private final Map<DeviceId, TreeMap<Long, MailItem>> boxes = new LinkedHashMap<>();
    private final Map<DeviceId, Long> lastPositions = new LinkedHashMap<>();

    /** Waiting messages per mailbox; more are refused. */
    int quota = Integer.MAX_VALUE;

    int deposits;
    int queries;

    /** What queries are refused with, as by a hub in trouble. */
    Optional<ErrorCode> queryProblem = Optional.empty();

    FakeHub(Village village) {
        this.village = village;
    }

    CommandResult apply(Device by, Command command) {
        return switch (command.getKindCase()) {
            case PUBLISH_PREKEY -> {
                prekeys.put(by.id(), command.getPublishPrekey());
                yield CommandResult.getDefaultInstance();
            }
            case DEPOSIT -> deposit(by.id(), command.getDeposit());
            case MAIL_ACK -> acknowledge(by.id(), command.getMailAck().getUpTo());
            default -> rooms.apply(by, command);
        };
    }

    QueryReply answer(Device by, Query query) {
        queries++;
        queryProblem.ifPresent(code -> {
            throw new Refused(code, "The hub is in trouble.");
        });
        return query.hasResolve() ? resolve(query.getResolve().getAccount()) : rooms.answer(by, query);
    }

    private QueryReply resolve(String account) {
        Resolved.Builder resolved = Resolved.newBuilder();
        for (Device device : village.devicesOf(account)) {
            ResolvedDevice.Builder known =
                    ResolvedDevice.newBuilder().setDevice(device.id().toByteString());
            Optional.ofNullable(prekeys.get(device.id())).ifPresent(known::setPrekey);
            resolved.addDevices(known);
        }
        return QueryReply.newBuilder().setResolved(resolved).build();
    }

    private CommandResult deposit(DeviceId from, Deposit deposit) {
        deposits++;
        List<ByteString> missing = village.devicesOf(deposit.getToAccount()).stream()
                .map(device -> device.id().toByteString())
                .filter(id -> !id.equals(from.toByteString())
                        && !deposit.getCoveredList().contains(id)
                        && deposit.getMailsList().stream()
                                .noneMatch(mail -> mail.getDevice().equals(id)))
                .toList();
        if (!missing.isEmpty()) {
            return problem(ErrorCode.STALE_DEVICES, "stale").toBuilder()
                    .setStaleDevices(
                            StaleDevices.newBuilder().addAllMissing(missing).setDirectorySize(village.directorySize()))
                    .build();
        }
        for (DeviceMail mail : deposit.getMailsList()) {
            DeviceId to = DeviceId.of(mail.getDevice());
            if (!village.isActive(to)) {
                add(from, notice(deposit.getMessageId(), to, MailOutcome.DEVICE_REVOKED));
                continue;
            }
            if (box(to).size() >= quota) {
                return problem(ErrorCode.OVER_LIMIT, "The mailbox is full.");
            }
            box(to).values().removeIf(item -> item.hasSealed() && isSame(item, from, deposit.getMessageId()));
            add(
                    to,
                    MailItem.newBuilder()
                            .setSealed(SealedMail.newBuilder()
                                    .setFromDevice(from.toByteString())
                                    .setEnvelope(mail.getEnvelope())));
        }
        return CommandResult.newBuilder()
                .setStored(StoredAt.getDefaultInstance())
                .build();
    }

    private static boolean isSame(MailItem item, DeviceId from, ByteString messageId) {
        return item.getSealed().getFromDevice().equals(from.toByteString())
                && messageIdOf(item).equals(messageId);
    }

    private static ByteString messageIdOf(MailItem item) {
        try {
            return covey.wire.proto.Envelope.parseFrom(item.getSealed().getEnvelope())
                    .getMessageId();
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static MailItem.Builder notice(ByteString messageId, DeviceId to, MailOutcome outcome) {
        return MailItem.newBuilder()
                .setNotice(MailNotice.newBuilder()
                        .setMessageId(messageId)
                        .setToDevice(to.toByteString())
                        .setOutcome(outcome));
    }

    private void add(DeviceId to, MailItem.Builder item) {
        long position = lastPositions.merge(to, 1L, Long::sum);
        box(to).put(position, item.setPosition(position).build());
        village.mailFor(to);
    }

    private CommandResult acknowledge(DeviceId device, long upTo) {
        for (MailItem item : List.copyOf(box(device).headMap(upTo, true).values())) {
            box(device).remove(item.getPosition());
            if (item.hasSealed()) {
                tellSender(device, item, MailOutcome.FETCHED);
            }
        }
        return CommandResult.getDefaultInstance();
    }

    private void tellSender(DeviceId device, MailItem item, MailOutcome outcome) {
        add(DeviceId.of(item.getSealed().getFromDevice()), notice(messageIdOf(item), device, outcome));
    }

    /** Everything that waits for the device has waited too long. */
    void expire(DeviceId device) {
        for (MailItem item : List.copyOf(box(device).values())) {
            box(device).remove(item.getPosition());
            if (item.hasSealed()) {
                tellSender(device, item, MailOutcome.EXPIRED);
            }
        }
    }

    /** As after a restore from a backup that did not have it. */
    void loseMail() {
        boxes.values().forEach(Map::clear);
    }

    void forgetPrekeys() {
        prekeys.clear();
    }

    boolean hasPrekey(DeviceId device) {
        return prekeys.containsKey(device);
    }

    long prekeyId(DeviceId device) {
        return prekeys.containsKey(device) ? prekeys.get(device).getPrekeyId() : 0;
    }

    List<MailItem> mail(DeviceId device) {
        List<MailItem> items = new ArrayList<>(box(device).values());
        items.sort(Comparator.comparingLong(MailItem::getPosition));
        return items;
    }

    private NavigableMap<Long, MailItem> box(DeviceId device) {
        return boxes.computeIfAbsent(device, key -> new TreeMap<>());
    }

    static CommandResult problem(ErrorCode code, String message) {
        return CommandResult.newBuilder()
                .setProblem(Problem.newBuilder().setCode(code).setMessage(message))
                .build();
    }
}

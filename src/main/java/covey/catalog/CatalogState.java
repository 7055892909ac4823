package covey.catalog;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.Device;
import covey.directory.Refused;
import covey.directory.Step;
import covey.mailbox.Rooms;
import covey.store.Keys;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Register;
import covey.wire.proto.Share;
import covey.wire.proto.ShareKind;
import covey.wire.proto.Withdraw;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The hub half of the catalog: applies REGISTER and WITHDRAW. Both change nothing when they come twice.
 *
 * <p>What goes as a whole (a device that logs out, an account that leaves a room) may be a million names: it is hidden
 * at once and cleared away in pieces, as time passes.
 */
public final class CatalogState {
    /** A home server with its archives; one device cannot fill the hub's disk (about 400 bytes each). */
    static final long SHARES_PER_DEVICE_MAX = 2_000_000;

    static final long SHARES_PER_ACCOUNT_MAX = 4_000_000;

    static final long NAME_BYTES_PER_ACCOUNT_MAX = 512L << 20;

    /** Of what was withdrawn as a whole, so many are cleared away in one tick: some 100 ms of work. */
    static final int CLEARED_PER_TICK_MAX = 20_000;

    private static final int CONTENT_ID_BYTES = 33;

    private CatalogState() {}

    public static void register(Step step, Register command) {
        if (command.getSharesCount() == 0) {
            return;
        }
        int device = sharer(step);
        Edit edit = new Edit(step.transaction(), device);
        List<byte[]> keys = keys(
                device, command.getSharesList().stream().map(Share::getPath).toList());
        List<Optional<byte[]>> before = Edit.values(step.transaction()::scan, step::get, keys);
        Map<Object, Audience> audiences = new HashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            Share share = command.getShares(i);
            check(share);
            Object named = share.getAudienceCase() == Share.AudienceCase.ROOM ? share.getRoom() : share.getAccount();
            Audience audience = audiences.computeIfAbsent(named, any -> audience(step, share));
            edit.put(keys.get(i), before.get(i), ShareRecord.of(edit.change(), share, audience));
        }
        checkQuota(step, device, edit);
        edit.close();
    }

    public static void withdraw(Step step, Withdraw command) {
        int device = sharer(step);
        if (command.getAll()) {
            hideAll(step, device);
            return;
        }
        if (command.getPathsCount() == 0) {
            return;
        }
        Edit edit = new Edit(step.transaction(), device);
        List<byte[]> keys = keys(device, command.getPathsList());
        List<Optional<byte[]>> before = Edit.values(step.transaction()::scan, step::get, keys);
        for (int i = 0; i < keys.size(); i++) {
            byte[] key = keys.get(i);
            before.get(i).ifPresent(encoded -> edit.remove(key, encoded));
        }
        edit.close();
    }

    private static int sharer(Step step) {
        DeviceId id = step.actor().device().orElseThrow();
        return (int) step.view().device(id).orElseThrow().index();
    }

    private static List<byte[]> keys(int device, List<ByteString> paths) {
        List<byte[]> keys = new ArrayList<>(paths.size());
        for (ByteString path : paths) {
            byte[] key = Tables.share(device, path.toByteArray());
            boolean isFit = !path.isEmpty() && path.size() <= Limits.SHARE_PATH_BYTES_MAX;
            if (!isFit || (!keys.isEmpty() && java.util.Arrays.compareUnsigned(keys.getLast(), key) >= 0)) {
                throw new Refused(
                        ErrorCode.BAD_REQUEST,
                        "path " + keys.size() + ": " + (isFit ? "not in order" : path.size() + " bytes")
                                + " (expected: paths in ascending order, of 1 to " + Limits.SHARE_PATH_BYTES_MAX
                                + " bytes).");
            }
            keys.add(key);
        }
        return keys;
    }

    /** The edge checks more; this is what the records need to be read again. */
    private static void check(Share share) {
        int plainBytes = share.getKind() == ShareKind.SHARED_FILE ? Limits.HASH_BYTES : 0;
        if (share.getContent().size() != CONTENT_ID_BYTES
                || share.getContent().byteAt(0) != 1
                || share.getKind() == ShareKind.UNRECOGNIZED
                || share.getPlain().size() != plainBytes) {
            throw new Refused(
                    ErrorCode.BAD_REQUEST,
                    "'" + share.getPath().toStringUtf8() + "': digests of "
                            + share.getContent().size() + " and "
                            + share.getPlain().size() + " bytes (expected: " + CONTENT_ID_BYTES + " and " + plainBytes
                            + ").");
        }
    }

    private static Audience audience(Step step, Share share) {
        return switch (share.getAudienceCase()) {
            case AUDIENCE_NOT_SET -> Audience.ALL;
            case ROOM -> {
                boolean isIn = !share.getRoom().equals(Rooms.ANNOUNCEMENTS)
                        && share.getRoom().size() <= Limits.ROOM_ID_BYTES_MAX
                        && Rooms.isMember(
                                step::get, share.getRoom(), step.actor().account());
                if (!isIn) {
                    throw new Refused(
                            ErrorCode.DENIED,
                            "'" + share.getPath().toStringUtf8() + "' cannot be shared to a room that @"
                                    + step.actor().account() + " is not in: join it first.");
                }
                yield Audience.room(share.getRoom());
            }
            case ACCOUNT -> {
                Account account = step.view()
                        .account(share.getAccount())
                        .orElseThrow(() -> new Refused(
                                ErrorCode.NOT_FOUND,
                                "'" + share.getPath().toStringUtf8() + "' cannot be shared to @" + share.getAccount()
                                        + ": there is no such account."));
                yield Audience.account(account.index(), account.name());
            }
        };
    }

    private static void checkQuota(Step step, int device, Edit edit) {
        long shares = edit.count();
        long nameBytes = edit.nameBytes();
        for (DeviceId id : step.view()
                .account(step.actor().account())
                .map(Account::devices)
                .orElse(List.of())) {
            int other = (int) step.view().device(id).orElseThrow().index();
            if (other != device) {
                DeviceFigures figures = Edit.figures(step.transaction(), other);
                shares += figures.count();
                nameBytes += figures.nameBytes();
            }
        }
        if (edit.count() > SHARES_PER_DEVICE_MAX) {
            throw over("This device would share " + edit.count() + " names (at most " + SHARES_PER_DEVICE_MAX + ")");
        }
        if (shares > SHARES_PER_ACCOUNT_MAX || nameBytes > NAME_BYTES_PER_ACCOUNT_MAX) {
            throw over("The devices of @" + step.actor().account() + " would share " + shares + " names of "
                    + (nameBytes >> 20) + " MiB together (at most " + SHARES_PER_ACCOUNT_MAX + " and "
                    + (NAME_BYTES_PER_ACCOUNT_MAX >> 20) + " MiB)");
        }
    }

    private static Refused over(String sentence) {
        return new Refused(
                ErrorCode.OVER_LIMIT, sentence + ": share large trees as one folder each, or withdraw something.");
    }

    /** The device is revoked, or its account removed: it never comes back. */
    public static void deviceGone(Step step, DeviceId device) {
        step.view().device(device).map(Device::index).ifPresent(index -> hideAll(step, index.intValue()));
    }

    /** What this device shared to the room goes. */
    public static void roomLeft(Step step, ByteString room, DeviceId device) {
        step.view().device(device).map(Device::index).ifPresent(index -> {
            byte[] from = Tables.room(room.toByteArray(), index.intValue());
            boolean[] isAny = new boolean[1];
            step.transaction().scan(from, Keys.end(from), false, (key, value) -> {
                isAny[0] = true;
                return false;
            });
            if (isAny[0]) {
                purgeLater(step, index.intValue(), room.toByteArray());
            }
        });
    }

    private static void hideAll(Step step, int device) {
        if (Edit.figures(step.transaction(), device).count() == 0) {
            return;
        }
        purgeLater(step, device, Tables.NOTHING);
        Edit edit = new Edit(step.transaction(), device);
        edit.hideAll();
        edit.close();
    }

    private static void purgeLater(Step step, int device, byte[] room) {
        long below = CatalogFigures.read(step::get).nextChange();
        step.put(
                Tables.purge(device, room),
                ByteBuffer.allocate(Long.BYTES).putLong(below).array());
    }

    /** Clears away a bounded number of what was withdrawn as a whole. */
    public static void tick(Step step) {
        byte[] from = {Tables.PURGE};
        List<byte[]> purge = new ArrayList<>();
        step.transaction().scan(from, Keys.end(from), false, (key, value) -> {
            purge.add(key);
            purge.add(value);
            return false;
        });
        if (!purge.isEmpty()) {
            clear(step, purge.get(0), purge.get(1));
        }
    }

    /** The value holds the limit and where the last tick stopped. */
    private static void clear(Step step, byte[] purgeKey, byte[] value) {
        int device = Tables.decoded(purgeKey, in -> in.getInt(1));
        long below = Tables.decoded(value, ByteBuffer::getLong);
        byte[] room = java.util.Arrays.copyOfRange(purgeKey, Tables.PATH_AT, purgeKey.length);
        byte[] all = room.length == 0 ? Tables.key(Tables.SHARE, device) : Tables.room(room, device);
        byte[] after = java.util.Arrays.copyOfRange(value, Long.BYTES, value.length);
        List<byte[]> keys = new ArrayList<>();
        step.transaction().scan(Tables.joined(all, after), Keys.end(all), false, (key, ignored) -> {
            byte[] path = java.util.Arrays.copyOfRange(key, all.length, key.length);
            keys.add(Tables.share(device, path));
            return keys.size() < CLEARED_PER_TICK_MAX;
        });
        Edit edit = new Edit(step.transaction(), device);
        for (byte[] key : keys) {
            step.get(key)
                    .filter(encoded -> ShareRecord.decode(encoded).change() < below)
                    .ifPresent(encoded -> edit.remove(key, encoded));
        }
        edit.close();
        if (keys.size() < CLEARED_PER_TICK_MAX) {
            step.delete(purgeKey);
        } else {
            byte[] limit = ByteBuffer.allocate(Long.BYTES).putLong(below).array();
            step.put(purgeKey, Tables.joined(limit, Tables.pathOf(keys.getLast())));
        }
    }
}

package covey.directory;

import com.google.protobuf.ByteString;
import covey.store.PersistentMap;
import covey.wire.DeviceId;
import covey.wire.proto.Enrolment;
import covey.wire.proto.Role;
import covey.wire.proto.SignedRoster;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the directory log says: accounts, their devices and the roster after {@link #size()} entries. Immutable: any
 * thread may read, and each entry makes a new view that shares most of the old one. Hub and peers fold the same entries
 * and come to the same view, or refuse the same entry.
 */
public final class DirectoryView {
    /** Name of the operator's account, written {@code @hub}. Nobody else may take it. */
    public static final String OPERATOR_ACCOUNT = "hub";

    private static final DirectoryView EMPTY = new DirectoryView(
            0,
            0,
            PersistentMap.empty(),
            PersistentMap.empty(),
            PersistentMap.empty(),
            new Counts(0, 0),
            Optional.empty(),
            0);

    private final long size;
    private final long timeMillis;
    private final PersistentMap<String, Account> accounts;
    private final PersistentMap<DeviceId, Device> devices;
    private final PersistentMap<Long, DeviceId> byIndex;
    private final Counts counts;
    private final Optional<SignedRoster> roster;
    private final long rosterEpoch;

    private DirectoryView(
            long size,
            long timeMillis,
            PersistentMap<String, Account> accounts,
            PersistentMap<DeviceId, Device> devices,
            PersistentMap<Long, DeviceId> byIndex,
            Counts counts,
            Optional<SignedRoster> roster,
            long rosterEpoch) {
        this.size = size;
        this.timeMillis = timeMillis;
        this.accounts = accounts;
        this.devices = devices;
        this.byIndex = byIndex;
        this.counts = counts;
        this.roster = roster;
        this.rosterEpoch = rosterEpoch;
    }

    /** The view of no entries. */
    public static DirectoryView empty() {
        return EMPTY;
    }

    /** Adds one entry; throws {@link InvalidEntryException} when it contradicts those before. */
    public DirectoryView with(byte[] entry) {
        return DirectoryFold.add(this, entry);
    }

    /** Number of entries folded. */
    public long size() {
        return size;
    }

    /** Time of the last entry. */
    public long timeMillis() {
        return timeMillis;
    }

    /** The account that has this name now (removed ones are not found). Names are without the '@'. */
    public Optional<Account> account(String name) {
        return accounts.get(name);
    }

    /** Present accounts, by name. */
    public List<Account> accounts() {
        List<Account> all = new ArrayList<>(accounts.size());
        accounts.forEach((name, account) -> all.add(account));
        return all;
    }

    /** Any device that was ever enrolled. */
    public Optional<Device> device(DeviceId id) {
        return devices.get(id);
    }

    /** The device whose DeviceEnrolled entry is at this index of the log (presence names devices so). */
    public Optional<Device> deviceAt(long index) {
        return byIndex.get(index).flatMap(devices::get);
    }

    /** How many devices an account enrolled since then, revoked ones too; counts up to {@code most}. */
    public int enrolments(String account, long sinceMillis, int most) {
        int count = 0;
        for (long index = size - 1; index >= 0 && count < most; index--) {
            Optional<Device> enrolled = deviceAt(index);
            if (enrolled.filter(device -> device.enrolledMillis() < sinceMillis).isPresent()) {
                break;
            }
            count += enrolled.filter(device -> device.account().equals(account)).isPresent() ? 1 : 0;
        }
        return count;
    }

    /** Devices that may act and receive: not revoked, and their account neither disabled nor removed. */
    public List<Device> activeDevices(String account) {
        return accounts.get(account)
                .filter(present -> !present.disabled())
                .map(present -> present.devices().stream()
                        .map(id -> devices.get(id).orElseThrow())
                        .toList())
                .orElse(List.of());
    }

    public boolean isActive(DeviceId device) {
        return accountOf(device).filter(account -> !account.disabled()).isPresent();
    }

    /** The account of a device, disabled or not, as long as neither was revoked or removed. */
    public Optional<Account> accountOf(DeviceId device) {
        return devices.get(device).filter(found -> !found.revoked()).flatMap(found -> accounts.get(found.account()));
    }

    /** Present accounts. */
    public int accountCount() {
        return accounts.size();
    }

    /** Devices that are not revoked. */
    public int deviceCount() {
        return counts.devices();
    }

    /** Accounts of role ADMINISTRATOR that are not disabled. */
    public int administratorCount() {
        return counts.administrators();
    }

    public Optional<SignedRoster> roster() {
        return roster;
    }

    /** Epoch of the roster; 0 before there is one. */
    public long rosterEpoch() {
        return rosterEpoch;
    }

    /** The view after one more entry that changes nothing else. */
    DirectoryView next(long entryMillis) {
        return new DirectoryView(size + 1, entryMillis, accounts, devices, byIndex, counts, roster, rosterEpoch);
    }

    DirectoryView put(Account account) {
        int before =
                accounts.get(account.name()).map(DirectoryView::administrators).orElse(0);
        Counts changed = counts.plus(0, administrators(account) - before);
        return new DirectoryView(
                size,
                timeMillis,
                accounts.put(account.name(), account),
                devices,
                byIndex,
                changed,
                roster,
                rosterEpoch);
    }

    DirectoryView remove(Account account) {
        Counts changed = counts.plus(0, -administrators(account));
        return new DirectoryView(
                size, timeMillis, accounts.remove(account.name()), devices, byIndex, changed, roster, rosterEpoch);
    }

    DirectoryView put(Device device) {
        int before = devices.get(device.id()).filter(known -> !known.revoked()).isPresent() ? 1 : 0;
        Counts changed = counts.plus((device.revoked() ? 0 : 1) - before, 0);
        return new DirectoryView(
                size,
                timeMillis,
                accounts,
                devices.put(device.id(), device),
                byIndex.put(device.index(), device.id()),
                changed,
                roster,
                rosterEpoch);
    }

    DirectoryView put(SignedRoster next, long epoch) {
        return new DirectoryView(size, timeMillis, accounts, devices, byIndex, counts, Optional.of(next), epoch);
    }

    private static int administrators(Account account) {
        return account.role() == Role.ADMINISTRATOR && !account.disabled() ? 1 : 0;
    }

    private record Counts(int devices, int administrators) {
        Counts plus(int moreDevices, int moreAdministrators) {
            return new Counts(devices + moreDevices, administrators + moreAdministrators);
        }
    }

    /**
     * A person, a machine or the operator.
     *
     * @param index of its AccountAdded entry: tells accounts apart that had the same name one after the other
     * @param devices its devices that are not revoked, in order of enrolment
     */
    public record Account(
            String name, Role role, boolean disabled, long index, long addedMillis, List<DeviceId> devices) {
        public Account {
            devices = List.copyOf(devices);
        }

        /** May do what only those do who run the network. */
        public boolean isAdministrator() {
            return role == Role.ADMINISTRATOR || role == Role.OPERATOR;
        }

        public boolean isOperator() {
            return role == Role.OPERATOR;
        }

        Account with(Role changed) {
            return new Account(name, changed, disabled, index, addedMillis, devices);
        }

        Account withDisabled(boolean changed) {
            return new Account(name, role, changed, index, addedMillis, devices);
        }

        Account plus(DeviceId device) {
            List<DeviceId> more = new ArrayList<>(devices);
            more.add(device);
            return new Account(name, role, disabled, index, addedMillis, more);
        }

        Account minus(DeviceId device) {
            List<DeviceId> fewer = new ArrayList<>(devices);
            fewer.remove(device);
            return new Account(name, role, disabled, index, addedMillis, fewer);
        }
    }

    /**
     * One device.
     *
     * @param index of its DeviceEnrolled entry
     * @param revoked by itself or because its account was removed
     */
    public record Device(
            DeviceId id,
            long index,
            String account,
            ByteString publicKey,
            String name,
            Enrolment enrolment,
            long enrolledMillis,
            boolean revoked,
            String revokedReason) {
        Device revokedFor(String reason) {
            return new Device(id, index, account, publicKey, name, enrolment, enrolledMillis, true, reason);
        }
    }

    /** An entry that contradicts those before it, or is not understood: who wrote it is at fault. */
    public static final class InvalidEntryException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public InvalidEntryException(String message) {
            super(message);
        }
    }
}

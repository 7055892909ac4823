package covey.directory;

import com.google.protobuf.ByteString;
import covey.wire.DeviceId;
import covey.wire.proto.Enrolment;
import covey.wire.proto.Role;
import covey.wire.proto.SignedRoster;
import java.util.List;
import java.util.Optional;

/**
 * What the directory log says: accounts, their devices and the roster after {@link #size()} entries. Immutable: any
 * thread may read, and each entry makes a new view that shares most of the old one. Hub and peers fold the same entries
 * and come to the same view, or refuse the same entry.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class DirectoryView {
    /** Name of the operator's account, written {@code @hub}. Nobody else may take it. */
    public static final String OPERATOR_ACCOUNT = "hub";

    private DirectoryView() {}

    /** The view of no entries. */
    public static DirectoryView empty() {
        return new DirectoryView();
    }

    /** Adds one entry; throws {@link InvalidEntryException} when it contradicts those before. */
    public DirectoryView with(byte[] entry) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Number of entries folded. */
    public long size() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The account that has this name now (removed ones are not found). Names are without the '@'. */
    public Optional<Account> account(String name) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Present accounts, by name. */
    public List<Account> accounts() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Any device that was ever enrolled. */
    public Optional<Device> device(DeviceId id) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The device whose DeviceEnrolled entry is at this index of the log (presence names devices so). */
    public Optional<Device> deviceAt(long index) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Devices that may act and receive: not revoked, and their account neither disabled nor removed. */
    public List<Device> activeDevices(String account) {
        throw new UnsupportedOperationException("not built yet");
    }

    public boolean isActive(DeviceId device) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The account of an active or inactive device, as long as neither was revoked or removed. */
    public Optional<Account> accountOf(DeviceId device) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Present accounts. */
    public int accountCount() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Devices that are not revoked. */
    public int deviceCount() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Accounts of role ADMINISTRATOR that are not disabled. */
    public int administratorCount() {
        throw new UnsupportedOperationException("not built yet");
    }

    public Optional<SignedRoster> roster() {
        throw new UnsupportedOperationException("not built yet");
    }

    /**
     * A person, a machine or the operator.
     *
     * @param index of its AccountAdded entry: tells accounts apart that had the same name one after the other
     * @param devices its devices that are not revoked, in order of enrolment
     */
    public record Account(
            String name, Role role, boolean disabled, long index, long addedMillis, List<DeviceId> devices) {}

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
            String revokedReason) {}

    /** An entry that contradicts those before it, or is not understood: who wrote it is at fault. */
    public static final class InvalidEntryException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public InvalidEntryException(String message) {
            super(message);
        }
    }
}

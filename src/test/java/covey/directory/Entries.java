package covey.directory;

import com.google.protobuf.ByteString;
import covey.store.Sha256;
import covey.wire.DeviceId;
import covey.wire.proto.AccountAdded;
import covey.wire.proto.AccountDisabled;
import covey.wire.proto.AccountRemoved;
import covey.wire.proto.AccountRoleSet;
import covey.wire.proto.DeviceEnrolled;
import covey.wire.proto.DeviceRevoked;
import covey.wire.proto.DirectoryEntry;
import covey.wire.proto.Enrolment;
import covey.wire.proto.Role;
import covey.wire.proto.Roster;
import covey.wire.proto.RosterSet;
import covey.wire.proto.SignedRoster;

/** Directory entries as tests write them; time stands still unless said. */
final class Entries {
    private Entries() {}

    static byte[] account(String name, Role role) {
        return bytes(DirectoryEntry.newBuilder()
                .setAccountAdded(AccountAdded.newBuilder().setAccount(name).setRole(role)));
    }

    static byte[] device(String account, String key) {
        return bytes(DirectoryEntry.newBuilder()
                .setDeviceEnrolled(DeviceEnrolled.newBuilder()
                        .setAccount(account)
                        .setPublicKey(ByteString.copyFromUtf8(key))
                        .setName(key)
                        .setEnrolment(Enrolment.BY_PASSWORD)));
    }

    static byte[] revoked(String key) {
        return bytes(DirectoryEntry.newBuilder()
                .setDeviceRevoked(DeviceRevoked.newBuilder()
                        .setDevice(id(key).toByteString())
                        .setReason("lost")));
    }

    static byte[] role(String account, Role role) {
        return bytes(DirectoryEntry.newBuilder()
                .setRoleSet(AccountRoleSet.newBuilder().setAccount(account).setRole(role)));
    }

    static byte[] disabled(String account, boolean disabled) {
        return bytes(DirectoryEntry.newBuilder()
                .setAccountDisabled(
                        AccountDisabled.newBuilder().setAccount(account).setDisabled(disabled)));
    }

    static byte[] removed(String account) {
        return bytes(DirectoryEntry.newBuilder()
                .setAccountRemoved(AccountRemoved.newBuilder().setAccount(account)));
    }

    static byte[] roster(long epoch) {
        Roster roster = Roster.newBuilder().setEpoch(epoch).build();
        return bytes(DirectoryEntry.newBuilder()
                .setRosterSet(RosterSet.newBuilder()
                        .setRoster(SignedRoster.newBuilder().setRoster(roster.toByteString()))));
    }

    static byte[] at(long timeMillis, String account) {
        return DirectoryEntry.newBuilder()
                .setTimeMillis(timeMillis)
                .setAccountAdded(AccountAdded.newBuilder().setAccount(account))
                .build()
                .toByteArray();
    }

    static DeviceId id(String key) {
        return DeviceId.of(Sha256.of(ByteString.copyFromUtf8(key).toByteArray()));
    }

    private static byte[] bytes(DirectoryEntry.Builder entry) {
        return entry.build().toByteArray();
    }
}

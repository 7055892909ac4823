package covey.directory;

import com.google.protobuf.InvalidProtocolBufferException;
import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.Device;
import covey.directory.DirectoryView.InvalidEntryException;
import covey.identity.Purpose;
import covey.identity.Signatures;
import covey.store.Sha256;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.AccountAdded;
import covey.wire.proto.AccountDisabled;
import covey.wire.proto.AccountRoleSet;
import covey.wire.proto.DeviceEnrolled;
import covey.wire.proto.DeviceRevoked;
import covey.wire.proto.DirectoryEntry;
import covey.wire.proto.Enrolment;
import covey.wire.proto.Role;
import covey.wire.proto.Roster;
import covey.wire.proto.RosterSet;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The rules of the directory log: what each entry changes, and which entries cannot follow those before them. */
final class DirectoryFold {
    /** A reason is a short sentence. */
    static final int REASON_CHARS_MAX = 200;

    private DirectoryFold() {}

    static DirectoryView add(DirectoryView view, byte[] bytes) {
        DirectoryEntry entry;
        try {
            entry = DirectoryEntry.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw invalid(view, "garbage: " + e.getMessage());
        }
        if (entry.getTimeMillis() < view.timeMillis()) {
            throw invalid(view, "its time is before the entry before");
        }
        DirectoryView next = view.next(entry.getTimeMillis());
        return switch (entry.getChangeCase()) {
            case ACCOUNT_ADDED -> accountAdded(view, next, entry.getAccountAdded());
            case DEVICE_ENROLLED -> deviceEnrolled(view, next, entry.getDeviceEnrolled());
            case DEVICE_REVOKED -> deviceRevoked(view, next, entry.getDeviceRevoked());
            case ROLE_SET -> roleSet(view, next, entry.getRoleSet());
            case ACCOUNT_DISABLED -> disabled(view, next, entry.getAccountDisabled());
            case ACCOUNT_REMOVED ->
                removed(view, next, entry.getAccountRemoved().getAccount());
            case ROSTER_SET -> rosterSet(view, next, entry.getRosterSet());
            case CHANGE_NOT_SET -> unknown(view, next, entry);
        };
    }

    private static DirectoryView accountAdded(DirectoryView view, DirectoryView next, AccountAdded added) {
        String name = added.getAccount();
        if (!NameRules.isAccount(name)) {
            throw invalid(view, "account name '" + name + "'");
        }
        if (view.account(name).isPresent()) {
            throw invalid(view, "account @" + name + " is there already");
        }
        boolean isOperator = added.getRole() == Role.OPERATOR;
        if (added.getRole() == Role.UNRECOGNIZED || isOperator != name.equals(DirectoryView.OPERATOR_ACCOUNT)) {
            throw invalid(view, "role " + added.getRoleValue() + " for @" + name);
        }
        return next.put(new Account(name, added.getRole(), false, view.size(), next.timeMillis(), List.of()));
    }

    private static DirectoryView deviceEnrolled(DirectoryView view, DirectoryView next, DeviceEnrolled enrolled) {
        Account account = account(view, enrolled.getAccount());
        int keyBytes = enrolled.getPublicKey().size();
        if (keyBytes == 0 || keyBytes > Limits.PUBLIC_KEY_BYTES_MAX || !NameRules.isDevice(enrolled.getName())) {
            throw invalid(view, "a device needs a public key and a name");
        }
        if (enrolled.getEnrolment() == Enrolment.UNRECOGNIZED) {
            throw invalid(view, "enrolment " + enrolled.getEnrolmentValue());
        }
        DeviceId id = DeviceId.of(Sha256.of(enrolled.getPublicKey().toByteArray()));
        if (view.device(id).isPresent()) {
            throw invalid(view, "device " + id.shortText() + " is enrolled already");
        }
        if (enrolled.getEnrolment() == Enrolment.BY_DEVICE && !isVouchedFor(view, account, enrolled)) {
            throw invalid(view, "no device of @" + account.name() + " vouches for it");
        }
        Device device = new Device(
                id,
                view.size(),
                account.name(),
                enrolled.getPublicKey(),
                enrolled.getName(),
                enrolled.getEnrolment(),
                next.timeMillis(),
                false,
                "");
        return next.put(device).put(account.plus(id));
    }

    private static boolean isVouchedFor(DirectoryView view, Account account, DeviceEnrolled enrolled) {
        if (enrolled.getVoucher().size() != DeviceId.BYTES) {
            return false;
        }
        DeviceId voucher = DeviceId.of(enrolled.getVoucher());
        return account.devices().contains(voucher)
                && Signatures.verify(
                        view.device(voucher).orElseThrow().publicKey().toByteArray(),
                        Purpose.ENROL,
                        enrolled.getSignature().toByteArray(),
                        enrolled.getPublicKey().toByteArray(),
                        account.name().getBytes(StandardCharsets.UTF_8));
    }

    private static DirectoryView deviceRevoked(DirectoryView view, DirectoryView next, DeviceRevoked revoked) {
        if (revoked.getDevice().size() != DeviceId.BYTES || revoked.getReason().length() > REASON_CHARS_MAX) {
            throw invalid(view, "a revocation needs a device id and a short reason");
        }
        DeviceId id = DeviceId.of(revoked.getDevice());
        Device device = view.device(id).filter(known -> !known.revoked()).orElseThrow(() -> {
            return invalid(view, "device " + id.shortText() + " is not enrolled");
        });
        return next.put(device.revokedFor(revoked.getReason()))
                .put(account(view, device.account()).minus(id));
    }

    private static DirectoryView roleSet(DirectoryView view, DirectoryView next, AccountRoleSet set) {
        Account account = account(view, set.getAccount());
        if (account.isOperator() || set.getRole() == Role.OPERATOR || set.getRole() == Role.UNRECOGNIZED) {
            throw invalid(view, "role " + set.getRoleValue() + " for @" + account.name());
        }
        return next.put(account.with(set.getRole()));
    }

    private static DirectoryView disabled(DirectoryView view, DirectoryView next, AccountDisabled change) {
        Account account = account(view, change.getAccount());
        if (account.isOperator()) {
            throw invalid(view, "the operator cannot be disabled");
        }
        return next.put(account.withDisabled(change.getDisabled()));
    }

    private static DirectoryView removed(DirectoryView view, DirectoryView next, String name) {
        Account account = account(view, name);
        if (account.isOperator()) {
            throw invalid(view, "the operator cannot be removed");
        }
        DirectoryView after = next.remove(account);
        for (DeviceId id : account.devices()) {
            after = after.put(view.device(id).orElseThrow().revokedFor("account removed"));
        }
        return after;
    }

    private static DirectoryView rosterSet(DirectoryView view, DirectoryView next, RosterSet set) {
        Roster roster;
        try {
            roster = Roster.parseFrom(set.getRoster().getRoster());
        } catch (InvalidProtocolBufferException e) {
            throw invalid(view, "garbage in the roster: " + e.getMessage());
        }
        if (Long.compareUnsigned(roster.getEpoch(), view.rosterEpoch()) <= 0) {
            throw invalid(view, "roster epoch " + roster.getEpoch() + " after " + view.rosterEpoch());
        }
        return next.put(set.getRoster(), roster.getEpoch());
    }

    /** A later level may write kinds that this build does not know: they count, and change nothing here. */
    private static DirectoryView unknown(DirectoryView view, DirectoryView next, DirectoryEntry entry) {
        if (entry.getUnknownFields().asMap().isEmpty()) {
            throw invalid(view, "it says nothing");
        }
        return next;
    }

    private static Account account(DirectoryView view, String name) {
        return view.account(name).orElseThrow(() -> invalid(view, "there is no account '" + name + "'"));
    }

    private static InvalidEntryException invalid(DirectoryView view, String why) {
        return new InvalidEntryException("Directory entry " + view.size() + " is not valid: " + why + ".");
    }
}

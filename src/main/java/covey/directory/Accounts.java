package covey.directory;

import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.Device;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.AccountChange;
import covey.wire.proto.AccountDisabled;
import covey.wire.proto.AccountRemoved;
import covey.wire.proto.AccountRoleSet;
import covey.wire.proto.DeviceRevoked;
import covey.wire.proto.DirectoryEntry;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.RevokeDevice;
import covey.wire.proto.Role;
import covey.wire.proto.StoredAccount;
import java.util.Optional;

/** What happens to accounts and devices after they are enrolled: passwords, roles, prekeys, and their end. */
public final class Accounts {
    private static final String PASSWORD_HASH_START = "$argon2id$";

    private Accounts() {}

    /** The private half of an account. */
    public static Optional<StoredAccount> stored(OrderedStore store, String account) {
        return store.get(key(account)).map(bytes -> Records.parse(StoredAccount.parser(), bytes));
    }

    static StoredAccount stored(Step step, String account) {
        return step.get(key(account))
                .map(bytes -> Records.parse(StoredAccount.parser(), bytes))
                .orElse(StoredAccount.getDefaultInstance());
    }

    static void store(Step step, String account, StoredAccount stored) {
        step.put(key(account), stored.toByteArray());
    }

    static void checkPasswordHash(String hash) {
        if (!hash.startsWith(PASSWORD_HASH_START) || hash.length() > Limits.PASSWORD_HASH_BYTES_MAX) {
            throw Refused.bad("A password is needed (the hub keeps its Argon2id hash).");
        }
    }

    /** The hub has checked the old password; the clear ones never come here. */
    public static void setPassword(Step step, String hash) {
        Account account = step.view().account(step.actor().account()).orElseThrow();
        if (account.role() == Role.MACHINE || account.isOperator()) {
            throw Refused.bad("@" + account.name() + " has no password: its device key is all.");
        }
        checkPasswordHash(hash);
        StoredAccount changed =
                stored(step, account.name()).toBuilder().setPasswordHash(hash).build();
        store(step, account.name(), changed);
        step.audit("account.password", account.name(), "");
    }

    public static void revoke(Step step, RevokeDevice command) {
        if (command.getDevice().size() != DeviceId.BYTES) {
            throw Refused.bad("device id: " + command.getDevice().size() + " bytes (expected: 32).");
        }
        DeviceId id = DeviceId.of(command.getDevice());
        Device device = step.view()
                .device(id)
                .orElseThrow(() -> Refused.notFound("There is no device " + id.shortText() + "."));
        boolean isOwn = device.account().equals(step.actor().account());
        if (!isOwn && !step.actor().isAdministrator()) {
            throw Refused.denied("Device " + id.shortText() + " belongs to @" + device.account()
                    + ": only its owner and administrators can revoke it.");
        }
        if (device.revoked()) {
            return;
        }
        if (device.account().equals(DirectoryView.OPERATOR_ACCOUNT)) {
            throw Refused.denied("This is the hub's own device: without it nobody could run the hub.");
        }
        boolean isItsLast = step.view().activeDevices(device.account()).stream()
                .allMatch(one -> one.id().equals(id));
        if (isItsLast) {
            step.view().account(device.account()).ifPresent(account -> keepAnAdministrator(step, account));
        }
        String reason = command.getReason().length() <= DirectoryFold.REASON_CHARS_MAX
                ? command.getReason()
                : command.getReason().substring(0, DirectoryFold.REASON_CHARS_MAX);
        step.append(DirectoryEntry.newBuilder()
                .setDeviceRevoked(DeviceRevoked.newBuilder()
                        .setDevice(command.getDevice())
                        .setReason(reason)));
        gone(step, id, device.account());
        step.audit("device.revoke", id.toString(), "account=" + device.account() + " reason=" + reason);
    }

    public static void change(Step step, AccountChange command) {
        String name = command.getAccount();
        Account account =
                step.view().account(name).orElseThrow(() -> Refused.notFound("There is no account @" + name + "."));
        if (account.isOperator()) {
            throw Refused.denied("@" + name + " is the operator of the hub and stays as it is.");
        }
        switch (command.getChangeCase()) {
            case ROLE -> setRole(step, account, command.getRole());
            case DISABLED -> setDisabled(step, account, command.getDisabled());
            case REMOVED -> {
                if (!command.getRemoved()) {
                    throw Refused.bad("A removed account does not come back: join again.");
                }
                remove(step, account);
            }
            case CHANGE_NOT_SET -> throw Refused.bad("Say what to change about @" + name + ": its role, or its end.");
        }
    }

    private static void setRole(Step step, Account account, Role role) {
        if (role == Role.OPERATOR || role == Role.UNRECOGNIZED || (role == Role.MACHINE) != isMachine(account)) {
            throw Refused.bad("@" + account.name() + " is " + roleName(account.role()) + " and cannot become "
                    + roleName(role) + ": members and administrators can take each other's role, no others.");
        }
        if (role == account.role()) {
            return;
        }
        if (role != Role.ADMINISTRATOR) {
            keepAnAdministrator(step, account);
        }
        step.append(DirectoryEntry.newBuilder()
                .setRoleSet(
                        AccountRoleSet.newBuilder().setAccount(account.name()).setRole(role)));
        step.audit("account.role", account.name(), roleName(role));
    }

    private static void setDisabled(Step step, Account account, boolean disabled) {
        if (disabled == account.disabled()) {
            return;
        }
        if (disabled) {
            keepAnAdministrator(step, account);
        }
        step.append(DirectoryEntry.newBuilder()
                .setAccountDisabled(
                        AccountDisabled.newBuilder().setAccount(account.name()).setDisabled(disabled)));
        if (disabled) {
            account.devices().forEach(device -> step.happened(new Happening.Suspended(device)));
        }
        step.audit(disabled ? "account.disable" : "account.enable", account.name(), "");
    }

    private static void remove(Step step, Account account) {
        keepAnAdministrator(step, account);
        step.append(DirectoryEntry.newBuilder()
                .setAccountRemoved(AccountRemoved.newBuilder().setAccount(account.name())));
        account.devices().forEach(device -> gone(step, device, account.name()));
        step.happened(new Happening.AccountRemoved(account.name()));
        Blocks.forget(step, account.name());
        step.delete(key(account.name()));
        step.audit("account.remove", account.name(), "");
    }

    /** Somebody must be left who can do what administrators do, from a device; the operator may end even that. */
    private static void keepAnAdministrator(Step step, Account account) {
        boolean isLast = isAdministrating(step, account)
                && step.view().accounts().stream()
                        .noneMatch(other -> !other.name().equals(account.name()) && isAdministrating(step, other));
        if (isLast && step.actor().role() != Role.OPERATOR) {
            throw Refused.denied(
                    "@" + account.name() + " is the last administrator with a device: make another one first"
                            + " (covey account role NAME administrator), or do it as the operator, with the hub's"
                            + " own home.");
        }
    }

    private static boolean isAdministrating(Step step, Account account) {
        return account.role() == Role.ADMINISTRATOR
                && !account.disabled()
                && !step.view().activeDevices(account.name()).isEmpty();
    }

    private static void gone(Step step, DeviceId device, String account) {
        step.delete(prekeyKey(device));
        step.happened(new Happening.Gone(device, account));
    }

    /** The hub has verified the signature. */
    public static void publish(Step step, PublishPrekey prekey) {
        if (prekey.getX25519().size() > Limits.X25519_BYTES
                || prekey.getMlKem().size() > Limits.ML_KEM_PUBLIC_BYTES
                || prekey.getSignature().size() > Limits.SIGNATURE_BYTES_MAX
                || prekey.getX25519().isEmpty()
                || prekey.getMlKem().isEmpty()
                || prekey.getPrekeyId() == 0) {
            throw Refused.bad(
                    "A prekey has an id, an X25519 key, an ML-KEM-768 key and a signature of the usual sizes.");
        }
        step.put(prekeyKey(step.actor().device().orElseThrow()), prekey.toByteArray());
    }

    public static Optional<PublishPrekey> prekey(OrderedStore store, DeviceId device) {
        return store.get(prekeyKey(device)).map(bytes -> Records.parse(PublishPrekey.parser(), bytes));
    }

    private static boolean isMachine(Account account) {
        return account.role() == Role.MACHINE;
    }

    static String roleName(Role role) {
        return switch (role) {
            case MEMBER -> "member";
            case ADMINISTRATOR -> "administrator";
            case MACHINE -> "machine";
            case OPERATOR -> "operator";
            case UNRECOGNIZED -> "of an unknown role";
        };
    }

    private static byte[] key(String account) {
        return Keys.of(Tables.ACCOUNT).string(account).build();
    }

    private static byte[] prekeyKey(DeviceId device) {
        return Keys.of(Tables.PREKEY).fixed(device.toBytes()).build();
    }
}

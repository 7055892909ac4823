package covey.directory;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.Device;
import covey.identity.Signatures;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.AccountAdded;
import covey.wire.proto.AuthReply;
import covey.wire.proto.DeviceEnrolled;
import covey.wire.proto.DirectoryEntry;
import covey.wire.proto.EnrolAccount;
import covey.wire.proto.EnrolDevice;
import covey.wire.proto.Enrolment;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.Role;
import covey.wire.proto.StoredAccount;
import covey.wire.proto.StoredToken;
import covey.wire.proto.TokenKind;
import java.util.Optional;

/**
 * How accounts and devices come in. The hub submits these after TLS proved the device's key and, for a login, after it
 * checked the password. Asking again for what is done already (a lost answer) gives the same answer.
 */
public final class Enrolments {
    /** A view of so many accounts still fits a small hub's memory. */
    private static final int ACCOUNTS_MAX = 200_000;

    private Enrolments() {}

    public static AuthReply account(Step step, EnrolAccount command) {
        RegistrationPolicy policy = DirectoryState.booted(step).getRegistration();
        String name = command.getAccount();
        DeviceId id = deviceId(command.getPublicKey());
        Optional<AuthReply> done = alreadyEnrolled(step, id, name);
        if (done.isPresent()) {
            return done.get();
        }
        checkNames(name, command.getDeviceName());
        if (step.view().account(name).isPresent()) {
            throw Refused.conflict("The name @" + name
                    + " is taken: choose another, or, if it is you, log in (covey login " + name + ").");
        }
        if (step.view().accountCount() >= ACCOUNTS_MAX) {
            throw Refused.overLimit("This network has " + ACCOUNTS_MAX + " accounts and takes no more.");
        }
        Optional<StoredToken> token = admit(step, command, policy);
        Role role = token.map(used -> roleOf(used.getKind())).orElse(Role.MEMBER);
        StoredAccount.Builder stored = StoredAccount.newBuilder();
        token.ifPresent(used -> stored.addAllLabels(used.getLabelsList()));
        if (role != Role.MACHINE) {
            Accounts.checkPasswordHash(command.getPasswordHash());
            stored.setPasswordHash(command.getPasswordHash());
        }
        step.append(DirectoryEntry.newBuilder()
                .setAccountAdded(AccountAdded.newBuilder().setAccount(name).setRole(role)));
        Accounts.store(step, name, stored.build());
        Enrolment how = token.isPresent() ? Enrolment.BY_TOKEN : Enrolment.BY_PASSWORD;
        enrol(step, name, command.getPublicKey(), command.getDeviceName(), how);
        step.audit("account.add", name, "role=" + Accounts.roleName(role) + " device=" + id);
        return reply(step, name);
    }

    /** By a token, or openly; a closed network still lets its first administrator in. */
    private static Optional<StoredToken> admit(Step step, EnrolAccount command, RegistrationPolicy policy) {
        if (policy == RegistrationPolicy.CLOSED && step.view().administratorCount() > 0) {
            throw Refused.denied("Registration is closed: ask an administrator to open it.");
        }
        if (command.getTokenHash().isEmpty()) {
            if (policy != RegistrationPolicy.OPEN) {
                throw Refused.denied("Joining this network needs a token: ask an administrator for one.");
            }
            return Optional.empty();
        }
        StoredToken token = Tokens.use(step, command.getTokenHash());
        if (token.getKind() == TokenKind.TOKEN_RESET || token.getKind() == TokenKind.TOKEN_HUB) {
            throw Refused.denied(
                    token.getKind() == TokenKind.TOKEN_HUB
                            ? "This token lets a hub join, not a person or a machine."
                            : "This token resets the password of @" + token.getAccount() + ": use it with `covey login "
                                    + token.getAccount() + " --token-file F`.");
        }
        return Optional.of(token);
    }

    public static AuthReply device(Step step, EnrolDevice command) {
        String name = command.getAccount();
        DeviceId id = deviceId(command.getPublicKey());
        Optional<AuthReply> done = alreadyEnrolled(step, id, name);
        if (done.isPresent()) {
            return done.get();
        }
        checkNames(name, command.getDeviceName());
        Account account =
                step.view().account(name).orElseThrow(() -> Refused.notFound("There is no account @" + name + "."));
        if (account.disabled()) {
            throw Refused.denied("@" + name + " is disabled: ask an administrator.");
        }
        if (account.devices().size() >= Limits.DEVICES_PER_ACCOUNT_MAX) {
            throw Refused.overLimit("@" + name + " has " + Limits.DEVICES_PER_ACCOUNT_MAX
                    + " devices, the most there can be: revoke one first (covey device revoke).");
        }
        Enrolment how = command.getEnrolment();
        if (!command.getTokenHash().isEmpty()) {
            reset(step, account, command);
            how = Enrolment.BY_TOKEN;
        } else if (how != Enrolment.BY_PASSWORD) {
            throw Refused.denied("A further device is enrolled by the password or by a reset token.");
        }
        enrol(step, name, command.getPublicKey(), command.getDeviceName(), how);
        step.audit("device.enrol", id.toString(), "account=" + name + " " + how);
        return reply(step, name);
    }

    private static void reset(Step step, Account account, EnrolDevice command) {
        StoredToken token = Tokens.use(step, command.getTokenHash());
        boolean isFor = token.getKind() == TokenKind.TOKEN_RESET
                && token.getAccount().equals(account.name())
                && token.getAccountIndex() == account.index();
        if (!isFor) {
            throw Refused.denied("This token does not reset the password of @" + account.name() + ".");
        }
        Accounts.checkPasswordHash(command.getPasswordHash());
        StoredAccount changed = Accounts.stored(step, account.name()).toBuilder()
                .setPasswordHash(command.getPasswordHash())
                .build();
        Accounts.store(step, account.name(), changed);
    }

    /** Also for the operator's first device. */
    static void enrol(Step step, String account, ByteString publicKey, String deviceName, Enrolment how) {
        step.append(DirectoryEntry.newBuilder()
                .setDeviceEnrolled(DeviceEnrolled.newBuilder()
                        .setAccount(account)
                        .setPublicKey(publicKey)
                        .setName(deviceName)
                        .setEnrolment(how)));
        step.happened(new Happening.Enrolled(deviceId(publicKey), account));
    }

    private static Optional<AuthReply> alreadyEnrolled(Step step, DeviceId id, String account) {
        Optional<Device> known = step.view().device(id);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        boolean isSame = !known.get().revoked() && known.get().account().equals(account);
        if (isSame && step.view().isActive(id)) {
            return Optional.of(reply(step, account));
        }
        throw Refused.conflict(
                known.get().revoked()
                        ? "This device was revoked and its key cannot come back: use a new home folder (--home)."
                        : "This device belongs to @" + known.get().account()
                                + ": log out first, or use another --home.");
    }

    private static AuthReply reply(Step step, String name) {
        Account account = step.view().account(name).orElseThrow();
        return AuthReply.newBuilder()
                .setAccount(name)
                .setRole(account.role())
                .setFurtherDevice(account.devices().size() > 1)
                .build();
    }

    private static Role roleOf(TokenKind kind) {
        return switch (kind) {
            case TOKEN_ADMINISTRATOR -> Role.ADMINISTRATOR;
            case TOKEN_MACHINE -> Role.MACHINE;
            case TOKEN_MEMBER, TOKEN_HUB, TOKEN_RESET, UNRECOGNIZED -> Role.MEMBER;
        };
    }

    private static void checkNames(String account, String device) {
        if (!NameRules.isAccount(account)) {
            throw Refused.bad("account name: '" + account + "' (expected: 1 to " + Limits.ACCOUNT_NAME_CHARS_MAX
                    + " lower case letters, digits, '.', '_' or '-').");
        }
        if (account.equals(DirectoryView.OPERATOR_ACCOUNT)) {
            throw Refused.denied("@" + account + " is the operator of the hub: choose another name.");
        }
        if (!NameRules.isDevice(device)) {
            throw Refused.bad(
                    "device name: expected at most " + Limits.DEVICE_NAME_CHARS_MAX + " characters on one line.");
        }
    }

    static DeviceId deviceId(ByteString publicKey) {
        if (publicKey.isEmpty() || publicKey.size() > Limits.PUBLIC_KEY_BYTES_MAX) {
            throw Refused.bad(
                    "public key: " + publicKey.size() + " bytes (expected: 1.." + Limits.PUBLIC_KEY_BYTES_MAX + ").");
        }
        return Signatures.deviceId(publicKey.toByteArray());
    }
}

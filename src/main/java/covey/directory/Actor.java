package covey.directory;

import covey.directory.DirectoryView.Account;
import covey.wire.DeviceId;
import covey.wire.proto.Role;
import java.util.Optional;

/**
 * Who asks for a command.
 *
 * @param account name of the device's account; for the hub itself the operator's
 * @param device empty for the hub itself
 */
public record Actor(String account, Role role, Optional<DeviceId> device) {
    /** The hub itself: first start, enrolments it checked, the passing of time. */
    public static final Actor HUB = new Actor(DirectoryView.OPERATOR_ACCOUNT, Role.OPERATOR, Optional.empty());

    static Actor of(DeviceId device, Account account) {
        return new Actor(account.name(), account.role(), Optional.of(device));
    }

    /** May do what only those do who run the network. */
    public boolean isAdministrator() {
        return role == Role.ADMINISTRATOR || role == Role.OPERATOR;
    }

    public boolean isHub() {
        return device.isEmpty();
    }
}

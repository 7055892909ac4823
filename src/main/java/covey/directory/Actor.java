package covey.directory;

import covey.directory.DirectoryView.Account;
import covey.wire.DeviceId;
import java.util.Optional;

/**
 * Who asks for a command.
 *
 * @param account name of the device's account; for the hub itself the operator's
 * @param device empty for the hub itself
 */
public record Actor(String account, Optional<DeviceId> device, boolean isAdministrator) {
    /** The hub itself: first start, enrolments it checked, the passing of time. */
    public static final Actor HUB = new Actor(DirectoryView.OPERATOR_ACCOUNT, Optional.empty(), true);

    static Actor of(DeviceId device, Account account) {
        return new Actor(account.name(), Optional.of(device), account.isAdministrator());
    }

    public boolean isHub() {
        return device.isEmpty();
    }
}

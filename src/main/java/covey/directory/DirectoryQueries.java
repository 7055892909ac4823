package covey.directory;

import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.Device;
import covey.store.OrderedStore;
import covey.wire.DeviceId;
import covey.wire.proto.Audit;
import covey.wire.proto.AuditWanted;
import covey.wire.proto.Blocked;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Resolved;
import covey.wire.proto.ResolvedDevice;
import covey.wire.proto.TokenInfo;
import covey.wire.proto.TokensWanted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Questions about accounts, devices and administration, answered from the store and the view. */
public final class DirectoryQueries {
    private DirectoryQueries() {}

    /** The account in whose name the device asks. */
    public static Account asker(DirectoryView view, DeviceId device) {
        return view.accountOf(device)
                .filter(account -> !account.disabled())
                .orElseThrow(() -> new Refused(
                        ErrorCode.NOT_LOGGED_IN,
                        "This device is not logged in (any more): log in again (covey login)."));
    }

    /** Why a device may not act here (any more), in the words of whoever ended it. */
    public static String whyGone(DirectoryView view, DeviceId id) {
        Optional<Device> device = view.device(id);
        if (device.isEmpty()) {
            return "this device is not enrolled here";
        }
        String reason = device.get().revokedReason();
        if (device.get().revoked()) {
            return "this device was revoked" + (reason.isEmpty() ? "" : ": " + reason);
        }
        boolean isDisabled =
                view.account(device.get().account()).filter(Account::disabled).isPresent();
        return "the account @" + device.get().account() + " was " + (isDisabled ? "disabled" : "removed");
    }

    /** Presence and endpoints are filled in by the hub's sessions. */
    public static Resolved.Builder resolve(OrderedStore store, DirectoryView view, String name) {
        if (view.account(name).isEmpty()) {
            throw Refused.notFound("There is no account @" + name + ".");
        }
        Resolved.Builder resolved = Resolved.newBuilder().setDirectorySize(view.size());
        for (Device device : view.activeDevices(name)) {
            ResolvedDevice.Builder found =
                    ResolvedDevice.newBuilder().setDevice(device.id().toByteString());
            Accounts.prekey(store, device.id()).ifPresent(found::setPrekey);
            resolved.addDevices(found);
        }
        return resolved;
    }

    public static covey.wire.proto.Tokens.Builder tokens(OrderedStore store, Account asker, TokensWanted wanted) {
        checkAdministrator(asker);
        List<TokenInfo> tokens = new ArrayList<>();
        boolean hasMore = Tokens.list(store, wanted.getAfter(), tokens);
        return covey.wire.proto.Tokens.newBuilder().addAllTokens(tokens).setMore(hasMore);
    }

    public static Audit.Builder audit(OrderedStore store, Account asker, AuditWanted wanted) {
        checkAdministrator(asker);
        return Audit.newBuilder().addAllRecords(AuditLog.read(store, wanted.getFrom(), wanted.getLimit()));
    }

    public static Blocked.Builder blocked(OrderedStore store, Account asker) {
        return Blocked.newBuilder().addAllAccounts(Blocks.of(store, asker.name()));
    }

    private static void checkAdministrator(Account account) {
        if (!account.isAdministrator()) {
            throw Refused.denied(
                    "Only administrators and the operator may see this; @" + account.name() + " is neither.");
        }
    }
}

package covey.catalog;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView;
import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.Device;
import covey.mailbox.Rooms;
import covey.store.OrderedStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What one asker may see, remembered for the time of one question. One thread. */
public final class Sight {
    private final OrderedStore store;
    private final DirectoryView view;
    private final Account asker;
    private final Map<Integer, Optional<Owner>> owners = new HashMap<>();
    private final Map<String, Boolean> memberships = new HashMap<>();

    public Sight(OrderedStore store, DirectoryView view, Account asker) {
        this.store = store;
        this.view = view;
        this.asker = asker;
    }

    /** A device that may act, and whose it is. */
    public record Owner(Device device, Account account, long hiddenBelow) {}

    /** Whose share this is, if the asker may see it. */
    public Optional<Owner> owner(int device, long change, Audience audience) {
        return owner(device).filter(owner -> change >= owner.hiddenBelow() && isFor(audience, owner.account()));
    }

    Optional<Owner> owner(int index) {
        return owners.computeIfAbsent(index, any -> view.deviceAt(index).flatMap(this::active));
    }

    private Optional<Owner> active(Device device) {
        long hiddenBelow = store.get(Tables.key(Tables.DEVICE, (int) device.index()))
                .map(DeviceFigures::decode)
                .orElse(DeviceFigures.NONE)
                .hiddenBelow();
        return view.accountOf(device.id())
                .filter(account -> !account.disabled())
                .map(account -> new Owner(device, account, hiddenBelow));
    }

    private boolean isFor(Audience audience, Account owner) {
        if (owner.index() == asker.index()) {
            return audience.kind() != Audience.Kind.ROOM || isMember(audience.room(), owner);
        }
        return switch (audience.kind()) {
            case ALL -> true;
            case ROOM -> isMember(audience.room(), asker) && isMember(audience.room(), owner);
            case ACCOUNT -> audience.accountIndex() == asker.index();
        };
    }

    private boolean isMember(ByteString room, Account account) {
        return memberships.computeIfAbsent(
                account.name() + ' ' + room.toString(java.nio.charset.StandardCharsets.ISO_8859_1),
                any -> Rooms.isMember(store::get, room, account.name()));
    }
}

package covey.peer;

import covey.chat.People;
import covey.courier.PersonDevice;
import covey.directory.DirectoryView;
import covey.store.Batch;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.wire.DeviceId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What chat asks of directory and presence, and whom the own account blocked. On the loop. */
final class KnownPeople implements People {
    private final Core core;
    private final Set<String> blocked = new HashSet<>();

    KnownPeople(Core core) {
        this.core = core;
        OrderedStore store = core.self.store();
        store.scan(Tables.blocked(), Keys.end(Tables.blocked()), false, (key, value) -> {
            blocked.add(Keys.read(key).skip(1).string());
            return true;
        });
    }

    private DirectoryView view() {
        return core.directory.view();
    }

    @Override
    public boolean exists(String account) {
        return view().account(account).isPresent();
    }

    @Override
    public List<String> accounts() {
        return view().accounts().stream().map(DirectoryView.Account::name).toList();
    }

    @Override
    public List<PersonDevice> devices(String account) {
        return view().activeDevices(account).stream()
                .map(one -> new PersonDevice(one.id(), one.publicKey(), one.name(), one.enrolment()))
                .toList();
    }

    @Override
    public Optional<String> accountOf(DeviceId device) {
        return view().isActive(device) ? enrolledFor(device) : Optional.empty();
    }

    @Override
    public Optional<String> enrolledFor(DeviceId device) {
        return view().device(device).map(DirectoryView.Device::account);
    }

    @Override
    public Optional<byte[]> publicKey(DeviceId device) {
        return view().device(device).map(known -> known.publicKey().toByteArray());
    }

    /** A direct link shows it; else the hub says so, while it is there. */
    @Override
    public boolean isOnline(DeviceId device) {
        return core.links.hasLink(device)
                || (core.session.isOpen()
                        && view().isActive(device)
                        && view().device(device)
                                .filter(known -> core.presence.isOnline(known.index()))
                                .isPresent());
    }

    @Override
    public long directorySize() {
        return core.directory.size();
    }

    @Override
    public long directoryCheckedMillis() {
        return core.directory.checkedMillis();
    }

    @Override
    public boolean isBlocked(String account) {
        return blocked.contains(account);
    }

    /** As the hub keeps it; cached, because blocking must hold while the hub is away. */
    void blocked(Set<String> accounts) {
        Batch batch = new Batch();
        blocked.forEach(account -> batch.delete(Tables.blocked(account)));
        accounts.forEach(account -> batch.put(Tables.blocked(account), new byte[0]));
        core.self.keep(batch);
        blocked.clear();
        blocked.addAll(accounts);
    }

    void block(String account, boolean isBlocked) {
        Set<String> next = new HashSet<>(blocked);
        if (isBlocked ? next.add(account) : next.remove(account)) {
            blocked(next);
        }
    }
}

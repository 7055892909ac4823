package covey.chat;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.courier.PathKind;
import covey.directory.Refused;
import covey.sim.SimWorld;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.RelayFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A few devices, a hub, and the ways between them, in virtual time: direct links that come and go, a relay that may
 * lose, double and reorder, a hub that may be away. {@code village("anna").device(..)}, then {@link #run}.
 */
final class Village {
    final SimWorld world;
    final Random random;
    final FakeHub hub = new FakeHub(this);
    private final Map<DeviceId, Device> devices = new LinkedHashMap<>();
    private final Set<String> accounts = new TreeSet<>();
    private final Set<DeviceId> revoked = new HashSet<>();
    private final Set<DeviceId> unplugged = new HashSet<>();
    private final Set<Pair> links = new HashSet<>();
    private final Map<Pair, Integer> generations = new HashMap<>();
    private final Map<Device, List<Pending>> lanes = new HashMap<>();
    private final Set<DeviceId> toPush = new LinkedHashSet<>();
    private boolean isHubUp = true;

    /** Of a frame by the relay: that it is lost, that it comes twice. In percent. */
    int lossPercent;

    int doublePercent;

    private record Pair(DeviceId a, DeviceId b) {
        static Pair of(DeviceId a, DeviceId b) {
            return a.compareTo(b) < 0 ? new Pair(a, b) : new Pair(b, a);
        }
    }

    private record Pending(int life, Command command, Consumer<CommandResult> done) {}

    Village(long seed) {
        world = new SimWorld(seed);
        random = new Random(seed);
    }

    /** A further device of the account, which is made with its first one; running. */
    Device device(String account, String name) {
        Device device = enrol(account, name);
        device.start();
        run(1);
        return device;
    }

    Device enrol(String account, String name) {
        accounts.add(account);
        Device device = new Device(this, account, name, world.host("10.0.0." + devices.size()));
        devices.put(device.id(), device);
        return device;
    }

    /** An account without devices. */
    void account(String name) {
        accounts.add(name);
    }

    void removeAccount(String name) {
        accounts.remove(name);
        devicesOf(name).forEach(device -> revoked.add(device.id()));
        tellDirectory();
    }

    void revoke(Device device) {
        revoked.add(device.id());
        tellDirectory();
    }

    /** Everybody hears of everybody. */
    void tellDirectory() {
        for (Device device : up()) {
            device.known = devices.size();
            device.run(ChatEngine::directoryChanged);
        }
        run(1);
    }

    void run(long millis) {
        world.run(millis);
    }

    List<Device> everybody() {
        return List.copyOf(devices.values());
    }

    private List<Device> up() {
        return devices.values().stream().filter(Device::isUp).toList();
    }

    // Directory

    List<Device> directory(int size) {
        return devices.values().stream().limit(size).toList();
    }

    int directorySize() {
        return devices.size();
    }

    boolean exists(String account) {
        return accounts.contains(account);
    }

    List<String> accounts() {
        return List.copyOf(accounts);
    }

    boolean isActive(DeviceId device) {
        return devices.containsKey(device) && !revoked.contains(device);
    }

    private Device of(DeviceId device) {
        return Objects.requireNonNull(devices.get(device), "no such device");
    }

    String accountOf(DeviceId device) {
        return of(device).account;
    }

    List<Device> devicesOf(String account) {
        return devices.values().stream()
                .filter(device -> device.account.equals(account) && isActive(device.id()))
                .toList();
    }

    // Ways

    boolean isHubUpFor(Device device) {
        return isHubUp && device.isUp() && !unplugged.contains(device.id());
    }

    boolean isOnline(Device asker, DeviceId other) {
        return isHubUpFor(asker) && isHubUpFor(of(other));
    }

    PathKind pathTo(Device from, DeviceId to) {
        Device other = of(to);
        if (!from.isUp() || !other.isUp()) {
            return PathKind.NONE;
        }
        if (links.contains(Pair.of(from.id(), to))) {
            return PathKind.DIRECT;
        }
        return isHubUpFor(from) && isHubUpFor(other) ? PathKind.RELAY : PathKind.NONE;
    }

    void wantLink(Device from, DeviceId to) {
        assert !from.id().equals(to) : "a device wants a link to itself";
    }

    void link(Device a, Device b) {
        if (links.add(Pair.of(a.id(), b.id()))) {
            changed(a, b);
        }
    }

    void cut(Device a, Device b) {
        generations.merge(Pair.of(a.id(), b.id()), 1, Integer::sum);
        if (links.remove(Pair.of(a.id(), b.id()))) {
            changed(a, b);
        }
    }

    private void changed(Device a, Device b) {
        a.run(chat -> chat.linkChanged(b.id(), pathTo(a, b.id())));
        b.run(chat -> chat.linkChanged(a.id(), pathTo(b, a.id())));
    }

    boolean send(Device from, DeviceId to, MessageLite message) {
        PathKind path = pathTo(from, to);
        if (path == PathKind.NONE) {
            return false;
        }
        Pair pair = Pair.of(from.id(), to);
        int generation = generations.getOrDefault(pair, 0);
        if (path == PathKind.DIRECT) {
            later(1, () -> {
                if (links.contains(pair) && generations.getOrDefault(pair, 0) == generation) {
                    deliver(from, to, message, PathKind.DIRECT);
                }
            });
            return true;
        }
        int copies = random.nextInt(100) < lossPercent ? 0 : random.nextInt(100) < doublePercent ? 2 : 1;
        if (copies == 0 && random.nextBoolean()) {
            from.run(chat -> chat.relayFailed(to, RelayFailure.CONGESTED));
        }
        int spread = lossPercent + doublePercent > 0 ? 30 : 0;
        for (int i = 0; i < copies; i++) {
            later(1 + random.nextInt(spread + 1), () -> {
                if (isHubUpFor(of(to))) {
                    deliver(from, to, message, PathKind.RELAY);
                } else {
                    from.run(chat -> chat.relayFailed(to, RelayFailure.OFFLINE));
                }
            });
        }
        return true;
    }

    private void deliver(Device from, DeviceId to, MessageLite message, PathKind via) {
        of(to).run(chat -> {
            switch (message) {
                case Envelope envelope -> chat.envelopeReceived(from.id(), envelope, via);
                case EnvelopeAck ack -> chat.ackReceived(from.id(), ack);
                default -> throw new AssertionError("a message of " + message.getClass());
            }
        });
    }

    /** In virtual time; the network's own events outlive any device. */
    private void later(long millis, Runnable task) {
        clock().schedule(millis, task);
    }

    private covey.env.Loop clock() {
        if (network == null) {
            network = world.host("network").newLoop("network");
        }
        return network;
    }

    private covey.env.@org.jspecify.annotations.Nullable Loop network;

    // Hub

    void hub(boolean isUpNow) {
        isHubUp = isUpNow;
        up().forEach(this::hubChanged);
        presenceChanged();
    }

    /** The device loses or finds its way to the hub, not that to others. */
    void plug(Device device, boolean isPlugged) {
        if (isPlugged ? unplugged.remove(device.id()) : unplugged.add(device.id())) {
            hubChanged(device);
            presenceChanged();
        }
    }

    void connected(Device device) {
        lanes.put(device, new ArrayList<>());
        hubChanged(device);
        presenceChanged();
    }

    void disconnected(Device device) {
        lanes.put(device, new ArrayList<>());
        devices.values().forEach(other -> cut(device, other));
        presenceChanged();
    }

    private void hubChanged(Device device) {
        boolean isUpNow = isHubUpFor(device);
        if (isUpNow) {
            device.run(chat -> chat.prekeyAtHub(!hub.hasPrekey(device.id()), hub.prekeyId(device.id())));
        }
        device.run(chat -> chat.hubChanged(isUpNow));
        if (isUpNow) {
            device.known = devices.size();
            device.run(ChatEngine::directoryChanged);
            work(device);
            mailFor(device.id());
        }
    }

    private void presenceChanged() {
        for (Device device : up()) {
            for (Device other : devices.values()) {
                if (other != device) {
                    device.run(chat -> chat.presenceChanged(other.id()));
                    device.run(chat -> chat.linkChanged(other.id(), pathTo(device, other.id())));
                }
            }
        }
    }

    void command(Device by, Command command, Consumer<CommandResult> done) {
        lanes.computeIfAbsent(by, key -> new ArrayList<>()).add(new Pending(by.life(), command, done));
        work(by);
    }

    /** Commands are applied in order, and answered: both may be cut off by a crash of the device. */
    private void work(Device by) {
        later(1, () -> {
            List<Pending> lane = lanes.getOrDefault(by, List.of());
            while (!lane.isEmpty() && isHubUpFor(by)) {
                Pending next = lane.removeFirst();
                CommandResult result = hub.apply(by, next.command());
                later(1, () -> {
                    if (by.life() == next.life()) {
                        by.run(chat -> next.done().accept(result));
                    }
                });
            }
        });
    }

    void roomStored(Device by, ByteString room, long upTo) {
        later(1, () -> {
            if (isHubUpFor(by)) {
                hub.rooms.stored(by, room, upTo);
            }
        });
    }

    void query(Device by, Query query, Consumer<QueryReply> done, Consumer<Problem> refused) {
        int life = by.life();
        later(1, () -> {
            if (by.life() == life && isHubUpFor(by)) {
                try {
                    QueryReply reply = hub.answer(by, query);
                    by.run(chat -> done.accept(reply));
                } catch (Refused e) {
                    by.run(chat -> refused.accept(e.problem()));
                }
            } else if (by.life() == life && by.isUp()) {
                later(500, () -> query(by, query, done, refused));
            }
        });
    }

    /** Something waits for this device at the hub: pushed again from what it acknowledged last. */
    void mailFor(DeviceId device) {
        if (toPush.add(device)) {
            later(2, () -> {
                toPush.remove(device);
                Device to = of(device);
                if (isHubUpFor(to)) {
                    var mail = hub.mail(device);
                    var items = hub.rooms.items(to);
                    if (!mail.isEmpty()) {
                        to.run(chat -> chat.mailReceived(mail));
                    }
                    if (!items.isEmpty()) {
                        to.run(chat -> chat.roomItemsReceived(items));
                    }
                }
            });
        }
    }
}

package covey.sim;

import covey.env.Loop;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.wire.DeviceId;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Connections between virtual hosts. Device ids are taken as proved: the simulator has no strangers with stolen keys.
 *
 */
public final class SimTransport implements Transport {
    private static final int HANDSHAKE_TRIPS = 3;
    private static final int FIRST_FREE_PORT = 20_000;

    private final SimHost host;
    private final SimWorld world;
    private final DeviceId device;
    private final byte[] publicKey;

    SimTransport(SimHost host, DeviceId device, byte[] publicKey) {
        this.host = host;
        this.world = host.world();
        this.device = device;
        this.publicKey = publicKey.clone();
    }

    /** A listening port of a host. */
    record Bound(
            SimTransport owner, int life, Set<Protocol> protocols, Acceptor acceptor, List<SimConnection> accepted) {}

    @Override
    public Listener listen(Address address, Set<Protocol> protocols, Acceptor acceptor) {
        int port = address.port();
        for (int free = FIRST_FREE_PORT; port == 0; free++) {
            if (!world.bound().containsKey(host.address() + ":" + free)) {
                port = free;
            }
        }
        Address real = new Address(host.address(), port);
        if (world.bound().containsKey(real.toString())) {
            throw new ListenException(real + " is in use by another process", new IllegalStateException("bound"));
        }
        world.bound().put(real.toString(), new Bound(this, host.life(), protocols, acceptor, new ArrayList<>()));
        return new Listener() {
            @Override
            public Address address() {
                return real;
            }

            @Override
            public void close() {
                world.bound().remove(real.toString());
            }
        };
    }

    static void hostCrashed(SimWorld world, SimHost host) {
        world.bound().values().removeIf(bound -> bound.owner.host == host);
    }

    @Override
    public Loop.Cancellable dial(
            List<Address> addresses, Protocol protocol, Expected expected, long timeoutMillis, Dialled dialled) {
        Race race = new Race(addresses.size(), dialled);
        long delay = 0;
        for (Address address : addresses) {
            host.later(delay, () -> attempt(address, protocol, expected, race));
            delay += STAGGER_MILLIS * 1_000_000L;
        }
        if (addresses.isEmpty()) {
            host.later(0, () -> race.dialled.failed(List.of()));
        }
        return () -> race.isOver = true;
    }

    private void attempt(Address address, Protocol protocol, Expected expected, Race race) {
        if (race.isOver) {
            return;
        }
        long trip = latencyNanos() * HANDSHAKE_TRIPS;
        host.later(trip, () -> {
            if (race.isOver) {
                return;
            }
            Bound bound = world.bound().get(address.toString());
            boolean isUnlucky = world.random().nextDouble() < world.faults().dialFailure();
            if (bound == null || isUnlucky || !bound.protocols.contains(protocol)) {
                race.failed(new Attempt(address, bound == null ? "connection refused" : "no answer", trip / 1_000_000));
            } else if (!expected.allows(bound.owner.device)) {
                race.failed(new Attempt(
                        address, "another device answered: " + bound.owner.device.shortText(), trip / 1_000_000));
            } else {
                race.isOver = true;
                connect(address, bound, protocol, race.dialled);
            }
        });
    }

    private void connect(Address address, Bound bound, Protocol protocol, Dialled dialled) {
        SimConnection mine = new SimConnection(
                host, bound.owner.device, bound.owner.publicKey, address.toString(), host.address() + ":9", protocol);
        SimConnection theirs = new SimConnection(
                bound.owner.host, device, publicKey, host.address() + ":9", address.toString(), protocol);
        mine.joinedTo(theirs);
        theirs.joinedTo(mine);
        bound.acceptor.accepted(theirs);
        dialled.connected(mine);
    }

    private long latencyNanos() {
        return SimConnection.latencyNanos(world);
    }

    @Override
    public List<Address> localAddresses(int port) {
        return List.of(new Address(host.address(), port));
    }

    @Override
    public void close() {
        world.bound().values().removeIf(bound -> bound.owner == this);
    }

    static Goodbye broken(String why) {
        return Goodbye.newBuilder()
                .setReason(GoodbyeReason.CLOSING)
                .setMessage(why)
                .build();
    }

    /** One dial: the first address that answers wins. */
    private static final class Race {
        private final int addresses;
        private final Dialled dialled;
        private final List<Attempt> attempts = new ArrayList<>();
        private boolean isOver;

        Race(int addresses, Dialled dialled) {
            this.addresses = addresses;
            this.dialled = dialled;
        }

        void failed(Attempt attempt) {
            attempts.add(attempt);
            if (attempts.size() == addresses && !isOver) {
                isOver = true;
                dialled.failed(attempts);
            }
        }
    }
}

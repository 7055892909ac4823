package covey.peer;

import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.sim.SimHost;
import covey.sim.SimTransport;
import covey.sim.SimWorld;
import covey.store.MemoryStore;
import covey.transport.Transport.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A network of one scripted hub and some peers, in virtual time. */
final class Network {
    final SimWorld world = new SimWorld(7);
    final FakeHub hub = new FakeHub(world).start();

    /** A peer of an account that is in the directory, not started. */
    Peer peer(String account, String address) {
        Peer peer = new Peer(account, DeviceKeys.generate(Env.system()), address);
        hub.account(account);
        hub.enrol(account, peer.keys, account + "'s");
        return peer;
    }

    /** As {@link #peer}, started and connected. */
    Peer connected(String account, String address) {
        Peer peer = peer(account, address);
        hub.tellHead();
        peer.start();
        settled(peer);
        return peer;
    }

    void settled(Peer peer) {
        if (!world.runUntil(() -> peer.node.isSettled(), 60_000)) {
            throw new AssertionError(peer.account + " is not connected: " + peer.node.hub());
        }
        world.run(5);
    }

    /** One device with its store, through several lives. */
    final class Peer {
        final String account;
        final DeviceKeys keys;
        final SimHost host;
        final List<PeerEvent> events = new ArrayList<>();
        boolean listens = true;
        MemoryStore store = new MemoryStore();
        SimTransport transport;
        PeerNode node;

        Peer(String account, DeviceKeys keys, String address) {
            this.account = account;
            this.keys = keys;
            host = world.host(address);
            transport = host.transport(keys.id(), keys.publicKey());
            node = make();
        }

        private PeerNode make() {
            PeerSettings settings = new PeerSettings(
                    account + "'s",
                    "1",
                    "/home/" + account,
                    listens ? Optional.of(new Address(host.address(), PeerSettings.DEFAULT_PORT)) : Optional.empty(),
                    List.of(),
                    List.of());
            PeerNode made = new PeerNode(host, settings, keys, transport, store, hub.roster, account);
            made.watch(events::add);
            return made;
        }

        void start() {
            node = make();
            node.start();
        }

        void crash() {
            host.crash();
            store = store.restart();
            transport = host.transport(keys.id(), keys.publicKey());
        }

        /** Runs on the loop, then lets the world go on a little. */
        void run(Runnable task) {
            node.loop().execute(task);
            world.run(1);
        }

        List<String> warnings() {
            return events.stream()
                    .filter(PeerEvent.Warning.class::isInstance)
                    .map(event -> ((PeerEvent.Warning) event).text())
                    .toList();
        }

        List<PeerEvent.Path> paths() {
            return events.stream()
                    .filter(PeerEvent.Path.class::isInstance)
                    .map(PeerEvent.Path.class::cast)
                    .toList();
        }
    }
}

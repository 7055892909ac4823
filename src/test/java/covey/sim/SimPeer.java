package covey.sim;

import com.google.protobuf.ByteString;
import covey.chat.ChatException;
import covey.chat.ChatMessage;
import covey.chat.HistoryQuery;
import covey.identity.DeviceKeys;
import covey.peer.PeerEvent;
import covey.peer.PeerNode;
import covey.peer.PeerSettings;
import covey.store.MemoryStore;
import covey.transport.Transport.Address;
import covey.wire.proto.RosterProof;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A device in the simulator: the production peer over a store that survives its crashes. */
final class SimPeer {
    final String account;
    final DeviceKeys keys;
    private final SimHost host;
    private final RosterProof roster;
    private MemoryStore store;
    private PeerNode node;
    private boolean isUp;

    /** Texts that were acknowledged to the person as taken, in order, by receiver. */
    final Map<String, List<String>> accepted = new HashMap<>();

    /** How often each message was told to be shown, over all lives. */
    final Map<ByteString, Integer> shown = new HashMap<>();

    SimPeer(SimWorld world, String account, String address, RosterProof roster) {
        this(world.host(address), account, roster);
    }

    private SimPeer(SimHost host, String account, RosterProof roster) {
        this(host, account, roster, DeviceKeys.generate(host), new MemoryStore());
    }

    /** With keys and a store that were made before. */
    SimPeer(SimHost host, String account, RosterProof roster, DeviceKeys keys, MemoryStore store) {
        this.account = account;
        this.host = host;
        this.keys = keys;
        this.store = store;
        this.roster = roster;
        this.node = run();
    }

    MemoryStore store() {
        return store;
    }

    SimHost host() {
        return host;
    }

    private PeerNode run() {
        PeerSettings settings = new PeerSettings(
                "device",
                "covey-sim",
                "sim",
                Optional.of(new Address(host.address(), PeerSettings.DEFAULT_PORT)),
                List.of(),
                List.of(SimHub.ADDRESS));
        PeerNode running =
                new PeerNode(host, settings, keys, host.transport(keys.id(), keys.publicKey()), store, roster, account);
        running.watch(this::happened);
        running.start();
        isUp = true;
        return running;
    }

    private void happened(PeerEvent event) {
        if (event instanceof PeerEvent.Message message && !message.message().outgoing()) {
            shown.merge(message.message().id(), 1, Integer::sum);
        }
    }

    void send(String to, String text) {
        PeerNode sender = node;
        sender.loop().execute(() -> {
            try {
                ChatMessage message = sender.chat().send(to, text);
                sender.chat()
                        .whenDurable(
                                () -> accepted.computeIfAbsent(to, absent -> new ArrayList<>())
                                        .add(message.text()),
                                refused -> {});
            } catch (ChatException e) {
                // Not accepted: nothing was promised. (The directory may not have arrived yet.)
            }
        });
    }

    List<ChatMessage> history(String conversation) {
        return node.chat().history(HistoryQuery.of(conversation, 0, "", 10_000));
    }

    PeerNode node() {
        return node;
    }

    boolean isUp() {
        return isUp;
    }

    void crash() {
        isUp = false;
        host.crash();
        store.crash();
    }

    void restart() {
        store = store.restart();
        node = run();
    }
}

package covey.bench;

import covey.chat.ChatMessage;
import covey.chat.MessageState;
import covey.courier.PathKind;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.peer.PeerEvent;
import covey.peer.PeerNode;
import covey.peer.PeerSettings;
import covey.store.MemoryStore;
import covey.store.OrderedStore;
import covey.store.RocksStore;
import covey.transport.NettyTransport;
import covey.transport.Transport.Address;
import covey.transport.TransportSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A whole peer in this process: session, links, sealing, store. Only the process around it is missing. */
final class Peer implements AutoCloseable {
    private final OrderedStore store;
    private final NettyTransport transport;
    private final PeerNode node;

    /** @param folder of its store; empty = its store is in memory, so that no disk is waited for */
    Peer(HubHome home, int user, DeviceKeys keys, Address hub, Optional<Path> folder, boolean isDirect) {
        this(home, user, keys, hub, folder, isDirect, 1);
    }

    /** @param ioThreads as many peers run at once here: one each; 0 = as in a process of its own */
    Peer(HubHome home, int user, DeviceKeys keys, Address hub, Optional<Path> folder, boolean isDirect, int ioThreads) {
        TransportSettings defaults = TransportSettings.defaults();
        store = folder.<OrderedStore>map(path -> RocksStore.open(path, RocksStore.Options.local()))
                .orElseGet(MemoryStore::new);
        transport = new NettyTransport(
                Env.system(),
                keys,
                new TransportSettings(
                        ioThreads,
                        defaults.handshakeMillisMax(),
                        defaults.handshakesMax(),
                        defaults.handshakesPerSourceMax(),
                        defaults.connectionsMax(),
                        defaults.lowWaterBytes(),
                        defaults.highWaterBytes(),
                        defaults.unsentBytesMax(),
                        defaults.userTimeoutMillis()));
        Optional<Address> listen = isDirect ? Optional.of(new Address("127.0.0.1", 0)) : Optional.empty();
        PeerSettings settings = new PeerSettings("bench", "bench", "", listen, List.of(), List.of(hub));
        node = new PeerNode(Env.system(), settings, keys, transport, store, home.roster(), HubHome.account(user));
    }

    void start() {
        node.start();
    }

    PeerNode node() {
        return node;
    }

    /** Runs it on the peer's loop and waits. */
    <T> T ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        node.loop().execute(() -> {
            try {
                answer.complete(question.get());
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            return answer.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("peer did not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    void await(String what, int seconds, Supplier<Boolean> isSo) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!ask(isSo)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(what + ": not within " + seconds + " s; hub: " + ask(node::hub));
            }
            Server.pause(10);
        }
    }

    void awaitSettled() {
        await("peer settled", 60, node::isSettled);
    }

    void awaitDirect(DeviceKeys other) {
        await(
                "direct link",
                30,
                () -> node.route(other.id())
                        .filter(route -> route.path() == PathKind.DIRECT)
                        .isPresent());
    }

    /** Calls back on the peer's loop with every message that is shown. */
    void onShown(Consumer<ChatMessage> shown) {
        node.loop()
                .execute(() -> node.watch(event -> {
                    if (event instanceof PeerEvent.Message(ChatMessage message) && !message.outgoing()) {
                        shown.accept(message);
                    }
                }));
    }

    /** Calls back on the peer's loop whenever one of its own messages gets further. */
    void onState(Consumer<ChatMessage> changed) {
        node.loop()
                .execute(() -> node.watch(event -> {
                    if (event instanceof PeerEvent.State(ChatMessage message)) {
                        changed.accept(message);
                    }
                }));
    }

    static boolean isAcknowledged(ChatMessage message) {
        return message.state() == MessageState.STORED
                || message.state() == MessageState.DELIVERED
                || message.state() == MessageState.READ;
    }

    @Override
    public void close() {
        node.close();
        transport.close();
        store.close();
    }
}

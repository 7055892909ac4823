package covey.story;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import covey.chat.ChatException;
import covey.chat.ChatMessage;
import covey.chat.HistoryQuery;
import covey.cluster.CommandBatcher;
import covey.cluster.RatisLog;
import covey.cluster.RatisSettings;
import covey.env.Env;
import covey.files.Contents;
import covey.hub.HubBootstrap;
import covey.hub.HubNode;
import covey.hub.HubSettings;
import covey.hub.HubState;
import covey.identity.DeviceKeys;
import covey.peer.PeerNode;
import covey.peer.PeerSettings;
import covey.store.RocksStore;
import covey.swarm.DownloadCaps;
import covey.swarm.Uploads;
import covey.transport.LocalApi;
import covey.transport.NettyTransport;
import covey.transport.Protocol;
import covey.transport.Transport.Address;
import covey.transport.TransportSettings;
import covey.web.Json;
import covey.web.LocalClient;
import covey.web.LocalServer;
import covey.web.PeerApi;
import covey.wire.proto.Command;
import covey.wire.proto.EnrolAccount;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.HubStatus;
import covey.wire.proto.RegistrationPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A hub and some peers in one process, over TLS on loopback and with their files in a folder. */
final class Village {
    private static final int ANSWER_SECONDS_MAX = 20;

    private final Env env = Env.system();
    private final Path folder;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final HubBootstrap.NewNetwork network;
    private final List<Villager> villagers = new CopyOnWriteArrayList<>();
    private Address hubAddress = new Address("127.0.0.1", 0);
    private HubNode hub;
    private Deque<AutoCloseable> hubParts = new ArrayDeque<>();
    private int commands;

    Village(Path folder) {
        this.folder = folder;
        network = HubBootstrap.create(env, List.of());
        hub = startHub();
        hub.submitOwn(HubBootstrap.boot(
                network.roster(), settings(), network.operator().publicKey()));
    }

    private HubSettings settings() {
        return new HubSettings(hubAddress, "village", RegistrationPolicy.OPEN, "covey-story");
    }

    private HubNode startHub() {
        HubState state = new HubState(folder.resolve("state"), RocksStore.factory(RocksStore.Options.replicated()));
        RatisLog log = RatisLog.open(
                RatisSettings.alone(folder.resolve("raft"), network.hub().id().toString()), state, env, why -> {
                    throw new AssertionError(why);
                });
        NettyTransport transport = new NettyTransport(env, network.hub(), TransportSettings.defaults());
        HubNode node = new HubNode(
                env,
                settings(),
                network.hub(),
                network.roster(),
                log,
                new CommandBatcher(log, env),
                state,
                java.util.Optional.empty());
        var listener = transport.listen(hubAddress, Set.of(Protocol.HUB, Protocol.HUB_BULK), node.acceptor());
        hubAddress = listener.address();
        hubParts = new ArrayDeque<>(List.of(listener, node, transport, state));
        return node;
    }

    void stopHub() throws Exception {
        closeAll(hubParts);
    }

    void restartHub() {
        hub = startHub();
    }

    HubStatus status() {
        return hub.status();
    }

    /** Waits until all who are awake have taken over what the hub tells, and know all others. */
    void meet() {
        List<String> accounts = villagers.stream().map(one -> one.account).toList();
        await().atMost(Story.PATIENCE)
                .until(() -> villagers.stream()
                        .filter(one -> one.node.isPresent())
                        .allMatch(one -> one.on(peer -> peer.isSettled()
                                && accounts.stream()
                                        .allMatch(account -> peer.directory()
                                                .account(account)
                                                .isPresent()))));
    }

    /** A peer of a new account. */
    Villager settle(String account) {
        DeviceKeys keys = DeviceKeys.generate(env);
        hub.submitOwn(Command.newBuilder()
                .setEnrolAccount(EnrolAccount.newBuilder()
                        .setAccount(account)
                        .setPasswordHash("$argon2id$story")
                        .setPublicKey(ByteString.copyFrom(keys.publicKey()))
                        .setDeviceName("pc " + ++commands))
                .build());
        Villager villager = new Villager(account, keys);
        villager.wake();
        villagers.add(villager);
        return villager;
    }

    private static void closeAll(Deque<AutoCloseable> parts) throws Exception {
        while (!parts.isEmpty()) {
            parts.pop().close();
        }
    }

    void close() throws Exception {
        closeAll(open);
        closeAll(hubParts);
    }

    /** One request and what came of it. */
    static final class Asked implements LocalApi.Reply {
        final List<Json> events = new CopyOnWriteArrayList<>();
        private final CompletableFuture<Json> result = new CompletableFuture<>();
        private volatile boolean isCancelled;
        private volatile Runnable onCancel = () -> {};

        Json ok() {
            return result.orTimeout(ANSWER_SECONDS_MAX, TimeUnit.SECONDS).join();
        }

        /** The kind of refusal and its sentence. */
        String refusal() {
            return result.handle((ok, why) -> why == null ? "accepted" : why.getMessage())
                    .orTimeout(ANSWER_SECONDS_MAX, TimeUnit.SECONDS)
                    .join();
        }

        boolean isDone() {
            return result.isDone();
        }

        void cancel() {
            isCancelled = true;
            onCancel.run();
        }

        @Override
        public void event(String json) {
            events.add(Json.parse(json));
        }

        @Override
        public void result(String json) {
            result.complete(Json.parse(json));
        }

        @Override
        public void error(ErrorCode code, String message) {
            result.completeExceptionally(new IllegalStateException(code + ": " + message));
        }

        @Override
        public boolean isCancelled() {
            return isCancelled;
        }

        @Override
        public void onCancel(Runnable action) {
            onCancel = action;
        }
    }

    /** One peer, that may sleep and wake. */
    final class Villager {
        private final String account;
        private final DeviceKeys keys;
        private Deque<AutoCloseable> parts = new ArrayDeque<>();
        private Optional<PeerNode> node = Optional.empty();
        private Optional<PeerApi> api = Optional.empty();
        private Optional<Contents> contents = Optional.empty();

        /** 0 = as fast as it goes; from the next waking on. */
        long downloadBytesPerSecond;

        /** Offers up to that size are fetched unasked; from the next waking on. */
        long acceptBytesMax;

        Villager(String account, DeviceKeys keys) {
            this.account = account;
            this.keys = keys;
            open.push(this::sleep);
        }

        void wake() {
            RocksStore store = RocksStore.open(home().resolve("store"), RocksStore.Options.local());
            NettyTransport transport = new NettyTransport(env, keys, TransportSettings.defaults());
            PeerSettings settings = new PeerSettings(
                    "pc",
                    "covey-story",
                    folder.toString(),
                    Optional.of(new Address("127.0.0.1", 0)),
                    List.of(),
                    List.of(hubAddress));
            PeerNode peer = new PeerNode(env, settings, keys, transport, store, network.roster(), account);
            Contents made = new Contents(
                    peer,
                    new Contents.Settings(
                            home().resolve("blocks"),
                            home().resolve("files"),
                            1,
                            acceptBytesMax,
                            new DownloadCaps(
                                    downloadBytesPerSecond,
                                    0,
                                    Env.system().clock().monotonicNanos()),
                            Uploads.Settings.USUAL));
            api = Optional.of(new PeerApi(peer, () -> {}, () -> {}).with(made));
            contents = Optional.of(made);
            peer.start();
            made.start();
            parts = new ArrayDeque<>(List.of(peer, made, transport, store));
            node = Optional.of(peer);
        }

        void sleep() throws Exception {
            closeAll(parts);
            node = Optional.empty();
        }

        /** As `covey logout` does, at a socket that closes with the process; returns the answer. */
        String logOut() throws Exception {
            CompletableFuture<LocalServer> server = new CompletableFuture<>();
            CompletableFuture<Boolean> ended = new CompletableFuture<>();
            PeerApi ending = new PeerApi(node(), () -> {}, () -> {
                server.join().close();
                ended.complete(true);
            });
            server.complete(LocalServer.open(Files.createDirectories(home()).resolve("socket"), ending));
            try (LocalClient client = LocalClient.connect(server.join().path())) {
                String answer = client.call("{\"method\":\"logout\",\"params\":{}}");
                ended.orTimeout(ANSWER_SECONDS_MAX, TimeUnit.SECONDS).join();
                return answer;
            } finally {
                server.join().close();
            }
        }

        PeerNode node() {
            return node.orElseThrow();
        }

        Contents contents() {
            return contents.orElseThrow();
        }

        /** A folder of this villager's own. */
        Path home() {
            return folder.resolve(account);
        }

        /** As a command of this home would. */
        Asked ask(String method, Object... namesAndValues) {
            Asked asked = new Asked();
            String params = Json.object(namesAndValues);
            Thread.startVirtualThread(
                    () -> api.orElseThrow().handle("{\"method\":\"" + method + "\",\"params\":" + params + "}", asked));
            return asked;
        }

        /** Runs on the peer's loop and gives back what it found. */
        <T> T on(Function<PeerNode, T> question) {
            CompletableFuture<T> answer = new CompletableFuture<>();
            PeerNode peer = node();
            peer.loop().execute(() -> {
                try {
                    answer.complete(question.apply(peer));
                } catch (ChatException e) {
                    answer.completeExceptionally(e);
                }
            });
            return answer.orTimeout(ANSWER_SECONDS_MAX, TimeUnit.SECONDS).join();
        }

        /** Says it, and waits until it is durable here. */
        ChatMessage say(String to, String text) {
            CompletableFuture<ChatMessage> durable = new CompletableFuture<>();
            PeerNode peer = node();
            peer.loop().execute(() -> {
                try {
                    ChatMessage message = peer.chat().send(to, text);
                    peer.chat().whenDurable(() -> durable.complete(message), durable::completeExceptionally);
                } catch (ChatException e) {
                    durable.completeExceptionally(e);
                }
            });
            return durable.orTimeout(ANSWER_SECONDS_MAX, TimeUnit.SECONDS).join();
        }

        List<String> texts(String conversation) {
            return history(conversation).stream().map(ChatMessage::text).toList();
        }

        List<ChatMessage> history(String conversation) {
            return node().chat().history(HistoryQuery.of(conversation, 0, "", 1_000));
        }
    }
}

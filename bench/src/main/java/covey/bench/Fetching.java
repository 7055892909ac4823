package covey.bench;

import com.google.protobuf.ByteString;
import covey.content.BlockStore;
import covey.content.ContentException;
import covey.content.ContentId;
import covey.content.Disk;
import covey.content.Holding;
import covey.content.Importer;
import covey.env.Env;
import covey.env.HashWorkers;
import covey.exchange.Fetch;
import covey.exchange.FetchPorts;
import covey.exchange.Server;
import covey.identity.DeviceKeys;
import covey.store.MemoryStore;
import covey.swarm.Downloader;
import covey.transport.BlockBuffer;
import covey.transport.BlockBuffers;
import covey.transport.Connection;
import covey.transport.NettyTransport;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.TransportSettings;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A holder and a fetcher in this process, each with its own key, transport and block store, over TLS on loopback. */
final class Fetching implements AutoCloseable {
    private static final long BUFFER_BYTES = 96L * 1024 * 1024;
    private static final long IN_FLIGHT_BYTES = 64L * 1024 * 1024;

    private static final Server.Permission ANYBODY = new Server.Permission() {
        @Override
        public boolean isKnown(DeviceId device) {
            return true;
        }

        @Override
        public Optional<Server.Refusal> refusal(
                DeviceId device, ContentId content, ByteString ticket, boolean isBegun) {
            return Optional.empty();
        }
    };

    private final HashWorkers workers = HashWorkers.forThisMachine();
    private final DeviceKeys holderKeys = DeviceKeys.generate(Env.system());
    private final NettyTransport holder = transport(holderKeys);
    private final NettyTransport fetcher = transport(DeviceKeys.generate(Env.system()));
    private final Transport.Address address;
    private final BlockBuffers buffers = new BlockBuffers(BUFFER_BYTES);
    private final Server server;
    private final ContentId content;
    private final long bytes;

    Fetching(Path folder, Path file, long bytes) {
        this.bytes = bytes;
        MemoryStore records = new MemoryStore();
        BlockStore store = store(records, folder.resolve("holder"));
        var imported = new Importer(Env.system(), records, workers).scan(file, Importer.Options.STRICT);
        store.link(List.of(imported), "share");
        content = imported.id();
        server = new Server(
                new Server.Ports(Env.system(), store, new BlockBuffers(BUFFER_BYTES), ANYBODY, ByteString.EMPTY));
        address = holder.listen(new Transport.Address("127.0.0.1", 0), Set.of(Protocol.BULK), server)
                .address();
    }

    private static NettyTransport transport(DeviceKeys keys) {
        return new NettyTransport(Env.system(), keys, TransportSettings.defaults());
    }

    private static BlockStore store(MemoryStore records, Path folder) {
        return new BlockStore(
                Env.system(), records, Disk.system(), new BlockStore.Settings(folder, 0), (id, sentence) -> {});
    }

    /** Fetches everything into an empty store; returns when it is verified, written and synced. */
    void fetch(Path into) throws Exception {
        BlockStore store = store(new MemoryStore(), into);
        CompletableFuture<Boolean> end = new CompletableFuture<>();
        new Fetch(ports(store), new Fetch.Order(content, "bench", Optional.empty(), Optional.empty()), new Ends(end))
                .start();
        end.get(120, TimeUnit.SECONDS);
        try (Holding held = store.open(content).orElseThrow()) {
            if (!held.isFinished() || held.manifest().bytes() != bytes) {
                throw new IllegalStateException("fetched, but not all is here");
            }
        }
    }

    private FetchPorts ports(BlockStore store) {
        return new FetchPorts(
                Env.system(),
                store,
                workers,
                buffers,
                (device, dialled) -> fetcher.dial(List.of(address), Protocol.BULK, device::equals, 5_000, dialled),
                id -> new FetchPorts.Found(List.of(holderKeys.id())),
                ByteString.EMPTY,
                new Downloader.Settings(8, IN_FLIGHT_BYTES));
    }

    @Override
    public void close() {
        server.close();
        fetcher.close();
        holder.close();
        workers.close();
    }

    /** Tells how a fetch ended. */
    private record Ends(CompletableFuture<Boolean> end) implements Fetch.Listener {
        @Override
        public void progressed(Fetch.Progress progress) {}

        @Override
        public void stalled(String sentence) {}

        @Override
        public void reported(DeviceId device, String sentence) {}

        @Override
        public void finished() {
            end.complete(true);
        }

        @Override
        public void failed(ContentException.Reason reason, String sentence) {
            end.completeExceptionally(new IllegalStateException(sentence));
        }
    }

    /** Only TLS: the same bytes from memory over such a connection, thrown away on arrival. */
    void onlyTls() throws Exception {
        CompletableFuture<Connection> accepted = new CompletableFuture<>();
        Discarding discarding = new Discarding(bytes);
        Pushing pushing = new Pushing(bytes);
        try (var port = holder.listen(new Transport.Address("127.0.0.1", 0), Set.of(Protocol.BULK), connection -> {
            connection.receiver(pushing);
            accepted.complete(connection);
        })) {
            fetcher.dial(List.of(port.address()), Protocol.BULK, device -> true, 5_000, discarding);
            pushing.writable(accepted.get(5, TimeUnit.SECONDS));
            if (!discarding.done.await(120, TimeUnit.SECONDS)) {
                throw new IllegalStateException("TLS alone took more than 120 s");
            }
            accepted.get().close(Goodbye.getDefaultInstance());
        }
    }

    private static final class Pushing implements Connection.Receiver {
        private final BlockBuffer buffer = new BlockBuffers(BUFFER_BYTES)
                .tryTake(Limits.BULK_PAYLOAD_BYTES_MAX)
                .orElseThrow();
        private long left;

        Pushing(long bytes) {
            left = bytes;
        }

        @Override
        public synchronized void writable(Connection connection) {
            while (left > 0 && connection.isWritable()) {
                int some = (int) Math.min(left, Limits.BULK_PAYLOAD_BYTES_MAX);
                connection.send(
                        FrameHeader.newBuilder().setType(FrameType.BLOCK).build(),
                        buffer.bytes().slice(0, some),
                        buffer);
                left -= some;
            }
        }

        @Override
        public void received(Connection connection, Frame frame) {}

        @Override
        public void closed(Connection connection, Goodbye reason) {}
    }

    private static final class Discarding implements Connection.BlockReceiver, Transport.Dialled {
        private final ByteBuffer target = ByteBuffer.allocateDirect(Limits.BULK_PAYLOAD_BYTES_MAX);
        private final CountDownLatch done = new CountDownLatch(1);
        private long left;

        Discarding(long bytes) {
            left = bytes;
        }

        @Override
        public Optional<ByteBuffer> blockBegins(Connection connection, FrameHeader header, int payloadBytes) {
            return Optional.of(target.clear());
        }

        @Override
        public void blockArrived(Connection connection, FrameHeader header, int payloadBytes) {
            left -= payloadBytes;
            if (left == 0) {
                done.countDown();
            }
        }

        @Override
        public void connected(Connection connection) {
            connection.receiver(this);
        }

        @Override
        public void failed(List<Transport.Attempt> attempts) {
            throw new IllegalStateException(attempts.toString());
        }

        @Override
        public void received(Connection connection, Frame frame) {}

        @Override
        public void closed(Connection connection, Goodbye reason) {}
    }
}

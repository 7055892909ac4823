package covey.exchange;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import covey.content.BlockStore;
import covey.content.ContentException.Reason;
import covey.content.ContentId;
import covey.content.Disk;
import covey.content.Fingerprint;
import covey.content.Holding;
import covey.content.Imported;
import covey.content.Importer;
import covey.env.Env;
import covey.env.HashWorkers;
import covey.identity.DeviceKeys;
import covey.store.MemoryStore;
import covey.swarm.Downloader;
import covey.swarm.Uploads;
import covey.transport.BlockBuffers;
import covey.transport.NettyTransport;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.TransportSettings;
import covey.wire.DeviceId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** Devices of one process that exchange content over real TLS on loopback. */
final class Exchangers implements AutoCloseable {
    static final ByteString NETWORK = ByteString.copyFrom(new byte[32]);
    private static final long BUFFER_BYTES = 64L * 1024 * 1024;

    /** Of devices that are made from then on. */
    long bufferBytes = BUFFER_BYTES;

    final Path folder;
    final HashWorkers workers = new HashWorkers(2);
    final Map<DeviceId, Device> devices = new LinkedHashMap<>();

    /** Of those who serve: of devices that are made from then on. */
    Env serving = Env.system();

    Uploads.Settings uploads = Uploads.Settings.USUAL;

    Exchangers(Path folder) {
        this.folder = folder;
    }

    Device device(UnaryOperator<Disk> disk) {
        Device device = new Device(folder.resolve("device-" + devices.size()), disk.apply(Disk.system()));
        devices.put(device.id(), device);
        return device;
    }

    @Override
    public void close() {
        devices.values().forEach(Device::close);
        workers.close();
    }

    /** One device: it serves, and may fetch. */
    final class Device {
        final DeviceKeys keys = DeviceKeys.generate(Env.system());
        final MemoryStore records = new MemoryStore();
        final Path home;
        final BlockStore store;
        final Server server;
        final NettyTransport transport = new NettyTransport(Env.system(), keys, TransportSettings.defaults());
        final BlockBuffers buffers = new BlockBuffers(bufferBytes);
        final Transport.Address address;
        final List<String> withdrawn = new CopyOnWriteArrayList<>();
        volatile Optional<String> refusal = Optional.empty();
        final Set<DeviceId> strangers = ConcurrentHashMap.newKeySet();

        Device(Path home, Disk disk) {
            this.home = home;
            store = store(disk);
            server = new Server(new Server.Ports(serving, store, buffers, permission(), NETWORK), uploads);
            address = transport
                    .listen(new Transport.Address("127.0.0.1", 0), Set.of(Protocol.BULK), server)
                    .address();
        }

        private Server.Permission permission() {
            return new Server.Permission() {
                @Override
                public boolean isKnown(DeviceId device) {
                    return !strangers.contains(device);
                }

                @Override
                public Optional<Server.Refusal> refusal(
                        DeviceId device, ContentId content, ByteString ticket, boolean isBegun) {
                    return refusal.map(why -> new Server.Refusal(why, 0));
                }
            };
        }

        /** As after a kill: the same records and files, nothing in memory. */
        BlockStore store(Disk disk) {
            return new BlockStore(
                    Env.system(),
                    records,
                    disk,
                    new BlockStore.Settings(home.resolve("blocks"), 0),
                    (id, sentence) -> withdrawn.add(sentence));
        }

        DeviceId id() {
            return keys.id();
        }

        ContentId shares(Path place) {
            Imported imported = new Importer(Env.system(), records, workers).scan(place, Importer.Options.STRICT);
            store.link(List.of(imported), "share");
            return imported.id();
        }

        Watched fetches(ContentId content, List<Device> from) {
            return fetches(store, content, from);
        }

        Watched fetches(BlockStore into, ContentId content, List<Device> from) {
            Watched watched = new Watched(into, content);
            FetchPorts ports = new FetchPorts(
                    Env.system(),
                    into,
                    workers,
                    buffers,
                    (device, dialled) -> transport.dial(
                            List.of(Objects.requireNonNull(devices.get(device)).address),
                            Protocol.BULK,
                            device::equals,
                            2_000,
                            dialled),
                    id -> new FetchPorts.Found(from.stream().map(Device::id).toList()),
                    NETWORK,
                    new Downloader.Settings(8, BUFFER_BYTES / 4));
            Fetch fetch =
                    new Fetch(ports, new Fetch.Order(content, "test", Optional.empty(), Optional.empty()), watched);
            watched.fetch = Optional.of(fetch);
            fetch.start();
            return watched;
        }

        void close() {
            server.close();
            transport.close();
        }
    }

    /** A fetch and what was heard of it. */
    static final class Watched implements Fetch.Listener {
        final BlockStore store;
        final ContentId content;
        final List<Fetch.Progress> progress = new CopyOnWriteArrayList<>();
        final List<DeviceId> reported = new CopyOnWriteArrayList<>();
        final List<String> sentences = new CopyOnWriteArrayList<>();
        final List<Reason> failures = new CopyOnWriteArrayList<>();
        volatile boolean isFinished;
        Optional<Fetch> fetch = Optional.empty();

        Watched(BlockStore store, ContentId content) {
            this.store = store;
            this.content = content;
        }

        @Override
        public void progressed(Fetch.Progress now) {
            progress.add(now);
        }

        @Override
        public void stalled(String sentence) {
            sentences.add(sentence);
        }

        @Override
        public void reported(DeviceId device, String sentence) {
            reported.add(device);
            sentences.add(sentence);
        }

        @Override
        public void finished() {
            isFinished = true;
        }

        @Override
        public void failed(Reason reason, String sentence) {
            sentences.add(sentence);
            failures.add(reason);
        }

        Watched awaitEnd() {
            await().atMost(Duration.ofSeconds(30)).until(() -> isFinished || !failures.isEmpty());
            return this;
        }

        /** Of the content's only file. */
        byte[] bytes() {
            try (Holding held = store.open(content).orElseThrow()) {
                ByteBuffer all = ByteBuffer.allocate((int) held.manifest().bytes());
                for (int block = 0; block < held.map().count(); block++) {
                    held.read(block, 0, all);
                }
                return all.array();
            }
        }
    }

    /** A disk whose reads do something first. */
    record SpyDisk(Disk disk, Reading reading) implements Disk {
        interface Reading {
            /** After the bytes were read; the buffer's bytes from 0 to its position. */
            void read(ByteBuffer bytes, long position) throws IOException;
        }

        @Override
        public BlockFile open(Path file, long bytes, boolean isWritable) throws IOException {
            BlockFile opened = disk.open(file, bytes, isWritable);
            return new BlockFile() {
                @Override
                public void read(ByteBuffer into, long position) throws IOException {
                    opened.read(into, position);
                    reading.read(into, position);
                }

                @Override
                public void write(ByteBuffer from, long position) throws IOException {
                    opened.write(from, position);
                }

                @Override
                public void sync() throws IOException {
                    opened.sync();
                }

                @Override
                public void close() throws IOException {
                    opened.close();
                }
            };
        }

        @Override
        public Optional<Fingerprint> fingerprint(Path file) {
            return disk.fingerprint(file);
        }

        @Override
        public long freeBytes(Path folder) {
            return disk.freeBytes(folder);
        }

        @Override
        public List<Path> list(Path folder) {
            return new ArrayList<>(disk.list(folder));
        }

        @Override
        public void deleteFolder(Path folder) {
            disk.deleteFolder(folder);
        }
    }
}

package covey.sim;

import covey.content.BlockMap;
import covey.content.ContentId;
import covey.content.Digest;
import covey.content.Entry;
import covey.content.Manifest;
import covey.content.TreePath;
import covey.swarm.Downloader;
import covey.swarm.SwarmLimits;
import covey.swarm.Tracker;
import covey.swarm.Uploads;
import covey.wire.DeviceId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Peers that exchange one content over links of given rates, in virtual time: the production Downloader, Uploads and
 * Tracker, and {@link SwarmPeer} for the shell around them. A link sends one piece at a time; who receives faster than
 * its own link takes holds the sender back.
 */
final class SwarmWorld {
    static final Uploads.Settings NO_CAP = new Uploads.Settings(SwarmLimits.SLOTS, 1L << 40, 0);

    final SimWorld world;
    final Random random;
    final BlockMap map;
    final ContentId content;
    final Tracker tracker;
    final Map<DeviceId, SwarmPeer> peers = new LinkedHashMap<>();
    final List<DeviceId> complete = new ArrayList<>();
    Downloader.Settings settings = Downloader.Settings.USUAL;
    /**
     * Of peers that are made, or come back, from then on. A cap that nothing reaches makes pieces of the size of a
     * frame, as they are on a link.
     */
    Uploads.Settings uploads = NO_CAP;

    double latencyMillis = 2;

    /** What the list of files and each file's block hashes weigh: as for this content, or as for a larger one. */
    int manifestBytes;

    int layerBytes;

    SwarmWorld(long seed, int blocks, int blockBytes) {
        this(seed, 1, blocks, blockBytes);
    }

    SwarmWorld(long seed, int files, int blocksEach, int blockBytes) {
        world = new SimWorld(seed);
        random = new Random(seed);
        byte[] hash = new byte[32];
        Arrays.fill(hash, (byte) 1);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            entries.add(new Entry.File(
                    files == 1 ? TreePath.TOP : TreePath.of("file-%03d".formatted(i)),
                    (long) blocksEach * blockBytes,
                    Digest.tree(hash),
                    Digest.plain(hash),
                    false));
        }
        Manifest manifest = new Manifest(blockBytes, entries);
        map = new BlockMap(manifest);
        content = manifest.id();
        manifestBytes = manifest.toBytes().length;
        layerBytes = map.layerBytesOf(0);
        tracker = new Tracker(new Random(seed));
    }

    /** A peer whose links carry so many bytes per second. */
    SwarmPeer peer(double upBytesPerSecond, double downBytesPerSecond) {
        byte[] id = new byte[DeviceId.BYTES];
        id[0] = (byte) peers.size();
        id[1] = (byte) (peers.size() >> 8);
        SwarmPeer peer = new SwarmPeer(this, DeviceId.of(id), upBytesPerSecond, downBytesPerSecond);
        peers.put(peer.device, peer);
        return peer;
    }

    /** A peer that has everything, as the catalog knows. */
    SwarmPeer holder(double upBytesPerSecond) {
        SwarmPeer peer = peer(upBytesPerSecond, upBytesPerSecond);
        peer.have.set(0, map.count());
        peer.hasManifest = true;
        peer.layers.or(layered());
        complete.add(peer.device);
        return peer;
    }

    /** Entries that have a block layer. */
    BitSet layered() {
        BitSet entries = new BitSet();
        if (layerBytes > 0) {
            entries.set(0, entryCount());
        }
        return entries;
    }

    private int entryCount() {
        return map.entryOf(map.count() - 1) + 1;
    }

    long bytes() {
        long bytes = 0;
        for (int block = 0; block < map.count(); block++) {
            bytes += map.lengthOf(block);
        }
        return bytes;
    }

    /** One way over the network, for what is too small to take time on a link. */
    void later(Runnable action) {
        world.schedule((long) (latencyMillis * (0.8 + 0.4 * random.nextDouble()) * 1e6), action);
    }

    double seconds() {
        return world.nowNanos() / 1e9;
    }
}

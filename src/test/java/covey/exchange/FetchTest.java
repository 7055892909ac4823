package covey.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import covey.content.BlockStore;
import covey.content.ContentException.Reason;
import covey.content.ContentId;
import covey.content.Digest;
import covey.content.Disk;
import covey.content.Entry;
import covey.content.Manifest;
import covey.content.TreePath;
import covey.env.HashWorkers;
import covey.exchange.Exchangers.Watched;
import covey.store.MemoryStore;
import covey.swarm.Downloader;
import covey.transport.BlockBuffers;
import covey.wire.DeviceId;
import covey.wire.Messages;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FetchReply;
import covey.wire.proto.FetchRequest;
import covey.wire.proto.FrameType;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.HashesReply;
import covey.wire.proto.HashesRequest;
import covey.wire.proto.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One fetch whose only source is played by the test, in time that the test moves. */
final class FetchTest {
    private static final int FILES = 3_000;

    @TempDir
    Path folder;

    private final HandClock clock = new HandClock();
    private final HashWorkers workers = new HashWorkers(1);
    private final MemoryStore records = new MemoryStore();
    private final FakeSource source = new FakeSource(DeviceId.of(new byte[DeviceId.BYTES]));

    private volatile FetchPorts.Found found = new FetchPorts.Found(List.of(source.device()));

    @AfterEach
    void end() {
        workers.close();
    }

    private static Manifest manifest() {
        byte[] hash = new byte[32];
        Arrays.fill(hash, (byte) 1);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < FILES; i++) {
            entries.add(new Entry.File(
                    TreePath.of("file-%05d".formatted(i)), 1_000, Digest.tree(hash), Digest.plain(hash), false));
        }
        return Manifest.of(16 * 1024, entries);
    }

    private Watched fetch(Manifest manifest) {
        BlockStore store =
                new BlockStore(clock, records, Disk.system(), new BlockStore.Settings(folder, 0), (id, sentence) -> {});
        ContentId id = manifest.id();
        Watched watched = new Watched(store, id);
        FetchPorts ports = new FetchPorts(
                clock,
                store,
                workers,
                new BlockBuffers(1 << 20),
                (device, dialled) -> {
                    dialled.connected(source);
                    return () -> {};
                },
                content -> found,
                ByteString.EMPTY,
                Downloader.Settings.USUAL);
        Fetch fetch = new Fetch(ports, new Fetch.Order(id, "test", Optional.empty(), Optional.empty()), watched);
        watched.fetch = Optional.of(fetch);
        fetch.start();
        return watched;
    }

    /** Tick by tick, each after the one before was worked on. */
    private void pass(long millis) {
        for (double end = clock.seconds() + millis / 1e3; clock.seconds() < end; ) {
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofNanos(50_000))
                    .until(clock::hasTimer);
            clock.nextTimer();
        }
    }

    @Test
    void aManifestThatComesSlowlyIsAskedForOnce() {
        Manifest manifest = manifest();
        byte[] bytes = manifest.toBytes();
        Watched watched = fetch(manifest);
        await().until(() -> source.count(FrameType.FETCH) == 1);
        source.says(
                FrameType.FETCH_REPLY, FetchReply.newBuilder().setComplete(true).setManifestBytes(bytes.length));
        List<Integer> offsets = new ArrayList<>();
        for (int given = 0; given < bytes.length; ) {
            pass(1_500);
            await().until(() -> source.count(FrameType.HASHES) > offsets.size());
            HashesRequest asked = (HashesRequest) Messages.decode(source.sent(FrameType.HASHES, offsets.size()));
            offsets.add(asked.getOffset());
            source.says(
                    FrameType.HASHES_REPLY,
                    HashesReply.newBuilder()
                            .setOffset(asked.getOffset())
                            .setData(ByteString.copyFrom(bytes, asked.getOffset(), asked.getBytes())));
            given += asked.getBytes();
        }
        assertThat(offsets).hasSizeGreaterThan(5).doesNotHaveDuplicates().isSorted();
        await().until(() -> source.count(FrameType.WANT) > 0);
        assertThat(source.count(FrameType.HASHES)).isEqualTo(offsets.size());
        assertThat(watched.sentences).as("said to be stalled").isEmpty();
        watched.fetch.orElseThrow().cancel();
    }

    @Test
    void whoRefusesWhileTheHubIsAwayIsAskedAgainWithATicket() {
        found = FetchPorts.Found.guess(List.of(source.device()));
        Watched watched = fetch(manifest());
        await().until(() -> source.count(FrameType.FETCH) == 1);
        ByteString ticket = ByteString.copyFromUtf8("ticket");
        found = new FetchPorts.Found(List.of(source.device()), ticket, Set.of(source.device()), false);
        Problem.Builder denied =
                Problem.newBuilder().setCode(ErrorCode.NOT_LOGGED_IN).setMessage("there is no ticket");
        source.says(FrameType.ERROR, denied);
        pass(3_000);
        await().until(() -> source.count(FrameType.FETCH) == 2);
        FetchRequest shown = (FetchRequest) Messages.decode(source.sent(FrameType.FETCH, 1));
        assertThat(shown.getTicket()).isEqualTo(ticket);
        assertThat(watched.failures).isEmpty();
        source.says(FrameType.ERROR, denied);
        watched.awaitEnd();
        assertThat(watched.failures).containsExactly(Reason.DENIED);
    }

    @Test
    void oneFetchIsRepliedToOnce() {
        Watched watched = fetch(manifest());
        await().until(() -> source.count(FrameType.FETCH) == 1);
        FetchReply.Builder reply = FetchReply.newBuilder().setComplete(true).setManifestBytes(100_000);
        source.says(FrameType.FETCH_REPLY, reply);
        source.says(FrameType.FETCH_REPLY, reply);
        await().until(() -> source.closedFor.isPresent());
        assertThat(source.closedFor.orElseThrow().getReason()).isEqualTo(GoodbyeReason.PROTOCOL_ERROR);
        watched.fetch.orElseThrow().cancel();
    }

    @Test
    void aStoreThatCannotWriteEndsTheFetchWithASentence() {
        Manifest manifest = new Manifest(16 * 1024, manifest().entries().subList(0, 10));
        records.failNextWrite("no space left in the test");
        Watched watched = fetch(manifest);
        await().until(() -> source.count(FrameType.FETCH) == 1);
        source.says(
                FrameType.FETCH_REPLY,
                FetchReply.newBuilder()
                        .setComplete(true)
                        .setManifest(ByteString.copyFrom(manifest.toBytes()))
                        .setManifestBytes(manifest.toBytes().length));
        watched.awaitEnd();
        assertThat(watched.failures).containsExactly(Reason.FAILED);
        assertThat(watched.sentences.getLast()).contains("no space left in the test");
    }
}

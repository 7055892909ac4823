package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import covey.catalog.Shares;
import covey.content.BlockStore;
import covey.content.ContentId;
import covey.content.Disk;
import covey.content.Imported;
import covey.content.Importer;
import covey.content.ScanProgress;
import covey.env.Env;
import covey.env.HashWorkers;
import covey.store.Batch;
import covey.store.MemoryStore;
import covey.store.OrderedStore;
import covey.transfer.Sharing;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Holder;
import covey.wire.proto.KeptRoot;
import covey.wire.proto.ListingWanted;
import covey.wire.proto.OwnShares;
import covey.wire.proto.OwnSharesWanted;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device's folders beside a hub's state, with a connection that the test plays. */
final class SharingTest {
    private static final KeptRoot ALL = KeptRoot.getDefaultInstance();

    private final World hub = World.open();
    private final DeviceId amy = hub.join("amy");
    private final HashWorkers workers = new HashWorkers(2);
    private final Counting local = new Counting();
    private final Way way = new Way();

    @TempDir
    private Path home;

    private Sharing sharing;

    @BeforeEach
    void start() throws IOException {
        home = home.toRealPath();
        BlockStore blocks = new BlockStore(
                Env.system(),
                local,
                Disk.system(),
                new BlockStore.Settings(home.resolve("blocks"), 0),
                (id, why) -> {});
        sharing = new Sharing(new Sharing.Ports(
                Env.system(),
                local,
                blocks,
                new Importer(Env.system(), local, workers),
                new Shares(name -> 0),
                way,
                new Sharing.Watcher() {
                    @Override
                    public boolean looked(String name, Imported seen) {
                        return false;
                    }

                    @Override
                    public void forget(String name) {}
                }));
    }

    @AfterEach
    void stop() {
        workers.close();
        hub.close();
    }

    /** Commands are carried out at once; their answers may have to wait, or be lost. */
    private final class Way implements Sharing.Hub {
        final List<Command> sent = new ArrayList<>();
        final List<Runnable> held = new ArrayList<>();
        int bulk;
        boolean isHolding;
        boolean losesBulkAnswers;
        boolean losesBulk;

        @Override
        public void command(Command command, boolean isBulk, Consumer<CommandResult> done) {
            sent.add(command);
            bulk += isBulk ? 1 : 0;
            CommandResult result = isBulk && losesBulk ? unreachable() : hub.as(amy, command);
            Runnable answer = () -> done.accept(isBulk && losesBulkAnswers ? unreachable() : result);
            if (isHolding) {
                held.add(answer);
            } else {
                answer.run();
            }
        }

        private static CommandResult unreachable() {
            return CommandResult.newBuilder()
                    .setProblem(Problem.newBuilder().setCode(ErrorCode.UNREACHABLE))
                    .build();
        }

        @Override
        public void ownShares(Consumer<Optional<OwnShares>> done) {
            Query query = Query.newBuilder()
                    .setOwnShares(OwnSharesWanted.getDefaultInstance())
                    .build();
            done.accept(Optional.of(hub.state.query(amy, query).getOwnShares()));
        }

        void answer() {
            isHolding = false;
            List<Runnable> now = List.copyOf(held);
            held.clear();
            now.forEach(Runnable::run);
        }

        long withdrawnAll() {
            return sent.stream().filter(one -> one.getWithdraw().getAll()).count();
        }
    }

    /** Counts what is written. */
    private static final class Counting implements OrderedStore {
        private final MemoryStore store = new MemoryStore();
        int changes;

        @Override
        public Optional<byte[]> get(byte[] key) {
            return store.get(key);
        }

        @Override
        public void scan(byte[] from, byte[] to, boolean reverse, Visitor visitor) {
            store.scan(from, to, reverse, visitor);
        }

        @Override
        public void write(Batch batch, boolean durable) {
            changes += batch.changes().size();
            store.write(batch, durable);
        }

        @Override
        public void checkpoint(Path folder) {
            store.checkpoint(folder);
        }

        @Override
        public void close() {
            store.close();
        }
    }

    private Sharing.Scanned share(Path path) {
        return sharing.share(String.valueOf(path.getFileName()), root(path), new ScanProgress());
    }

    private static KeptRoot root(Path path) {
        return ALL.toBuilder().setPath(path.toString()).build();
    }

    private Path file(String name, String text) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L));
        return file;
    }

    private Path folder(int files) throws IOException {
        for (int i = 0; i < files; i++) {
            file("many/a file with a long name %04d.txt".formatted(i), "text " + i);
        }
        return home.resolve("many");
    }

    private List<String> atHub() {
        List<String> paths = new ArrayList<>();
        ByteString next = ByteString.EMPTY;
        do {
            Query query = Query.newBuilder()
                    .setListing(ListingWanted.newBuilder().setAccount("amy").setAfter(next))
                    .build();
            var listing = hub.state.query(amy, query).getListing();
            listing.getSharesList().stream()
                    .map(Holder::getShare)
                    .forEach(share -> paths.add(share.getPath().toStringUtf8()));
            next = listing.getNext();
        } while (!next.isEmpty());
        return paths;
    }

    @Test
    void whatIsRemovedWhileAnAnswerIsOutDoesNotComeBack() throws IOException {
        sharing.hubIsUp();
        way.isHolding = true;
        share(file("secret", "x"));
        sharing.remove("secret");
        sharing.hubIsAway();
        sharing.hubIsUp();
        way.answer();

        assertThat(atHub()).isEmpty();
        assertThat(way.withdrawnAll()).isZero();
    }

    @Test
    void aLostAnswerMakesNothingBeRegisteredTwice() throws IOException {
        sharing.hubIsUp();
        way.losesBulkAnswers = true;
        share(folder(300));

        assertThat(atHub()).hasSize(301);
        assertThat(way.withdrawnAll()).isZero();
        assertThat(way.bulk).isEqualTo(1);
        assertThat(way.sent.stream()
                        .mapToInt(one -> one.getRegister().getSharesCount())
                        .sum())
                .isEqualTo(301);
        assertThat(sharing.list().getFirst().told()).isEqualTo(301);
    }

    @Test
    void withoutABulkConnectionTheSessionDoesTheWork() throws IOException {
        sharing.hubIsUp();
        way.losesBulk = true;
        share(folder(300));

        assertThat(atHub()).hasSize(301);
        assertThat(way.bulk).isEqualTo(1);
        assertThat(way.withdrawnAll()).isZero();
    }

    @Test
    void aHandfulOfNamesGoesByTheSession() throws IOException {
        sharing.hubIsUp();
        share(folder(20));

        assertThat(atHub()).hasSize(21);
        assertThat(way.bulk).isZero();
    }

    @Test
    void aSecondLookAtTheSameWritesNothingAndTellsNothing() throws IOException {
        sharing.hubIsUp();
        file("many/copy 1", "the same");
        file("many/copy 2", "the same");
        share(folder(20));
        way.sent.clear();
        local.changes = 0;
        assertThat(sharing.rescan()).singleElement().satisfies(one -> {
            assertThat(one.files()).isEqualTo(22);
            assertThat(one.filesHashed()).isZero();
        });
        assertThat(local.changes).isZero();
        assertThat(way.sent).isEmpty();
    }

    @Test
    void whatWasSwappedForALinkIsNotShared() throws IOException {
        sharing.hubIsUp();
        Path secret = file("secret", "key");
        Path one = file("one", "harmless");
        file("tree/x", "harmless");
        Path tree = home.resolve("tree");
        file("tree/y", "harmless, too");
        share(one);
        share(tree);
        Files.delete(one);
        Files.createSymbolicLink(one, secret);
        Files.delete(tree.resolve("x"));
        Files.createSymbolicLink(tree.resolve("x"), secret);

        assertThat(sharing.rescan().getFirst().skipped().getFirst()).contains("leads to " + secret);
        assertThat(atHub()).containsExactly("tree", "tree/y");
    }

    @Test
    void whatIsGoneIsSharedNoMoreUntilItIsBack() throws IOException {
        sharing.hubIsUp();
        Path one = file("one", "here");
        share(one);
        Files.move(one, home.resolve("away"));
        sharing.rescan();
        assertThat(atHub()).isEmpty();
        Files.move(home.resolve("away"), one);
        sharing.rescan();
        assertThat(atHub()).containsExactly("one");
    }

    @Test
    void troubleOfTheMomentEndsNothing() throws IOException {
        sharing.hubIsUp();
        Path one = file("in/one", "here");
        Path in = home.resolve("in");
        share(one);
        Files.move(in, home.resolve("away"));
        Files.createSymbolicLink(in, in); // a loop: neither there nor gone
        assertThat(sharing.rescan().getFirst().skipped()).isNotEmpty();
        assertThat(atHub()).containsExactly("one");
    }

    @Test
    void whatIsStoppedLeavesEverythingAsItWas() throws IOException {
        sharing.hubIsUp();
        Path one = file("one", "here");
        ScanProgress progress = new ScanProgress();
        progress.stop();
        assertThatThrownBy(() -> sharing.share("one", root(one), progress)).hasMessageContaining("Stopped");
        assertThat(sharing.names()).isEmpty();
        assertThat(sharing.rescan()).isEmpty();
        assertThat(atHub()).isEmpty();
    }

    @Test
    void withTheHubAwayNobodyMayHaveWhatWasRemoved() throws IOException {
        share(file("secret", "x"));
        file("tree/x", "harmless");
        Path tree = home.resolve("tree");
        share(tree);
        ContentId secret = ContentId.of(content(local, "secret"));
        ContentId inTree = ContentId.of(content(local, "tree/x"));
        assertThat(sharing.sharesOf(secret)).hasSize(1);
        assertThat(sharing.sharesOf(inTree)).hasSize(1);
        sharing.remove("secret");
        Files.delete(tree.resolve("x"));
        file("tree/y", "another");
        sharing.rescan();
        assertThat(sharing.sharesOf(secret)).isEmpty();
        assertThat(sharing.sharesOf(inTree)).isEmpty();
    }

    private static ByteString content(OrderedStore store, String path) {
        return Shares.kept(store, ByteString.copyFromUtf8(path))
                .orElseThrow()
                .getShare()
                .getContent();
    }
}

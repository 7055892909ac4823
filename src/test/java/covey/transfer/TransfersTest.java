package covey.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import covey.content.BlockStore;
import covey.content.ContentException;
import covey.content.ContentException.Reason;
import covey.content.Disk;
import covey.content.Exporter;
import covey.content.Holding;
import covey.content.Imported;
import covey.content.Importer;
import covey.env.Env;
import covey.env.HashWorkers;
import covey.store.MemoryStore;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.KeptTransfer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of transfers, whatever the one who fetches says, and over restarts. */
final class TransfersTest {
    private final Env env = Env.system();
    private final HashWorkers workers = new HashWorkers(2);
    private final MemoryStore sharedRecords = new MemoryStore();
    private MemoryStore records = new MemoryStore();
    private final List<Fetching> fetches = new CopyOnWriteArrayList<>();

    @TempDir
    Path folder;

    private Imported file;
    private Transfers transfers;

    /** One fetch that the test plays. */
    private record Fetching(Transfer transfer, String owner, Fetcher.Hearer hearer, AtomicBoolean isStopped) {}

    @BeforeEach
    void begin() throws IOException {
        byte[] bytes = new byte[200_000];
        new Random(1).nextBytes(bytes);
        Path source = Files.write(folder.resolve("source.bin"), bytes);
        file = new Importer(env, sharedRecords, workers).scan(source, Importer.Options.STRICT);
        blocks(sharedRecords, "shared").link(List.of(file), "share");
        Files.createDirectories(folder.resolve("in"));
        open();
    }

    @AfterEach
    void end() {
        transfers.close();
        workers.close();
    }

    private BlockStore blocks(MemoryStore store, String name) {
        return new BlockStore(
                env, store, Disk.system(), new BlockStore.Settings(folder.resolve(name), 1), (id, why) -> {});
    }

    private void open() {
        BlockStore blocks = blocks(records, "blocks");
        Fetcher fetcher = (transfer, owner, hearer) -> {
            Fetching fetching = new Fetching(transfer, owner, hearer, new AtomicBoolean());
            fetches.add(fetching);
            return () -> fetching.isStopped.set(true);
        };
        transfers = new Transfers(new Transfers.Ports(
                env, records, new Numbers(records), blocks, workers, new Exporter(blocks), fetcher));
        transfers.start();
    }

    /** kill -9, and a new start. */
    private void restart() {
        records = records.restart();
        fetches.clear();
        open();
    }

    private Wanted wanted(String name) {
        Path target = folder.resolve("in").resolve(name);
        return new Wanted(file.id(), name, 200_000, 1, ByteString.EMPTY, target, false, Set.of());
    }

    /** As the swarm would: all blocks come, verified. */
    private void arrive(Fetching fetching) {
        try (Holding from = blocks(sharedRecords, "shared").open(file.id()).orElseThrow();
                Holding to = blocks(records, "blocks").begin(file.manifest(), fetching.owner())) {
            to.missingLayers().stream()
                    .forEach(entry -> to.putLayer(entry, from.layer(entry).orElseThrow()));
            for (int block = 0; block < to.map().count(); block++) {
                ByteBuffer bytes = ByteBuffer.allocate(to.map().lengthOf(block));
                from.read(block, 0, bytes);
                to.write(block, bytes.flip());
            }
            to.finish();
        }
        fetching.hearer().progressed(new Progress(200_000, 200_000, 1_000, 0, List.of()));
        fetching.hearer().finished();
    }

    private Transfer.State state(long number) {
        return transfers.find(number).orElseThrow().state();
    }

    @Test
    void whatCameWholeIsAtItsPlaceAndServedFromThere() throws IOException {
        long number = transfers.get(wanted("report.bin")).number();
        assertThat(number).isEqualTo(Transfers.FIRST_NUMBER);
        assertThat(state(number)).isEqualTo(Transfer.State.WAITING);
        arrive(fetches.getFirst());
        await().until(() -> state(number) == Transfer.State.DONE);
        Path target = folder.resolve("in/report.bin");
        assertThat(Files.readAllBytes(target)).isEqualTo(Files.readAllBytes(folder.resolve("source.bin")));
        assertThat(blocks(records, "blocks").list().getFirst().origins()).containsExactly(target.toRealPath());
        restart();
        assertThat(state(number)).isEqualTo(Transfer.State.DONE);
        assertThat(fetches).isEmpty();
    }

    @Test
    void aRestartGoesOnWithWhatHadNotEnded() {
        long waits = transfers.get(wanted("a")).number();
        long stopped = transfers.get(wanted("b")).number();
        long cancelled = transfers.get(wanted("c")).number();
        transfers.pause(stopped, "by hand");
        transfers.cancel(cancelled);
        assertThat(fetches.get(1).isStopped()).isTrue();
        fetches.get(1).hearer().failed(Reason.NOT_FOUND, "too late to be heard");
        restart();
        assertThat(fetches).extracting(one -> one.transfer().number()).containsExactly(waits);
        assertThat(state(stopped)).isEqualTo(Transfer.State.PAUSED);
        assertThat(state(cancelled)).isEqualTo(Transfer.State.CANCELLED);
        assertThat(transfers.get(wanted("b")).number()).isEqualTo(stopped); // goes on where it was
        assertThat(fetches).hasSize(2);
        assertThatThrownBy(() -> transfers.cancel(cancelled)).hasMessageContaining("has ended");
        assertThatThrownBy(() -> transfers.cancel(7)).hasMessageContaining("covey transfers");
    }

    @Test
    void nothingIsOverwritten() throws IOException {
        Files.writeString(folder.resolve("in/report.bin"), "mine");
        long named = transfers.get(wanted("report.bin")).number();
        arrive(fetches.getFirst());
        await().until(() -> state(named) == Transfer.State.FAILED);
        assertThat(transfers.find(named).orElseThrow().code()).isEqualTo(ErrorCode.CONFLICT);
        assertThat(transfers.find(named).orElseThrow().kept().getSentence()).contains("report.bin");
        Wanted anywhere = new Wanted(
                file.id(), "report.bin", 200_000, 1, ByteString.EMPTY, folder.resolve("in/report.bin"), true, Set.of());
        transfers.accept(named, anywhere);
        arrive(fetches.getLast());
        await().until(() -> state(named) == Transfer.State.DONE);
        assertThat(transfers.find(named).orElseThrow().kept().getTarget()).endsWith("report (2).bin");
        assertThat(Files.readString(folder.resolve("in/report.bin"))).isEqualTo("mine");
    }

    @Test
    void aFileWithAnotherSha256ThanAskedForGetsNoName() {
        Wanted lie = new Wanted(
                file.id(), "lie", 0, 0, ByteString.copyFrom(new byte[32]), folder.resolve("in/lie"), false, Set.of());
        long number = transfers.get(lie).number();
        arrive(fetches.getFirst());
        await().until(() -> state(number) == Transfer.State.FAILED);
        assertThat(transfers.find(number).orElseThrow().code()).isEqualTo(ErrorCode.DAMAGED);
        assertThat(folder.resolve("in/lie")).doesNotExist();
    }

    @Test
    void anOfferHasOneNumberHoweverOftenItIsLookedAt() {
        ByteString message = ByteString.copyFrom(new byte[16]);
        KeptTransfer offer = KeptTransfer.newBuilder()
                .setContent(ByteString.copyFrom(file.id().toBytes()))
                .setName("report.bin")
                .setFrom("anna")
                .build();
        long number = transfers.offered(message, offer).number();
        assertThat(transfers.offered(message, offer).number()).isEqualTo(number);
        restart();
        assertThat(fetches).isEmpty();
        assertThat(transfers.offered(message, offer).number()).isEqualTo(number);
        assertThat(state(number)).isEqualTo(Transfer.State.OFFERED);
        transfers.accept(number, wanted("report.bin"));
        assertThat(fetches).hasSize(1);
        assertThat(transfers.find(number).orElseThrow().kept().getFrom()).isEqualTo("anna");
    }

    private KeptTransfer offer(long bytes) {
        return KeptTransfer.newBuilder()
                .setContent(ByteString.copyFrom(file.id().toBytes()))
                .setName("report.bin")
                .setBytes(bytes)
                .setFiles(1)
                .setFrom("anna")
                .build();
    }

    private static ByteString message(int number) {
        return ByteString.copyFrom(ByteBuffer.allocate(16).putInt(12, number).array());
    }

    @Test
    void offersAreForgottenOldestFirst() {
        long first = transfers.offered(message(0), offer(5)).number();
        long last = first;
        for (int i = 1; i <= Transfers.OFFERED_MAX; i++) {
            last = transfers.offered(message(i), offer(5)).number();
        }
        assertThat(transfers.list()).hasSize(Transfers.OFFERED_MAX);
        assertThat(transfers.find(first)).isEmpty();
        long anew = transfers.offered(message(0), offer(5)).number();
        assertThat(anew).isGreaterThan(last);
        assertThat(transfers.offered(message(0), offer(5)).number()).isEqualTo(anew);
        restart(); // with what the disk lost: its messages are looked at again
        assertThat(transfers.list()).hasSizeLessThanOrEqualTo(Transfers.OFFERED_MAX);
        assertThat(transfers.offered(message(0), offer(5)).state()).isEqualTo(Transfer.State.OFFERED);
    }

    @Test
    void anOfferThatIsLargerThanItsSenderSaidIsFetchedOnlyWhenSomebodyAsksAgain() {
        long number = transfers.offered(message(1), offer(5)).number();
        Wanted small = new Wanted(
                file.id(), "report.bin", 5, 1, ByteString.EMPTY, folder.resolve("in/report.bin"), false, Set.of());
        transfers.accept(number, small);
        Fetcher.Hearer hearer = fetches.getFirst().hearer();
        assertThatThrownBy(() -> hearer.known(200_000))
                .isInstanceOfSatisfying(
                        ContentException.class, why -> hearer.failed(why.reason(), String.valueOf(why.getMessage())));
        Transfer refused = transfers.find(number).orElseThrow();
        assertThat(refused.code()).isEqualTo(ErrorCode.OVER_LIMIT);
        assertThat(refused.kept().getSentence()).contains("@anna", "5 bytes", "200 kB", "covey get " + number);
        assertThat(refused.kept().getBytes()).isEqualTo(200_000);

        transfers.accept(number, wanted("report.bin"));
        fetches.getLast().hearer().known(200_000);
        arrive(fetches.getLast());
        await().until(() -> state(number) == Transfer.State.DONE);
    }

    @Test
    void wordsOfAStoppedFetchAreNotTakenForThoseOfTheNext() {
        long number = transfers.get(wanted("report.bin")).number();
        transfers.pause(number, "by hand");
        transfers.get(wanted("report.bin"));
        fetches.getFirst().hearer().failed(Reason.REFUSED, "was cancelled");
        assertThat(state(number)).isEqualTo(Transfer.State.WAITING);
        arrive(fetches.getLast());
        await().until(() -> state(number) == Transfer.State.DONE);
    }

    private static boolean waited(CountDownLatch here, CountDownLatch until) {
        here.countDown();
        try {
            until.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return true;
    }

    @Test
    void whatIsCancelledWhileItIsBroughtToItsPlaceDoesNotAppearThere() throws Exception {
        long number = transfers.get(wanted("report.bin")).number();
        CountDownLatch isBusy = new CountDownLatch(workers.count());
        CountDownLatch isCancelled = new CountDownLatch(1);
        for (int i = 0; i < workers.count(); i++) {
            env.background("busy", () -> workers.call(() -> waited(isBusy, isCancelled)));
        }
        isBusy.await();
        arrive(fetches.getFirst());
        transfers.cancel(number);
        isCancelled.countDown();
        workers.call(() -> true);
        assertThat(state(number)).isEqualTo(Transfer.State.CANCELLED);
        assertThat(folder.resolve("in/report.bin")).doesNotExist();
    }

    @Test
    void whatIsUnderWayIsNotSentToAnotherPlace() {
        long number = transfers.get(wanted("report.bin")).number();
        assertThatThrownBy(() -> transfers.accept(number, wanted("other.bin")))
                .hasMessageContaining("report.bin")
                .hasMessageContaining("covey cancel " + number);
        assertThat(transfers.accept(number, wanted("report.bin")).number()).isEqualTo(number);
        assertThat(fetches).hasSize(1);
    }

    @Test
    void aFewAreFetchedAtOnceAndTheRestWaits() {
        List<Transfer> told = new ArrayList<>();
        Runnable unwatch = transfers.watch(told::add);
        for (int i = 0; i < 20; i++) {
            transfers.get(wanted("file " + i));
        }
        assertThat(fetches).hasSize(8);
        fetches.getFirst().hearer().failed(Reason.NOT_FOUND, "nobody has it");
        assertThat(fetches).hasSize(9);
        assertThat(told.getLast().kept().getSentence()).isEqualTo("nobody has it");
        fetches.get(1).hearer().stalled("waits for @bob");
        assertThat(told.getLast().kept().getSentence()).isEqualTo("waits for @bob");
        unwatch.run();
        int before = told.size();
        fetches.get(2).hearer().failed(Reason.NOT_FOUND, "nobody has it");
        assertThat(told).hasSize(before);
    }

    @Test
    void whatIsOfferedIsServedUntilItIsWithdrawn() {
        BlockStore blocks = blocks(sharedRecords, "shared");
        blocks.release(file.id(), "share");
        Offers offers = new Offers(env, sharedRecords, blocks, new Numbers(sharedRecords));
        offers.add(file, "@bob", "source.bin", 1);
        offers.add(file, "#lab", "source.bin", 1);
        assertThat(offers.receivers(file.id())).containsExactly("#lab", "@bob");
        long number = offers.all().getFirst().number();
        offers.add(file, "#lab", "source.bin", 1);
        assertThat(offers.all()).extracting(Offers.Offer::number).containsExactly(number, number - 1);
        assertThat(offers.find(number))
                .hasValueSatisfying(one -> assertThat(one.to()).isEqualTo("#lab"));
        offers.expire();
        offers.withdraw(file.id(), "#lab");
        blocks.gc();
        assertThat(offers.all()).extracting(Offers.Offer::to).containsExactly("@bob");
        assertThat(blocks.verify(file.id()).lost()).isZero();
        offers.withdraw(file.id(), "@bob");
        blocks.gc();
        assertThatThrownBy(() -> blocks.verify(file.id())).isInstanceOf(ContentException.class);
    }
}

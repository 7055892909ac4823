package covey.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import covey.content.BlockStore;
import covey.content.ContentException.Reason;
import covey.content.ContentId;
import covey.content.Disk;
import covey.content.Holding;
import covey.env.Env;
import covey.exchange.Exchangers.Device;
import covey.exchange.Exchangers.SpyDisk;
import covey.exchange.Exchangers.Watched;
import covey.swarm.SwarmLimits;
import covey.swarm.Uploads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Content goes from device to device over real TLS, verified, whatever the holders do. */
final class ExchangeTest {
    private static final int BYTES = 24 * 1024 * 1024 + 12_345;

    @TempDir
    Path folder;

    private Exchangers all;
    private byte[] bytes = {};

    @BeforeEach
    void begin() {
        all = new Exchangers(folder);
    }

    @AfterEach
    void end() {
        all.close();
    }

    private Device holder(UnaryOperator<Disk> disk) throws IOException {
        Device holder = all.device(disk);
        bytes = new byte[BYTES];
        new Random(7).nextBytes(bytes);
        Files.createDirectories(holder.home);
        Files.write(holder.home.resolve("film.bin"), bytes);
        return holder;
    }

    private static ContentId shared(Device holder) {
        return holder.shares(holder.home.resolve("film.bin"));
    }

    @Test
    void oneHolderGivesEverythingAndTheFetcherServesItOn() throws IOException {
        Device holder = holder(disk -> disk);
        ContentId id = shared(holder);
        Device first = all.device(disk -> disk);
        Watched fetched = first.fetches(id, List.of(holder)).awaitEnd();
        assertThat(fetched.sentences).isEmpty();
        assertThat(fetched.isFinished).isTrue();
        assertThat(fetched.bytes()).isEqualTo(bytes);
        assertThat(holder.server.servedBytes()).isEqualTo(BYTES);
        assertThat(fetched.progress.getLast().haveBytes()).isEqualTo(BYTES);

        Device second = all.device(disk -> disk);
        assertThat(second.fetches(id, List.of(first)).awaitEnd().bytes()).isEqualTo(bytes);
        await().until(() -> all.devices.values().stream().allMatch(device -> device.buffers.takenBytes() == 0));
        assertThat(second.fetches(id, List.of()).awaitEnd().isFinished).isTrue();
    }

    @Test
    void fourHoldersShareTheWork() throws IOException {
        List<Device> holders = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            holders.add(holder(disk -> disk));
            shared(holders.getLast());
        }
        ContentId id = shared(holders.getFirst());
        Watched fetched = all.device(disk -> disk).fetches(id, holders).awaitEnd();
        assertThat(fetched.bytes()).isEqualTo(bytes);
        assertThat(holders)
                .allSatisfy(holder -> assertThat(holder.server.servedBytes()).isPositive());
    }

    @Test
    void twoFetchersAtOneCappedHolderBothGetOnAndTheCapIsKept() throws IOException {
        HandClock clock = new HandClock();
        all.serving = clock;
        all.uploads = new Uploads.Settings(SwarmLimits.SLOTS, 10_000_000, 0);
        Device holder = holder(disk -> disk);
        ContentId id = shared(holder);
        all.serving = Env.system();
        List<Watched> fetched = List.of(
                all.device(disk -> disk).fetches(id, List.of(holder)),
                all.device(disk -> disk).fetches(id, List.of(holder)));
        runUntilFinished(clock, fetched);
        assertThat(fetched).allSatisfy(each -> assertThat(each.bytes()).isEqualTo(bytes));
        assertThat((double) holder.server.servedBytes() / clock.seconds()).isBetween(9e6, 11e6);
    }

    /** The holder's time goes by only where a cap wants it to. */
    private static void runUntilFinished(HandClock clock, List<Watched> fetched) {
        while (!fetched.stream().allMatch(each -> each.isFinished)) {
            await().pollInterval(Duration.ofMillis(1))
                    .until(() -> clock.hasTimerWithin(1_000) || fetched.stream().allMatch(each -> each.isFinished));
            assertThat(fetched).allMatch(each -> each.failures.isEmpty());
            if (clock.hasTimerWithin(1_000)) {
                clock.nextTimer();
            }
        }
    }

    @Test
    void whoFindsNoSlotComesAgain() throws IOException {
        HandClock clock = new HandClock();
        all.serving = clock;
        all.uploads = new Uploads.Settings(1, 10_000_000, 0);
        Device holder = holder(disk -> disk);
        ContentId id = shared(holder);
        all.serving = Env.system();
        Watched first = all.device(disk -> disk).fetches(id, List.of(holder));
        await().until(() -> clock.hasTimerWithin(1_000));
        Watched second = all.device(disk -> disk).fetches(id, List.of(holder));
        runUntilFinished(clock, List.of(first, second));
        assertThat(second.bytes()).isEqualTo(bytes);
    }

    @Test
    void whoSendsAWrongBlockIsLeftAndReportedAndNothingOfItIsKept() throws IOException {
        AtomicBoolean lies = new AtomicBoolean();
        Device liar = holder(disk -> new SpyDisk(disk, (read, position) -> {
            if (lies.get()) {
                read.put(0, (byte) (read.get(0) + 1));
            }
        }));
        ContentId id = shared(liar);
        lies.set(true);
        Device honest = holder(disk -> disk);
        shared(honest);
        Watched fetched =
                all.device(disk -> disk).fetches(id, List.of(liar, honest)).awaitEnd();
        assertThat(fetched.bytes()).isEqualTo(bytes);
        assertThat(fetched.reported).containsExactly(liar.id());

        Watched alone = all.device(disk -> disk).fetches(id, List.of(liar)).awaitEnd();
        assertThat(alone.failures).containsExactly(Reason.DAMAGED);
        assertThat(alone.sentences.getLast()).contains("Nobody is left").contains("not what the content's id promises");
    }

    @Test
    void aHolderThatDiesOrFallsSilentMidwayIsReplaced() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        AtomicBoolean isSilent = new AtomicBoolean();
        Device dying = holder(disk -> disk);
        Device silent = holder(disk -> new SpyDisk(disk, (read, position) -> {
            if (isSilent.get() && position > BYTES / 2) {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        }));
        Device honest = holder(disk -> disk);
        ContentId id = shared(dying);
        shared(silent);
        shared(honest);
        isSilent.set(true);
        Watched fetched = all.device(disk -> disk).fetches(id, List.of(dying, silent, honest));
        await().until(() -> dying.server.servedBytes() > 0);
        dying.transport.close();
        assertThat(fetched.awaitEnd().bytes()).isEqualTo(bytes);
        never.countDown();
    }

    @Test
    void afterAKillItGoesOnWithWhatWasVerifiedBefore() throws IOException {
        AtomicInteger readsLeft = new AtomicInteger(Integer.MAX_VALUE);
        CountDownLatch goesOn = new CountDownLatch(1);
        Device holder = holder(disk -> new SpyDisk(disk, (read, position) -> {
            if (readsLeft.getAndDecrement() <= 0) {
                try {
                    goesOn.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        }));
        ContentId id = shared(holder);
        readsLeft.set(100);
        Device fetcher = all.device(disk -> disk);
        Watched killed = fetcher.fetches(id, List.of(holder));
        await().until(() ->
                !killed.progress.isEmpty() && killed.progress.getLast().haveBytes() > BYTES / 4);
        long before = killed.progress.getLast().haveBytes();
        fetcher.transport.close();
        goesOn.countDown();

        // Another process opens the same records and files.
        Device reborn = all.device(disk -> disk);
        BlockStore store = fetcher.store(Disk.system());
        long served = holder.server.servedBytes();
        Watched resumed = reborn.fetches(store, id, List.of(holder)).awaitEnd();
        assertThat(resumed.bytes()).isEqualTo(bytes);
        assertThat(holder.server.servedBytes() - served).isLessThanOrEqualTo(BYTES - before);
        killed.fetch.orElseThrow().cancel();
    }

    @Test
    void aPartialHolderGivesWhatItHasAndTellsWhatItGains() throws IOException {
        Device holder = holder(disk -> disk);
        ContentId id = shared(holder);
        Device partial = all.device(disk -> disk);
        try (Holding whole = holder.store.open(id).orElseThrow();
                Holding part = partial.store.begin(whole.manifest(), "test")) {
            part.missingLayers().stream()
                    .forEach(entry -> part.putLayer(entry, whole.layer(entry).orElseThrow()));
            copy(whole, part, 0, 40);
            Watched fetched = all.device(disk -> disk).fetches(id, List.of(partial));
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> !fetched.progress.isEmpty()
                            && fetched.progress.getLast().haveBytes() > 0);
            assertThat(fetched.isFinished).isFalse();
            copy(whole, part, 40, whole.map().count());
            assertThat(fetched.awaitEnd().bytes()).isEqualTo(bytes);
        }
    }

    private static void copy(Holding from, Holding to, int first, int end) {
        for (int block = first; block < end; block++) {
            java.nio.ByteBuffer one = java.nio.ByteBuffer.allocate(from.map().lengthOf(block));
            from.read(block, 0, one);
            to.write(block, one.flip());
        }
    }

    @Test
    void theTroubleIsSaidInASentence() throws IOException {
        Device holder = holder(disk -> disk);
        ContentId id = shared(holder);
        Device fetcher = all.device(disk -> disk);

        Watched nobody = fetcher.fetches(id, List.of()).awaitEnd();
        assertThat(nobody.failures).containsExactly(Reason.NOT_FOUND);
        assertThat(nobody.sentences.getLast()).contains("Nobody who can be asked has");

        holder.refusal = Optional.of("Only members of #lab may fetch it.");
        assertThat(fetcher.fetches(id, List.of(holder)).awaitEnd().sentences.getLast())
                .contains("Only members of #lab may fetch it.");
        holder.refusal = Optional.empty();

        Files.write(holder.home.resolve("film.bin"), new byte[] {1, 2, 3});
        Watched changed = fetcher.fetches(id, List.of(holder)).awaitEnd();
        assertThat(changed.failures).containsExactly(Reason.NOT_FOUND);
        assertThat(changed.sentences.getLast()).contains("changed or removed").doesNotContain(folder.toString());
        assertThat(holder.withdrawn).hasSize(1);

        Watched cancelled = fetcher.fetches(id, List.of(holder));
        cancelled.fetch.orElseThrow().cancel();
        assertThat(cancelled.awaitEnd().failures).hasSize(1);
    }

    @Test
    void aFullDiskEndsTheFetchAndFreedSpaceLetsItGoOn() throws IOException {
        Device holder = holder(disk -> disk);
        ContentId id = shared(holder);
        AtomicBoolean isFull = new AtomicBoolean(true);
        Device fetcher = all.device(disk -> new Disk() {
            @Override
            public BlockFile open(Path file, long size, boolean isWritable) throws IOException {
                if (isWritable && isFull.get()) {
                    throw new IOException("No space left on device");
                }
                return disk.open(file, size, isWritable);
            }

            @Override
            public Optional<covey.content.Fingerprint> fingerprint(Path file) {
                return disk.fingerprint(file);
            }

            @Override
            public long freeBytes(Path in) {
                return disk.freeBytes(in);
            }

            @Override
            public List<Path> list(Path in) {
                return disk.list(in);
            }

            @Override
            public void deleteFolder(Path in) {
                disk.deleteFolder(in);
            }
        });
        Watched full = fetcher.fetches(id, List.of(holder)).awaitEnd();
        assertThat(full.failures).containsExactly(Reason.NO_SPACE);
        assertThat(full.sentences.getLast()).contains("full");
        isFull.set(false);
        assertThat(fetcher.fetches(id, List.of(holder)).awaitEnd().bytes()).isEqualTo(bytes);
    }
}

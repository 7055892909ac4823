package covey.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import covey.content.ContentId;
import covey.env.Env;
import covey.exchange.Caller.Line;
import covey.exchange.Exchangers.Device;
import covey.exchange.Exchangers.SpyDisk;
import covey.swarm.Uploads;
import covey.wire.Messages;
import covey.wire.proto.FrameType;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who serves keeps room for all, whatever some of those who call do. */
final class ServerTest {
    private static final int BYTES = 24 * 1024 * 1024;

    @TempDir
    Path folder;

    private final HandClock clock = new HandClock();
    private final AtomicBoolean isBroken = new AtomicBoolean();
    private Exchangers all;
    private Caller caller;

    @BeforeEach
    void begin() {
        all = new Exchangers(folder);
        all.serving = clock;
        caller = new Caller();
    }

    @AfterEach
    void end() {
        caller.close();
        all.close();
    }

    private Device holder() throws IOException {
        Device holder = all.device(disk -> new SpyDisk(disk, (read, position) -> {
            if (isBroken.get()) {
                throw new IOException("Input/output error");
            }
        }));
        byte[] bytes = new byte[BYTES];
        new Random(7).nextBytes(bytes);
        Files.createDirectories(holder.home);
        Files.write(holder.home.resolve("film.bin"), bytes);
        all.serving = Env.system();
        return holder;
    }

    private static ContentId shared(Device holder) {
        return holder.shares(holder.home.resolve("film.bin"));
    }

    @Test
    void strangersHaveFewPlacesAndNotForLong() throws IOException {
        Device holder = holder();
        ContentId id = shared(holder);
        List<Caller> strangers = List.of(new Caller(), new Caller(), new Caller());
        List<Line> lines = new ArrayList<>();
        try {
            strangers.forEach(stranger -> holder.strangers.add(stranger.id()));
            for (int i = 0; i < Server.STRANGERS_MAX; i++) {
                lines.add(strangers.get(i / Server.CONNECTIONS_PER_DEVICE_MAX).calls(holder));
                lines.getLast().awaits(FrameType.BULK_HELLO);
            }
            assertThat(strangers.getLast().calls(holder).awaitsEnd().getMessage())
                    .contains("not in this network's directory");
            caller.calls(holder).fetches(id);
            clock.pass(Server.IDLE_MILLIS_MAX);
            lines.forEach(Line::awaitsEnd);
        } finally {
            strangers.forEach(Caller::close);
        }
    }

    @Test
    void whoOnlyHoldsPlacesIsSentAwayAndLeavesRoomForOthers() throws IOException {
        Device holder = holder();
        ContentId id = shared(holder);
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < Server.CONNECTIONS_PER_DEVICE_MAX; i++) {
            lines.add(caller.calls(holder));
            lines.getLast().awaits(FrameType.BULK_HELLO);
        }
        assertThat(caller.calls(holder).awaitsEnd().getMessage()).contains("16 connections");
        lines.getFirst().fetches(id);
        clock.pass(Server.IDLE_MILLIS_MAX);
        lines.subList(1, lines.size())
                .forEach(line -> assertThat(line.awaitsEnd().getMessage()).contains("nothing was fetched"));
        assertThat(lines.getFirst().end).isEmpty();
        assertThat(all.device(disk -> disk).fetches(id, List.of(holder)).awaitEnd().isFinished)
                .isTrue();
    }

    @Test
    void whoDoesNotReadHoldsNothingThatOthersNeed() throws IOException {
        all.bufferBytes = 4 * 1024 * 1024;
        Device holder = holder();
        all.bufferBytes = 64 * 1024 * 1024;
        ContentId id = shared(holder);
        for (int i = 0; i < 8; i++) {
            Line line = caller.calls(holder);
            line.fetches(id);
            line.stopsReadingAndWants(90);
        }
        await().until(() -> holder.buffers.takenBytes() >= 1024 * 1024);
        assertThat(all.device(disk -> disk).fetches(id, List.of(holder)).awaitEnd().isFinished)
                .isTrue();
        assertThat(holder.buffers.takenBytes()).isLessThanOrEqualTo(1024 * 1024);
    }

    @Test
    void whoNeverReadsLosesItsConnectionWithItsPlace() throws IOException {
        all.uploads = new Uploads.Settings(1, 0, 0);
        Device holder = holder();
        ContentId id = shared(holder);
        Line stuck = caller.calls(holder);
        stuck.fetches(id);
        stuck.stopsReadingAndWants(90);
        await().until(() -> holder.buffers.takenBytes() >= 1024 * 1024);
        clock.pass(6_000);
        assertThat(all.device(disk -> disk).fetches(id, List.of(holder)).awaitEnd().isFinished)
                .isTrue();
        stuck.readsOn();
        assertThat(stuck.awaitsEnd().getReason()).isEqualTo(GoodbyeReason.TOO_SLOW);
        await().until(() -> holder.buffers.takenBytes() == 0);
    }

    @Test
    void troubleOfTheDiskIsToldWithoutItsPlaces() throws IOException {
        Device holder = holder();
        ContentId id = shared(holder);
        Line line = caller.calls(holder);
        line.fetches(id);
        isBroken.set(true);
        line.says(
                FrameType.WANT, covey.wire.proto.Want.newBuilder().addBlocks(0).build());
        line.awaits(FrameType.ERROR);
        Problem problem = (Problem) Messages.decode(line.heard.getLast());
        assertThat(problem.getMessage()).contains("cannot be read").doesNotContain(folder.toString());
    }
}

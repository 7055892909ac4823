package covey.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import covey.transport.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Files, with the processes a user has: Anna's is hub and peer, Bob fetches, Carl shares. */
@Tag("it")
@Timeout(600)
class FilesProcessesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String LISTEN = "127.0.0.1:" + Probe.freePort();
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    private Processes net;

    @BeforeEach
    void start() throws IOException {
        net = new Processes(folder);
        net.up(List.of(), "anna", LISTEN);
        net.enrol("anna", "bob");
        // Slow enough to be killed on the way.
        Files.writeString(net.home("bob").resolve("config.toml"), "[transfer]\ndownload_max = \"10M\"\n");
        run("bob");
        net.join(List.of(), "anna", "carl", "127.0.0.1:0");
    }

    private void run(String home) {
        net.covey(home, "peer", "run", "--listen", "127.0.0.1:0", "--detach").ok();
    }

    @AfterEach
    void stop() {
        net.stopAll(List.of("bob", "carl", "anna"));
    }

    private Path file(String name, int bytes) throws IOException {
        byte[] data = new byte[bytes];
        new Random(bytes).nextBytes(data);
        return Files.write(folder.resolve(name), data);
    }

    private void found(String home, String words) {
        await().atMost(PATIENCE)
                .until(() -> !net.covey(home, "search", words, "--json")
                        .ok()
                        .json()
                        .path("results")
                        .isEmpty());
    }

    private JsonNode transfer(String home) {
        return net.covey(home, "transfers", "--json")
                .ok()
                .json()
                .path("transfers")
                .path(0);
    }

    private void isUnderWay(String home) {
        await().atMost(PATIENCE)
                .until(() -> transfer(home).path("state").asString("").equals("fetching")
                        && transfer(home).path("haveBytes").asLong() > MIB);
    }

    private void isDone(String home) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(transfer(home).toString()).contains("\"state\":\"done\""));
    }

    @Test
    void whatIsSharedIsFoundFetchedAndNotOverwritten() throws IOException {
        Path report = file("annual report.pdf", 3 * MIB);
        assertThat(net.covey("carl", "share", report.toString()).ok().out()).isEqualTo("annual report.pdf\n");
        found("bob", "report");
        Path target = folder.resolve("fetched.pdf");
        Processes.Said said =
                net.covey("bob", "get", "1", "-o", target.toString()).ok();
        assertThat(said.out()).isEqualTo(target + "\n");
        assertThat(Files.mismatch(target, report)).isEqualTo(-1);
        Processes.Said again = net.covey("bob", "get", "1", "-o", target.toString());
        assertThat(again.exit()).isEqualTo(1);
        assertThat(again.err()).contains("exists already");
        assertThat(net.covey("bob", "get", "7").exit()).isEqualTo(3);
        assertThat(net.covey("bob", "get", "@carl/nothing").exit()).isEqualTo(3);
        assertThat(net.covey("bob", "get", "@nobody/nothing").exit()).isEqualTo(3);
        assertThat(net.covey("bob", "get", "what?").exit()).isEqualTo(2);
    }

    @Test
    void anOfferedFileIsFetchedAlthoughEitherSideIsKilledOnTheWay() throws IOException {
        Path disk = file("disk.img", 120 * MIB);
        net.covey("carl", "send", "@bob", "--file", disk.toString()).ok();
        await().atMost(PATIENCE)
                .until(() -> net.covey("bob", "inbox", "--all").ok().out().contains("covey get 1001"));
        net.covey("bob", "get", "1001", "--detach").ok();
        isUnderWay("bob");
        net.kill("bob");
        run("bob");
        isUnderWay("bob");
        net.kill("carl");
        run("carl");
        isDone("bob");
        Path target = Path.of(transfer("bob").path("target").asString(""));
        assertThat(Files.mismatch(target, disk)).isEqualTo(-1);
        assertThat(net.covey("bob", "content", "verify").ok().err()).contains("all are sound");
        long served = net.covey("carl", "transfers", "--json")
                .ok()
                .json()
                .path("servedBytes")
                .asLong();
        assertThat(served).isLessThan(110L * MIB); // the rest came before it was killed
    }

    @Test
    void whoStopsWaitingKeepsWhatIsHereAndAPeerThatIsTerminatedGoesOn() throws Exception {
        Path film = file("film", 100 * MIB);
        net.covey("carl", "share", film.toString()).ok();
        found("bob", "film");

        Process waiting = net.begin("bob", "get", "1");
        isUnderWay("bob");
        assertThat(net.signalled(waiting, "INT")).isEqualTo(130);
        await().atMost(PATIENCE)
                .until(() -> transfer("bob").path("state").asString("").equals("paused"));
        assertThat(transfer("bob").path("why").asString("")).contains("covey get 1001");

        Process again = net.begin("bob", "get", "1001");
        isUnderWay("bob");
        assertThat(net.signalled(again, "TERM")).isEqualTo(143);
        await().atMost(PATIENCE)
                .until(() -> transfer("bob").path("state").asString("").equals("paused"));

        Process last = net.begin("bob", "get", "1001");
        isUnderWay("bob");
        net.terminate("bob");
        assertThat(last.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(last.exitValue()).isEqualTo(5);
        run("bob");
        isDone("bob");
        Path target = Path.of(transfer("bob").path("target").asString(""));
        assertThat(Files.mismatch(target, film)).isEqualTo(-1);
        assertThat(net.covey("bob", "content", "verify").ok().err()).contains("all are sound");
        long served = net.covey("carl", "transfers", "--json")
                .ok()
                .json()
                .path("servedBytes")
                .asLong();
        assertThat(served).isLessThan(115L * MIB); // what was under way at each stop
    }

    @Test
    void theExitCodeOfGetTellsWhatIsInTheWay() throws IOException {
        net.covey("carl", "share", file("for-anna", 2 * MIB).toString(), "--to", "@anna")
                .ok();
        net.covey("carl", "share", file("for-all", MIB).toString()).ok();
        found("bob", "for-all");
        String denied = net.covey("carl", "content", "ls", "--json")
                .ok()
                .json()
                .path("contents")
                .valueStream()
                .filter(one -> one.toString().contains("for-anna"))
                .findFirst()
                .orElseThrow()
                .path("content")
                .asString("");
        Processes.Said told = net.covey("bob", "get", denied, "--from", "@carl");
        assertThat(told.exit()).as(told.err()).isEqualTo(4);

        net.terminate("bob");
        Files.writeString(net.home("bob").resolve("config.toml"), "[transfer]\nfree_floor = \"1000T\"\n");
        run("bob");
        Processes.Said full = net.covey("bob", "get", "1");
        assertThat(full.exit()).as(full.err()).isEqualTo(8);
        assertThat(full.err()).contains("free");
    }

    @Test
    void withoutAHubSharesAreServedToWhomTheDirectoryShows() throws IOException {
        net.covey("carl", "share", file("plan.txt", MIB).toString()).ok();
        found("bob", "plan");
        String content = net.covey("bob", "search", "plan", "--json")
                .ok()
                .json()
                .path("results")
                .path(0)
                .path("content")
                .asString("");
        // Where a device was is known of those one has dealt with.
        net.covey("bob", "send", "@carl", "anything else?", "--wait", "20s").ok();
        net.kill("anna");
        await().atMost(PATIENCE)
                .until(() -> !net.covey("carl", "status", "--json")
                        .ok()
                        .json()
                        .path("hub")
                        .path("state")
                        .asString("")
                        .equals("connected"));
        net.covey(
                        "bob",
                        "get",
                        content,
                        "--from",
                        "@carl",
                        "-o",
                        folder.resolve("mine").toString())
                .ok();
        assertThat(Files.mismatch(folder.resolve("mine"), folder.resolve("plan.txt")))
                .isEqualTo(-1);
        assertThat(net.covey("bob", "search", "plan").exit()).isEqualTo(5);
        net.upAgain("anna", LISTEN);
    }
}

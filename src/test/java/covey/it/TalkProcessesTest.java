package covey.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import covey.transport.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a user does, with the processes a user has. */
@Tag("it")
@Timeout(600)
class TalkProcessesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String LISTEN = "127.0.0.1:" + Probe.freePort();

    @TempDir
    Path folder;

    private Processes net;

    @BeforeEach
    void start() throws IOException {
        net = new Processes(folder);
        net.up(List.of(), "anna", LISTEN);
        net.join(List.of(), "anna", "bob", "127.0.0.1:0");
    }

    @AfterEach
    void stop() {
        net.stopAll(List.of("bob", "anna"));
    }

    @Test
    void aMessageIsDeliveredReadAndInTheHistoryOfBoth() {
        net.covey("anna", "send", "@bob", "lunch?").ok();
        await().atMost(PATIENCE).until(() -> net.texts("bob", "@anna").contains("lunch?"));
        assertThat(net.covey("bob", "inbox").ok().out()).contains("@anna: lunch?");
        assertThat(net.covey("bob", "send", "@anna", "yes").ok().exit()).isZero();
        await().atMost(PATIENCE).until(() -> net.texts("anna", "@bob").size() == 2);
        assertThat(net.texts("anna", "@bob")).containsExactly("lunch?", "yes");
        assertThat(net.covey("anna", "why", "@bob").ok().out()).contains("direct");
    }

    @Test
    void whatWasAcknowledgedSurvivesKillOfEveryProcess() {
        net.covey("anna", "send", "@bob", "before").ok();
        net.kill("bob");
        for (int i = 1; i <= 3; i++) {
            String said = net.covey("anna", "send", "@bob", "waiting " + i).ok().out();
            assertThat(said).containsAnyOf("stored", "queued");
        }
        net.kill("anna");
        net.upAgain("anna", LISTEN);
        net.covey("bob", "peer", "run", "--listen", "127.0.0.1:0", "--detach").ok();
        await().atMost(PATIENCE).until(() -> net.texts("bob", "@anna").size() == 4);
        assertThat(net.texts("bob", "@anna")).containsExactly("before", "waiting 1", "waiting 2", "waiting 3");
    }

    @Test
    void stoppingTheHubIsToldAndPeersWaitForIt() {
        net.covey("anna", "stop").ok();
        await().atMost(PATIENCE)
                .until(() -> net.covey("bob", "status", "--json")
                        .json()
                        .path("hub")
                        .path("state")
                        .asString("")
                        .equals("away"));
        net.upAgain("anna", LISTEN);
        await().atMost(PATIENCE)
                .until(() -> net.covey("bob", "status", "--json")
                        .json()
                        .path("hub")
                        .path("state")
                        .asString("")
                        .equals("connected"));
    }

    @Test
    void exitCodesSayWhatKindOfTroubleItIs() throws IOException {
        assertThat(net.covey("bob", "send", "@nobody", "hello").exit()).isEqualTo(3);
        assertThat(net.covey("bob", "announce", "I am not an administrator").exit())
                .isEqualTo(4);
        assertThat(net.covey("bob", "no-such-command").exit()).isEqualTo(2);
        assertThat(net.covey("nobody", "status").exit()).isEqualTo(5);
        assertThat(net.covey("nobody", "peer", "run").exit()).isEqualTo(4);
        Path wrong = Files.writeString(folder.resolve("wrong.token"), "covey-nonsense\n");
        assertThat(net.covey(
                                "eve",
                                "join",
                                "--token-file",
                                wrong.toString(),
                                "--account",
                                "eve",
                                "--password-file",
                                net.password().toString())
                        .exit())
                .isNotZero();
        assertThat(net.home("eve").resolve("peer/account.json")).doesNotExist();
    }
}

package covey.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

/** The chat as a person sees it, in a real terminal. */
@Tag("it")
@Timeout(600)
class ChatScreenTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String LISTEN = "127.0.0.1:" + Probe.freePort();

    @TempDir
    Path folder;

    private Processes net;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(Files.isExecutable(Path.of(Terminal.NEEDED)), "needs tmux");
        net = new Processes(folder);
        net.up(List.of(), "anna", LISTEN);
        net.enrol("anna", "eve");
        net.join(List.of(), "anna", "bob", "127.0.0.1:0");
        net.covey("anna", "send", "@bob", "first").ok();
        await().atMost(PATIENCE).until(() -> net.texts("bob", "@anna").contains("first"));
    }

    @AfterEach
    void stop() {
        net.stopAll(List.of("bob", "anna"));
    }

    @Test
    void twoPeopleTalkLeaveAndAreToldWhenTheHubStops() {
        try (Terminal bob = new Terminal(net, "bob", "TERM=screen-256color", "chat", "@anna")) {
            bob.shows("hub connected");
            bob.shows("@anna: first");

            bob.type("half a li");
            net.covey("anna", "send", "@bob", "an incoming line").ok();
            bob.shows("@anna: an incoming line");
            bob.type("ne");
            bob.showsTyped("half a line");
            bob.press("Enter");
            await().atMost(PATIENCE).until(() -> net.texts("anna", "@bob").contains("half a line"));

            bob.type("/to @e");
            bob.press("Tab");
            bob.showsTyped("/to @eve");
            bob.press("Enter");
            bob.showsPrompt("@eve>");
            net.covey("anna", "send", "@bob", "meanwhile").ok();
            bob.shows("unread: @anna 1");
            bob.enter("/to @anna");
            bob.shows("@anna: meanwhile");
            bob.showsNoMore("unread: @anna");

            leaveOnBothSides(bob);

            net.covey("anna", "stop").ok();
            bob.shows("Waiting for it; what you write is kept");
            bob.enter("/quit");
            bob.shows("ended with 0");
        }
    }

    private void leaveOnBothSides(Terminal bob) {
        try (Terminal anna = new Terminal(net, "anna", "TERM=screen-256color", "chat", "@bob")) {
            anna.showsPrompt("@bob>");
            bob.enter("/leave");
            bob.shows("You left. Talk to whom?");
            anna.shows("@bob left the conversation.");
            bob.enter("/to @anna");
            bob.showsPrompt("@anna>");
            anna.enter("/leave");
            bob.shows("@anna left the conversation.");
            anna.enter("/quit");
            anna.shows("ended with 0");
        }
    }

    @Test
    void aDumbTerminalGetsPlainLines() throws IOException {
        Path raw = folder.resolve("raw");
        try (Terminal bob = new Terminal(net, "bob", "TERM=dumb", "chat", "@anna")) {
            bob.record(raw);
            bob.shows("@anna: first");
            bob.enter("hello from a dumb terminal");
            await().atMost(PATIENCE).until(() -> net.texts("anna", "@bob").contains("hello from a dumb terminal"));
            net.covey("anna", "send", "@bob", "so plain").ok();
            bob.shows("@anna: so plain");
            bob.enter("/quit");
            bob.shows("ended with 0");
        }
        assertThat(Files.readString(raw)).contains("so plain").doesNotContain("\u001b");
    }
}

package covey.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import covey.env.Env;
import covey.identity.DeviceKeys;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong on real machines: it is told in a sentence, and Anna's and Bob's sessions do not notice. */
@Tag("it")
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HardshipProcessesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int PORT = 17_443;
    private static final String LISTEN = "127.0.0.1:" + PORT;
    private static final int FLOOD = 40;

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    static Path folder;

    @SuppressWarnings("NullAway.Init") // by start()
    private Processes net;

    private int lines;

    @BeforeAll
    void start() throws IOException {
        net = new Processes(folder);
        net.up(List.of(), "anna", LISTEN);
        net.join(List.of(), "anna", "bob", "127.0.0.1:0");
    }

    @AfterAll
    void stop() {
        net.stopAll(List.of("bob", "anna"));
    }

    private String hubState(String home) {
        return net.covey(home, "status", "--json")
                .json()
                .path("hub")
                .path("state")
                .asString("");
    }

    /** Bob's session is the one it was, and what he says arrives. */
    private void othersTalkOn() {
        String line = "line " + ++lines;
        net.covey("bob", "send", "@anna", line).ok();
        await().atMost(PATIENCE).until(() -> net.texts("anna", "@bob").contains(line));
        assertThat(hubState("bob")).isEqualTo("connected");
    }

    @Test
    void garbageOnThePortEndsOnlyItsOwnConnection() throws IOException {
        Random random = new Random(1);
        byte[] noise = new byte[100_000];
        random.nextBytes(noise);
        byte[] tlsLike = noise.clone();
        System.arraycopy(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3}, 0, tlsLike, 0, 11);
        byte[] http = "GET / HTTP/1.1\r\nHost: hub\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        for (byte[] garbage : List.of(noise, tlsLike, http, new byte[1])) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));
                socket.setSoTimeout((int) PATIENCE.toMillis());
                send(socket, garbage);
                // An alert perhaps, then the end: never an answer, and never a hang.
                assertThat(endOf(socket)).isLessThan(1_000);
            }
        }
        othersTalkOn();
    }

    private static void send(Socket socket, byte[] garbage) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(garbage);
            socket.shutdownOutput();
        } catch (IOException e) {
            // cut off while it was still being written
        }
    }

    private static int endOf(Socket socket) {
        try {
            return socket.getInputStream().readAllBytes().length;
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the hub holds on to a connection that sent garbage", e);
        } catch (IOException e) {
            return 0; // reset
        }
    }

    @Test
    void aDeviceWithAnotherKeyIsRefusedAndToldWhy() throws IOException {
        net.enrol("anna", "walt");
        Path key = net.home("walt").resolve("peer/device.key");
        Files.delete(key);
        DeviceKeys.generate(Env.system()).save(key);
        net.covey("walt", "peer", "run", "--listen", "127.0.0.1:0", "--detach");
        try {
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(hubState("walt")).isEqualTo("refused");
                Processes.Said said = net.covey("walt", "send", "@anna", "let me in");
                assertThat(said.err()).contains("not sent: the hub does not take this device", "not enrolled here");
                assertThat(said.exit()).isEqualTo(4);
            });
            othersTalkOn();
        } finally {
            net.stopAll(List.of("walt"));
        }
    }

    @Test
    void aFullDiskIsASentenceAndGoesOnWhenThereIsSpaceAgain() throws IOException {
        Path home = Files.createDirectories(net.home("dora"));
        assumeTrue(
                net.run(List.of("mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", home.toString()))
                                .exit()
                        == 0,
                "needs root to mount a small disk");
        try {
            net.join(List.of(), "anna", "dora", "127.0.0.1:0");
            net.covey("dora", "send", "@anna", "while there was space").ok();
            Path ballast = home.resolve("ballast");
            net.run(List.of("dd", "if=/dev/zero", "of=" + ballast, "bs=4k"));
            Processes.Said said = full();
            assertThat(said.err()).contains("Nothing was stored");
            assertThat(said.exit()).isEqualTo(8);
            othersTalkOn();

            Files.delete(ballast);
            await().atMost(PATIENCE)
                    .until(() ->
                            net.covey("dora", "send", "@anna", "space again").exit() == 0);
            await().atMost(PATIENCE).until(() -> net.texts("anna", "@dora").contains("space again"));
            assertThat(net.texts("anna", "@dora")).doesNotHaveDuplicates();
        } finally {
            net.stopAll(List.of("dora"));
            net.run(List.of("umount", "-l", home.toString()));
        }
    }

    /** The store has reserved some blocks before: many messages still fit. */
    private Processes.Said full() throws IOException {
        for (int batch = 0; batch < FLOOD; batch++) {
            Path typed = folder.resolve("typed");
            try (BufferedWriter lines = Files.newBufferedWriter(typed)) {
                for (int i = 0; i < 100; i++) {
                    lines.write(batch + "." + i + " " + "x".repeat(8_000) + "\n");
                }
            }
            net.run(List.of("sh", "-c", "./covey --home " + net.home("dora") + " chat @anna <" + typed));
            Processes.Said said = net.covey("dora", "send", "@anna", "batch " + batch);
            if (said.exit() != 0) {
                return said;
            }
        }
        throw new AssertionError("the disk is full, and everything was accepted");
    }

    @Test
    void aFrozenPeerHoldsUpNobodyAndGetsEverythingAfterwards() {
        net.join(List.of(), "anna", "fred", "127.0.0.1:0");
        try {
            net.covey("bob", "send", "@fred", "0").ok();
            await().atMost(PATIENCE).until(() -> net.texts("fred", "@bob").contains("0"));
            String pid = "" + net.pid("fred");
            net.run(List.of("kill", "-STOP", pid)).ok();
            for (int i = 1; i <= FLOOD / 4; i++) {
                net.covey("bob", "send", "@fred", "" + i).ok();
            }
            othersTalkOn();
            net.run(List.of("kill", "-CONT", pid)).ok();
            await().atMost(PATIENCE).until(() -> net.texts("fred", "@bob").size() == FLOOD / 4 + 1);
            assertThat(net.texts("fred", "@bob"))
                    .containsExactlyElementsOf(IntStream.rangeClosed(0, FLOOD / 4)
                            .mapToObj(Integer::toString)
                            .toList());
        } finally {
            net.stopAll(List.of("fred"));
        }
    }

    @Test
    void aHubKilledInTheMiddleOfAConversationLosesAndDoublesNothing() {
        net.join(List.of(), "anna", "gwen", "127.0.0.1:0");
        try {
            for (int i = 0; i < FLOOD / 2; i++) {
                if (i == FLOOD / 8) {
                    net.kill("anna");
                } else if (i == FLOOD / 4) {
                    net.upAgain("anna", LISTEN);
                }
                net.covey(i % 2 == 0 ? "bob" : "gwen", "send", i % 2 == 0 ? "@gwen" : "@bob", "say " + i)
                        .ok();
            }
            for (List<String> pair : List.of(List.of("bob", "@gwen"), List.of("gwen", "@bob"))) {
                await().atMost(PATIENCE).until(() -> said(pair).size() == FLOOD / 2);
                assertThat(said(pair)).doesNotHaveDuplicates();
            }
            await().atMost(PATIENCE).until(() -> hubState("bob").equals("connected"));
        } finally {
            net.stopAll(List.of("gwen"));
        }
    }

    private List<String> said(List<String> pair) {
        return net.texts(pair.get(0), pair.get(1)).stream()
                .filter(text -> text.startsWith("say "))
                .toList();
    }

    @Test
    void aRevokedDeviceIsCutFromTheHubAndFromDirectLinks() {
        net.join(List.of(), "anna", "hans", "127.0.0.1:0");
        try {
            net.covey("hans", "send", "@bob", "still in").ok();
            await().atMost(PATIENCE).until(() -> net.texts("bob", "@hans").contains("still in"));
            String device = net.covey("anna", "device", "ls", "@hans", "--json")
                    .ok()
                    .json()
                    .path("devices")
                    .path(0)
                    .path("device")
                    .asString("");
            net.covey("anna", "device", "revoke", device, "--yes").ok();
            await().atMost(PATIENCE).until(() -> hubState("hans").equals("refused"));
            net.covey("hans", "send", "@bob", "after the revocation");
            othersTalkOn();
            assertThat(net.texts("bob", "@hans")).containsExactly("still in");
        } finally {
            net.stopAll(List.of("hans"));
        }
    }
}

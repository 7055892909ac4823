package covey.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.env.Env;
import covey.env.Loop;
import covey.identity.DeviceKeys;
import covey.web.LocalClient;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole processes of a home, in this one. */
@Timeout(60)
final class ProcessesTest {
    private static final Env ENV = Env.system();

    @TempDir
    Path folder;

    /** Hears what is said, and when the process is ready. */
    private static final class Heard implements Teller {
        final List<String> sentences = new CopyOnWriteArrayList<>();
        final CountDownLatch ready = new CountDownLatch(1);

        @Override
        public void say(String sentence) {
            sentences.add(sentence);
        }

        @Override
        public void print(String line) {
            sentences.add(line);
        }

        @Override
        public void recoveryCode(String code) {}

        @Override
        public String howToEnd() {
            return "a test";
        }

        @Override
        public void ready() {
            ready.countDown();
        }
    }

    private Home home() {
        return Home.of(Optional.of(folder.resolve("h").toString()), Map.of());
    }

    private Config config(Map<Setting, String> more) {
        Map<Setting, String> flags = new EnumMap<>(Setting.class);
        flags.put(Setting.HUB_LISTEN, "127.0.0.1:0");
        flags.put(Setting.OPS_LISTEN, "off");
        flags.putAll(more);
        return Config.load(home(), Map.of(), flags);
    }

    /** Starts a hub and ends it; returns what it said. */
    private List<String> runHub(Map<Setting, String> flags) throws Exception {
        Heard heard = new Heard();
        FutureTask<Optional<String>> run =
                new FutureTask<>(() -> HubProcess.run(new Start(ENV, home(), config(flags), "1", heard)));
        Thread.ofPlatform().start(run);
        if (heard.ready.await(40, TimeUnit.SECONDS)) {
            try (LocalClient client = LocalClient.connect(home().socket())) {
                client.call("{\"method\":\"stop\",\"params\":{}}");
            }
        }
        assertThat(run.get(20, TimeUnit.SECONDS)).isEmpty();
        return heard.sentences;
    }

    @Test
    void registrationChangesWhenALaterStartSaysSoAndStaysOtherwise() throws Exception {
        runHub(Map.of(Setting.HUB_REGISTRATION, "open", Setting.HUB_NETWORK_NAME, "lab"));
        assertThat(runHub(Map.of())).noneMatch(said -> said.contains("egistration"));
        assertThat(runHub(Map.of(Setting.HUB_REGISTRATION, "closed", Setting.HUB_NETWORK_NAME, "den")))
                .contains("Registration is now: closed.")
                .anyMatch(said -> said.startsWith("The network's name stays lab"));
        assertThat(runHub(Map.of(Setting.HUB_REGISTRATION, "closed"))).noneMatch(said -> said.contains("egistration"));
    }

    @Test
    void anErrorOfAThreadEndsTheProcessWithASentence() throws Exception {
        Start start = new Start(ENV, home(), config(Map.of()), "1", new Heard());
        try (NodeProcess process = NodeProcess.begin(start, "test")) {
            Loop loop = ENV.newLoop("failing");
            process.keep("loop", loop::close);
            loop.execute(() -> {
                throw new NoClassDefFoundError("covey/Gone");
            });
            assertThat(process.await().orElseThrow()).contains("covey/Gone", "start it again");
        }
    }

    @Test
    void aHubThatNobodyAdministersWritesALostTokenAgain() throws Exception {
        runHub(Map.of());
        Path token = home().administratorToken();
        Files.delete(token); // as a start that was killed before it wrote the file
        assertThat(runHub(Map.of())).anyMatch(said -> said.contains(token.toString()));
        assertThat(token).exists();
        assertThat(runHub(Map.of())).noneMatch(said -> said.contains(token.toString()));
        String first = Files.readString(token);
        Files.setLastModifiedTime(token, FileTime.from(Instant.now().minus(Duration.ofDays(3)))); // nobody came in time
        assertThat(runHub(Map.of())).anyMatch(said -> said.contains(token.toString()));
        assertThat(Files.readString(token)).isNotEqualTo(first);
    }

    @Test
    void aHomeThatIsADeviceOfAnotherNetworkMakesNoSecondOne() throws Exception {
        home().prepare();
        HubFolder other = new HubFolder(Files.createDirectory(folder.resolve("elsewhere")));
        other.create(ENV, List.of("127.0.0.1:1"), new Heard());
        PeerFolder peer = new PeerFolder(home().peer());
        peer.prepare(DeviceKeys.generate(ENV), other.roster());
        peer.complete(new PeerFolder.Account("anna", "desk", List.of("127.0.0.1:1")));
        assertThatThrownBy(() -> UpProcess.check(home(), config(Map.of())))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT))
                .hasMessageContainingAll("@anna", "covey peer run", "--home");
        assertThat(home().hub()).isEmptyDirectory();
    }

    @Test
    void aPeerThatTheHubDoesNotTakeSaysSoWhenItStarts() throws Exception {
        String address;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            address = "127.0.0.1:" + free.getLocalPort();
        }
        Start hub = new Start(ENV, home(), config(Map.of(Setting.HUB_LISTEN, address)), "1", new Heard());
        Thread.ofPlatform().start(new FutureTask<>(() -> HubProcess.run(hub)));
        assertThat(((Heard) hub.teller()).ready.await(40, TimeUnit.SECONDS)).isTrue();
        Home stranger = Home.of(Optional.of(folder.resolve("p").toString()), Map.of());
        stranger.prepare();
        PeerFolder peer = new PeerFolder(stranger.peer());
        peer.prepare(DeviceKeys.generate(ENV), new HubFolder(home().hub()).roster());
        peer.complete(new PeerFolder.Account("eve", "desk", List.of(address)));
        Heard heard = new Heard();
        Config config = config(Map.of(Setting.PEER_LISTEN, "127.0.0.1:0"));
        Thread.ofPlatform()
                .start(new FutureTask<>(() -> PeerProcess.run(new Start(ENV, stranger, config, "1", heard))));
        assertThat(heard.ready.await(40, TimeUnit.SECONDS)).isTrue();
        for (Home home : List.of(stranger, home())) {
            try (LocalClient client = LocalClient.connect(home.socket())) {
                client.call("{\"method\":\"stop\",\"params\":{}}");
            }
        }
        assertThat(heard.sentences)
                .anyMatch(said -> said.contains("does not take this device") && said.contains("not enrolled here"));
    }

    @Test
    void aHomeWhoseDeviceIsOfItsOwnHubsNetworkStarts() {
        home().prepare();
        HubFolder hub = new HubFolder(home().hub());
        hub.create(ENV, List.of("127.0.0.1:1"), new Heard());
        PeerFolder peer = new PeerFolder(home().peer());
        peer.prepare(DeviceKeys.generate(ENV), hub.roster());
        peer.complete(new PeerFolder.Account("anna", "desk", List.of()));
        assertThatCode(() -> UpProcess.check(home(), config(Map.of(Setting.HUB_LISTEN, "127.0.0.1:0"))))
                .doesNotThrowAnyException();
    }
}

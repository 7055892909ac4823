package covey.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two peers on networks that only the hub's machine is in both of: nothing goes direct, everything goes. */
@Tag("it")
@Timeout(600)
@SuppressWarnings("NullAway") // set before use in each test
class RelayNamespacesTest {
    private static final List<String> SPACES = List.of("covey-it-hub", "covey-it-a", "covey-it-b");

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private Processes net;

    @AfterEach
    void stop() {
        if (net != null) {
            net.stopAll(List.of("bob", "eve", "anna"));
            SPACES.forEach(space -> net.run(List.of("ip", "netns", "del", space)));
        }
    }

    @Test
    void withoutARouteTheHubRelaysAndWhySaysSo() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/sbin/ip")) || Files.isExecutable(Path.of("/sbin/ip")), "needs ip");
        net = new Processes(folder);
        assumeTrue(net.run(List.of("ip", "netns", "add", SPACES.get(0))).exit() == 0, "needs root for namespaces");
        SPACES.stream().skip(1).forEach(space -> ip("netns", "add", space));
        link("covey-it-a", "10.77.1");
        link("covey-it-b", "10.77.2");
        SPACES.forEach(space -> ip("-n", space, "link", "set", "lo", "up"));

        net.up(in("covey-it-hub"), "anna", "0.0.0.0:7440");
        net.join(in("covey-it-a"), "anna", "bob", "10.77.1.2:7441");
        net.join(in("covey-it-b"), "anna", "eve", "10.77.2.2:7441");

        net.covey("bob", "send", "@eve", "over the hub").ok();
        await().atMost(PATIENCE)
                .until(() -> net.covey("eve", "inbox", "--all").ok().out().contains("over the hub"));
        assertThat(net.covey("bob", "why", "@eve").ok().out()).contains("relayed");
        net.covey("bob", "send", "@anna", "straight").ok();
        await().atMost(PATIENCE)
                .until(() -> net.covey("bob", "why", "@anna").ok().out().contains("direct"));
    }

    private void link(String space, String subnet) {
        String near = "v" + space.charAt(space.length() - 1) + "hub";
        ip("link", "add", near, "netns", "covey-it-hub", "type", "veth", "peer", "name", "eth0", "netns", space);
        ip("-n", "covey-it-hub", "addr", "add", subnet + ".1/24", "dev", near);
        ip("-n", "covey-it-hub", "link", "set", near, "up");
        ip("-n", space, "addr", "add", subnet + ".2/24", "dev", "eth0");
        ip("-n", space, "link", "set", "eth0", "up");
    }

    private void ip(String... arguments) {
        List<String> command = new java.util.ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        net.run(command).ok();
    }

    private static List<String> in(String space) {
        return List.of("ip", "netns", "exec", space);
    }
}

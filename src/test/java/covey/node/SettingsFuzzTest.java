package covey.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import covey.Damaged;
import covey.env.Env;
import covey.env.PrivateFiles;
import covey.identity.DeviceKeys;
import covey.transport.Transport.Address;
import covey.wire.WireException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** What people write into files and fields, and what is kept in a home: taken, or refused with a sentence. */
final class SettingsFuzzTest {
    private static final int COPIES = 24;

    @TempDir
    Path folder;

    @MethodSource("configs")
    @FuzzTest(maxDuration = "10s")
    void configFiles(byte[] data) throws IOException {
        Home home = Home.of(Optional.of(folder.toString()), Map.of());
        Files.write(home.config(), data);
        try {
            Config config = Config.load(home, Map.of(), Map.of());
            for (Setting setting : Setting.values()) {
                assertThat(config.value(setting).origin()).isNotEmpty();
            }
            config.addresses(Setting.HUB_ADVERTISE, 1);
        } catch (WireException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    static Stream<byte[]> configs() {
        String text =
                "# comment\n[hub]\nlisten = \"h:1\"\nadvertise = [\"a:1\", \"[::1]:2\"]\n[log]\nlevel = \"warn\"\n";
        String unfit = "hub = 1\n[log]\nlevel = 1979-05-27\n[peer.listen]\nx = { y = [[1.5e3]] }\n";
        return Damaged.copies(
                COPIES, text.getBytes(StandardCharsets.UTF_8), unfit.getBytes(StandardCharsets.UTF_8), new byte[0]);
    }

    @MethodSource("addresses")
    @FuzzTest(maxDuration = "10s")
    void addressesAsTyped(byte[] data) {
        String typed = new String(data, StandardCharsets.UTF_8);
        for (int port : List.of(0, 7440)) {
            try {
                Address address = Address.parse(typed, port);
                assertThat(Address.parse(address.toString(), 1)).isEqualTo(address);
            } catch (IllegalArgumentException | WireException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    static Stream<byte[]> addresses() {
        return Stream.of("h:1", "10.0.0.1:7440", "[fe80::1%eth0]:65535", "::1", "example.org", "a:b:c", "")
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .flatMap(text -> Damaged.copies(COPIES / 4, text));
    }

    /** The home's own files: an account, a device key, the network's roster. */
    @MethodSource("homes")
    @FuzzTest(maxDuration = "10s")
    void filesOfAHome(byte[] data) throws IOException {
        for (String name : List.of("account.json", "device.key", "network.pb")) {
            Path peer = Files.createDirectories(folder.resolve("home/peer"));
            try (Stream<Path> old = Files.list(peer)) {
                old.forEach(path -> path.toFile().delete());
            }
            PrivateFiles.write(peer.resolve(name), data);
            PeerFolder kept = new PeerFolder(peer);
            Stream.<Runnable>of(kept::account, kept::keys, kept::roster).forEach(read -> {
                try {
                    read.run();
                } catch (WireException e) {
                    assertThat(e.getMessage()).isNotBlank();
                }
            });
        }
    }

    static Stream<byte[]> homes() throws IOException {
        Path key = Files.createTempDirectory("covey-key").resolve("key");
        DeviceKeys.generate(Env.system()).save(key);
        byte[] pem = Files.readAllBytes(key);
        Files.delete(key);
        Files.delete(key.getParent());
        String account = "{\"account\":\"anna\",\"deviceName\":\"desk\",\"hubAddresses\":[\"h:1\"]}";
        return Damaged.copies(COPIES, account.getBytes(StandardCharsets.UTF_8), pem, new byte[] {10, 2, 8, 1});
    }
}

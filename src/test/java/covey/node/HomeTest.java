package covey.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HomeTest {
    @TempDir
    Path folder;

    @Test
    void aNamedHomeHoldsEverythingInOneFolder() {
        Home home = Home.of(Optional.empty(), Map.of("COVEY_HOME", "/srv/c", "XDG_CONFIG_HOME", "/x"));
        assertThat(home.config()).isEqualTo(Path.of("/srv/c/config.toml"));
        assertThat(home.socket()).isEqualTo(Path.of("/srv/c/run/covey.sock"));
        assertThat(home.log()).isEqualTo(Path.of("/srv/c/log"));
        assertThat(Home.of(Optional.of("/other"), Map.of("COVEY_HOME", "/srv/c"))
                        .data())
                .isEqualTo(Path.of("/other"));
    }

    @Test
    void withoutANameTheXdgFoldersAreUsed() {
        Home home = Home.of(
                Optional.empty(), Map.of("HOME", "/home/a", "XDG_CONFIG_HOME", "/cfg", "XDG_DATA_HOME", "relative"));
        assertThat(home.config()).isEqualTo(Path.of("/cfg/covey/config.toml"));
        assertThat(home.data()).isEqualTo(Path.of("/home/a/.local/share/covey"));
        assertThat(home.state()).isEqualTo(Path.of("/home/a/.local/state/covey"));
        assertThat(home.run()).isEqualTo(Path.of("/home/a/.local/state/covey/run"));
        assertThat(Home.of(Optional.empty(), Map.of("XDG_RUNTIME_DIR", "/run/user/1"))
                        .run())
                .isEqualTo(Path.of("/run/user/1/covey"));
    }

    @Test
    void anEmptyNameIsRefusedAndNotTakenForNone() {
        assertThatThrownBy(() -> Home.of(Optional.of(""), Map.of("COVEY_HOME", "/srv/c")))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST))
                .hasMessageStartingWith("--home is empty");
        assertThatThrownBy(() -> Home.of(Optional.empty(), Map.of("COVEY_HOME", "")))
                .hasMessageStartingWith("COVEY_HOME is empty");
    }

    @Test
    void foldersAreForTheirOwnerOnly() throws IOException {
        Home home = Home.of(Optional.of(folder.resolve("home").toString()), Map.of());
        home.prepare();
        for (Path each : new Path[] {home.data(), home.hub(), home.peer(), home.run(), home.log()}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void aHomeThatAllMayWriteToIsRefused() throws IOException {
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> Home.of(Optional.of(open.toString()), Map.of()).prepare())
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DENIED))
                .hasMessageContaining("chmod 700");
    }

    @Test
    void oneProcessHasTheHome() {
        Home home = Home.of(Optional.of(folder.resolve("home").toString()), Map.of());
        home.prepare();
        assertThat(HomeLock.isHeld(home)).isFalse();
        try (HomeLock lock = HomeLock.acquire(home)) {
            assertThat(lock.isOpen()).isTrue();
            assertThat(HomeLock.isHeld(home)).isTrue();
            assertThatThrownBy(() -> HomeLock.acquire(home))
                    .hasMessageContaining("pid " + ProcessHandle.current().pid())
                    .hasMessageContaining("covey stop");
        }
        assertThat(HomeLock.isHeld(home)).isFalse();
        HomeLock.acquire(home).close();
    }

    @Test
    void aLockFileLeftByADeadProcessIsNoObstacle() throws IOException {
        Home home = Home.of(Optional.of(folder.resolve("home").toString()), Map.of());
        home.prepare();
        Files.writeString(home.lock(), "4711\n");
        assertThat(HomeLock.isHeld(home)).isFalse();
        HomeLock.acquire(home).close();
    }
}

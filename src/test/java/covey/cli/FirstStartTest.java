package covey.cli;

import static org.assertj.core.api.Assertions.assertThat;

import covey.env.PrivateFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a first start refuses, it refuses before anything is made. */
final class FirstStartTest {
    @TempDir
    Path folder;

    private CommandRun command = new CommandRun(Path.of("unused"));

    @BeforeEach
    void home() {
        command = new CommandRun(folder.resolve("home"));
    }

    private String file(String text) throws IOException {
        return Files.writeString(folder.resolve("secret"), text).toString();
    }

    private void assertNothingIsMade(CommandRun.Result result, int code) {
        assertThat(result.code()).isEqualTo(code);
        assertThat(result.err()).doesNotContain("RECOVERY");
        assertThat(folder.resolve("home")).doesNotExist();
    }

    @Test
    void aShortPasswordIsRefused() throws IOException {
        CommandRun.Result result = command.run("up", "--account", "anna", "--password-file", file("short\n"));
        assertNothingIsMade(result, 2);
        assertThat(result.err()).contains("This password is not taken: too short (expected: at least 8 characters).");
    }

    @Test
    void aBadNameIsRefused() throws IOException {
        assertNothingIsMade(command.run("up", "--account", "a b", "--password-file", file("long enough\n")), 2);
    }

    @Test
    void inADialogueWhatIsRefusedIsAskedThreeTimes() {
        CommandRun.Result result = command.person("a b", "anna", "short", "long enough", "not the same", "tiny")
                .run("up");
        assertNothingIsMade(result, 2);
        assertThat(result.err())
                .containsSubsequence("Try", "again.", "too short", "Try", "again.", "not the same", "too short");
    }

    @Test
    void aBusyPortIsToldBeforeAnythingIsAsked() throws IOException {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + busy.getLocalPort();
            CommandRun.Result result = command.person().run("up", "--listen", address);
            assertNothingIsMade(result, 1);
            assertThat(result.err())
                    .contains(address)
                    .contains("pid " + ProcessHandle.current().pid())
                    .contains("--listen HOST:PORT")
                    .doesNotContain("first start");
        }
    }

    /** A supervisor starts it with the same words again, and the file is there from the first time. */
    @Test
    void theFileOfTheRecoveryCodeMustBeNewAtTheFirstStartOnly() throws IOException {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String[] words = {
                "hub", "run", "--recovery-code-file", file("code"), "--listen", "127.0.0.1:" + busy.getLocalPort()
            };
            CommandRun.Result first = command.run(words);
            assertNothingIsMade(first, 2);
            assertThat(first.err()).contains("exists already");
            Path made = command.home().hubNetwork();
            Files.createDirectories(made.getParent());
            Files.write(made, new byte[0]);
            assertThat(command.run(words).err())
                    .doesNotContain("exists already")
                    .contains("--listen HOST:PORT");
        }
    }

    @Test
    void aFileThatIsNoSecretIsRefusedAndNotCut() throws IOException {
        CommandRun.Result result =
                command.run("up", "--account", "anna", "--password-file", file("x".repeat(16 * 1024 + 1)));
        assertNothingIsMade(result, 8);
        assertThat(result.err()).contains("more than 16384 bytes");
    }

    @Test
    void anAccountIsNamedOnceEitherWay() {
        for (String verb : new String[] {"join", "login"}) {
            assertThat(command.run(verb).err()).contains("covey " + verb + " NAME (or --account NAME)");
            CommandRun.Result twice = command.run(verb, "anna", "--account", "bob");
            assertThat(twice.code()).isEqualTo(2);
            assertThat(twice.err()).contains("named twice, as anna and as bob");
        }
    }

    @Test
    void whatIsToldToBeTypedNamesTheHomeThatWasGiven() {
        String home = folder.resolve("other").toString();
        assertThat(command.run("ls", "--home", home).err()).contains("`covey --home " + home + " up`");
        assertThat(command.run("ls").err()).contains("`covey up`");
    }

    @Test
    void aHomeThatHasAnAccountIsRefusedBeforeAnythingIsAsked() throws IOException {
        Path peer = Files.createDirectories(folder.resolve("home/peer"));
        PrivateFiles.write(peer.resolve("account.json"), "{\"account\":\"anna\"}".getBytes(StandardCharsets.UTF_8));
        for (String verb : List.of("join", "login")) {
            CommandRun.Result result = command.run(verb, "bob", "--token-file", "/does/not/exist");
            assertThat(result.err()).contains("this home is a device of @anna already");
        }
    }
}

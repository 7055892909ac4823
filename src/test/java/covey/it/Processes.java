package covey.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Participants of one network, each with a home folder and processes of its own, driven by {@code ./covey}. */
final class Processes {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int SECONDS_MAX = 90;

    private final Path folder;
    private final Path password;

    Processes(Path folder) throws IOException {
        this.folder = folder;
        password = folder.resolve("password");
        Files.createFile(
                password,
                java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
                        java.nio.file.attribute.PosixFilePermissions.fromString("rw-------")));
        Files.writeString(password, "correct horse battery\n");
    }

    /** What a finished command said. */
    record Said(int exit, String out, String err) {
        JsonNode json() {
            return JSON.readTree(out);
        }

        Said ok() {
            assertThat(exit).as("exit code; stderr: %s", err).isZero();
            return this;
        }
    }

    Path home(String name) {
        return folder.resolve(name);
    }

    Path password() {
        return password;
    }

    Said covey(String home, String... arguments) {
        return covey(List.of(), home, arguments);
    }

    /** Runs one command to its end, inside a network namespace when a prefix says so. */
    Said covey(List<String> prefix, String home, String... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of("./covey", "--home", home(home).toString()));
        command.addAll(List.of(arguments));
        return run(command);
    }

    Said run(List<String> command) {
        try {
            Path out = Files.createTempFile(folder, "out", ".txt");
            Path err = Files.createTempFile(folder, "err", ".txt");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().putAll(Map.of("NO_COLOR", "1"));
            Process process = builder.start();
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end within " + SECONDS_MAX + " s");
            }
            return new Said(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Hub and first peer; 127.0.0.1 unless told otherwise. */
    void up(List<String> prefix, String account, String listen) {
        covey(
                        prefix,
                        account,
                        "up",
                        "--account",
                        account,
                        "--password-file",
                        password.toString(),
                        "--recovery-code-file",
                        folder.resolve("recovery").toString(),
                        "--listen",
                        listen,
                        "--detach")
                .ok();
    }

    /** Starts again what {@link #up} made. */
    void upAgain(String account, String listen) {
        covey(account, "up", "--listen", listen, "--detach").ok();
    }

    void join(List<String> prefix, String founder, String account, String listen) {
        enrol(prefix, founder, account);
        covey(prefix, account, "peer", "run", "--listen", listen, "--detach").ok();
    }

    /** Makes the account, and starts nothing. */
    void enrol(String founder, String account) {
        enrol(List.of(), founder, account);
    }

    private void enrol(List<String> prefix, String founder, String account) {
        covey(
                        prefix,
                        account,
                        "join",
                        "--token-file",
                        home(founder).resolve("hub/member.token").toString(),
                        "--account",
                        account,
                        "--password-file",
                        password.toString())
                .ok();
    }

    /** What the history shows, oldest first. */
    List<String> texts(String home, String with) {
        return covey(home, "history", with, "--json")
                .ok()
                .json()
                .path("messages")
                .valueStream()
                .map(message -> message.path("text").asString(""))
                .toList();
    }

    long pid(String home) {
        return covey(home, "status", "--json").ok().json().path("pid").asLong();
    }

    /** kill -9. */
    void kill(String home) {
        end(home, ProcessHandle::destroyForcibly);
    }

    /** kill -TERM, as a system does that shuts down. */
    void terminate(String home) {
        end(home, ProcessHandle::destroy);
    }

    private void end(String home, Consumer<ProcessHandle> signal) {
        ProcessHandle process = ProcessHandle.of(pid(home)).orElseThrow();
        signal.accept(process);
        process.onExit().orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
    }

    /** Begins a command, which goes on; what it says is thrown away. */
    Process begin(String home, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("./covey", "--home", home(home).toString()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Sends it a signal; returns its exit code. */
    int signalled(Process process, String signal) throws InterruptedException {
        run(List.of("kill", "-" + signal, Long.toString(process.pid()))).ok();
        assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    /** Ends whatever still runs of these homes. */
    void stopAll(List<String> homes) {
        for (String home : homes) {
            covey(home, "stop");
        }
    }
}

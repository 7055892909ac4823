package covey.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A terminal of 80x24 in which somebody types, made by tmux. */
final class Terminal implements AutoCloseable {
    static final String NEEDED = "/usr/bin/tmux";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SOCKET = "covey-it-" + ProcessHandle.current().pid();

    private final Processes processes;
    private final String name;

    /** @param environment variables before the command, as for env(1) */
    Terminal(Processes processes, String name, String environment, String... arguments) {
        this.processes = processes;
        this.name = name;
        String command = "env " + environment + " ./covey --home '" + processes.home(name) + "' "
                + String.join(" ", arguments) + "; echo ended with $?; cat";
        tmux("new-session", "-d", "-s", name, "-x", "80", "-y", "24", command).ok();
    }

    private Processes.Said tmux(String... arguments) {
        List<String> command = new ArrayList<>(List.of("tmux", "-L", SOCKET, "-f", "/dev/null"));
        command.addAll(List.of(arguments));
        return processes.run(command);
    }

    void type(String text) {
        tmux("send-keys", "-t", name, "-l", text).ok();
    }

    void press(String key) {
        tmux("send-keys", "-t", name, key).ok();
    }

    void enter(String line) {
        type(line);
        press("Enter");
    }

    List<String> lines() {
        return tmux("capture-pane", "-p", "-t", name).ok().out().lines().toList();
    }

    /** From now on everything that is written to the terminal goes to this file as well. */
    void record(java.nio.file.Path file) {
        tmux("pipe-pane", "-t", name, "cat > " + file).ok();
    }

    void shows(String part) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(text()).contains(part));
    }

    void showsNoMore(String part) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(text()).doesNotContain(part));
    }

    /** What stands on the screen, wherever its lines were wrapped. */
    private String text() {
        return String.join(" ", lines().stream().map(String::strip).toList());
    }

    /** The line in which one types holds exactly this behind the prompt. */
    void showsTyped(String text) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(lines())
                        .anyMatch(line -> line.stripTrailing().endsWith("> " + text)));
    }

    /** Nothing is typed yet. */
    void showsPrompt(String prompt) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(lines()).contains(prompt));
    }

    @Override
    public void close() {
        tmux("kill-session", "-t", name);
    }
}

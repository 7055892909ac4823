package covey.cli;

import covey.node.Home;
import covey.screen.Exit;
import covey.screen.PipedStreams;
import covey.screen.Shell;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;

/**
 * A process in the background: this command again, in a session of its own. Until it is ready, what it has to say comes
 * through a pipe and is passed on; afterwards it is on its own.
 */
final class Background {
    /** Set for the process in the background. */
    private static final String VARIABLE = "COVEY_DETACHED";

    private final Shell shell;
    private final Home home;

    Background(Shell shell, Home home) {
        this.shell = shell;
        this.home = home;
    }

    static boolean isHere(Shell shell) {
        return !shell.variable(VARIABLE).isEmpty();
    }

    static void reportReady(Shell shell) {
        if (isHere(shell)) {
            PipedStreams.ready();
        }
    }

    Exit start(CommandLine command, ProcessCommand.Detached detached) throws IOException, InterruptedException {
        home.prepare();
        List<String> words = new ArrayList<>(session());
        words.addAll(thisJava());
        words.addAll(command.getParent() == null ? List.of() : typed(command));
        words.addAll(detached.arguments());
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().put(VARIABLE, "1");
        builder.redirectError(
                ProcessBuilder.Redirect.appendTo(home.log().resolve("out.log").toFile()));
        Process process = builder.start();
        try (OutputStream input = process.getOutputStream()) {
            input.write((detached.input() + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            shell.say("covey: the process ended early: " + e.getMessage());
        }
        if (passOn(process)) {
            shell.out().println(process.pid());
            return Exit.OK;
        }
        int code = process.waitFor();
        throw Exit.ofCode(code)
                .because("The process ended before it was ready (exit code " + code + "). See " + home.log() + ".");
    }

    /** True when the process says that it is ready, false when it ends before. */
    private boolean passOn(Process process) throws IOException {
        try (BufferedReader told = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = told.readLine(); line != null; line = told.readLine()) {
                if (line.equals(PipedStreams.READY)) {
                    return true;
                }
                if (line.startsWith(PipedStreams.NOTE)) {
                    shell.say(line.substring(PipedStreams.NOTE.length()));
                } else {
                    shell.out().println(line);
                }
            }
            return false;
        }
    }

    /** Out of reach of this terminal's signals. */
    private static List<String> session() {
        return Optional.of(Path.of("/usr/bin/setsid"))
                .filter(Files::isExecutable)
                .map(setsid -> List.of(setsid.toString()))
                .orElse(List.of("nohup"));
    }

    private static List<String> thisJava() {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        return words;
    }

    /** The command as it was typed, without the wish to detach. */
    private static List<String> typed(CommandLine command) {
        CommandLine root = command;
        while (root.getParent() != null) {
            root = root.getParent();
        }
        return root.getParseResult().originalArgs().stream()
                .filter(word -> !word.equals("--detach"))
                .toList();
    }
}

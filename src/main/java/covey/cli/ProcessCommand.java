package covey.cli;

import covey.node.Config;
import covey.node.Start;
import covey.node.Teller;
import covey.screen.Exit;
import covey.wire.WireException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** A command that is a process: runs until it is told to stop, here or in the background. */
abstract class ProcessCommand extends Verb {
    @Option(names = "--detach")
    private boolean detach;

    /** What a process in the background is given beyond what was typed, and what it reads from standard input. */
    record Detached(List<String> arguments, String input) {}

    abstract SettingFlags flags();

    /** Runs until told to stop; returns why it failed, empty = it was asked to end. */
    abstract Optional<String> runHere(Start start) throws InterruptedException;

    /** Refuses what would be refused later, before anybody is asked anything. */
    void check(Config config) {}

    /** Asks what must be asked while there still is a terminal. */
    Detached detached() {
        return new Detached(List.of(), "");
    }

    @Override
    final Exit run() throws IOException, InterruptedException {
        Config config = Config.load(home(), shell().environment(), flags().all());
        flags().recoveryCodeFile()
                .filter(file -> !home().hasHub() && Files.exists(file))
                .ifPresent(file -> {
                    throw Exit.USAGE.because("The file " + file + " exists already (expected: a new one).");
                });
        check(config);
        if (detach) {
            return new Background(shell(), home()).start(spec.commandLine(), detached());
        }
        covey().exitOrderly();
        Optional<String> failure =
                runHere(new Start(shell().env(), home(), config, Covey.Version.text(), new AtShell()));
        if (failure.isPresent()) {
            throw Exit.FAILED.because("It cannot go on: " + failure.get());
        }
        return Exit.OK;
    }

    /** Speaks to whoever started the process in a shell. */
    private final class AtShell implements Teller {
        @Override
        public void say(String sentence) {
            ProcessCommand.this.say(sentence);
        }

        @Override
        public void print(String line) {
            ProcessCommand.this.print(line);
        }

        @Override
        public void recoveryCode(String code) {
            flags().recoveryCodeFile()
                    .ifPresentOrElse(
                            file -> write(file, code),
                            () -> RecoveryCode.box(code).forEach(this::say));
        }

        private void write(Path file, String code) {
            try {
                RecoveryCode.write(file, code);
            } catch (IOException e) {
                throw new WireException(
                        covey.wire.proto.ErrorCode.DENIED,
                        "The recovery code cannot be written to " + file + ": " + reason(e) + ".");
            }
            say("The network's recovery code is in " + file + ". Keep it away from this machine.");
        }

        @Override
        public String howToEnd() {
            return Background.isHere(shell()) ? "`covey stop`" : "Ctrl-C";
        }

        @Override
        public void ready() {
            shell().out().flush();
            Background.reportReady(shell());
        }
    }
}

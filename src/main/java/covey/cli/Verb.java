package covey.cli;

import covey.node.Home;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What all commands share: the surroundings, the home, its process. */
abstract class Verb implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before anything runs
    CommandSpec spec;

    /** Does what the command is for; throws {@link CommandFailure}. */
    abstract Exit run() throws IOException, InterruptedException;

    @Override
    public final Integer call() throws IOException, InterruptedException {
        return run().code();
    }

    Covey covey() {
        return (Covey) spec.root().userObject();
    }

    Shell shell() {
        return covey().shell();
    }

    Home home() {
        return covey().home();
    }

    LocalNode node() {
        return new LocalNode(home(), shell());
    }

    Secrets secrets() {
        return new Secrets(shell());
    }

    /** Data, on standard output. */
    void print(String line) {
        shell().out().println(line);
    }

    /** For the person, on standard error. */
    void say(String sentence) {
        shell().say(covey().hints(sentence));
    }

    /** Before something that cannot be undone: asks at a terminal, insists on --yes elsewhere. */
    void confirm(boolean yes, String question) {
        if (yes) {
            return;
        }
        if (!shell().person().isThere()) {
            throw new CommandFailure(Exit.USAGE, "There is no terminal to ask: " + question + " Say it with --yes.");
        }
        String answer = shell().person().line(question + " [y/N] ").orElse("");
        if (!answer.strip().toLowerCase(java.util.Locale.ROOT).startsWith("y")) {
            throw new CommandFailure(Exit.FAILED, "Nothing was changed.");
        }
    }

    /** "@bob" or "bob" -> "bob". */
    static String account(String typed) {
        return typed.startsWith("@") && !typed.equals("@hub") ? typed.substring(1) : typed;
    }

    /** "lab" or "#lab" -> "#lab". */
    static String room(String typed) {
        return typed.startsWith("#") ? typed : "#" + typed;
    }

    /** What went wrong with a file, in words. */
    static String reason(IOException e) {
        return switch (e) {
            case java.nio.file.NoSuchFileException missing -> "it does not exist";
            case java.nio.file.AccessDeniedException denied -> "access is denied";
            default -> String.valueOf(e.getMessage() == null ? e : e.getMessage());
        };
    }
}

package covey.cli;

import covey.node.Home;
import covey.screen.CommandFailure;
import covey.screen.Exit;
import covey.screen.LocalNode;
import covey.screen.SafeText;
import covey.screen.Shell;
import covey.screen.Times;
import covey.web.Json;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
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
        return new LocalNode(home(), shell(), covey()::hints);
    }

    /** Asks the process; with {@code json} the answer is printed as it came, else it is returned, to be shown. */
    final Optional<Json> ask(boolean json, String method, Object... namesAndValues) {
        String answer = node().askText(method, namesAndValues);
        if (json) {
            print(SafeText.json(answer));
            return Optional.empty();
        }
        return Optional.of(Json.parse(answer));
    }

    /** A line for each element. Columns stand between bars: "NAME | SINCE" and "{name} | {time:sinceMillis}". */
    final void show(List<Json> elements, String heads, String cells) {
        Table table = heads.isEmpty() ? new Table() : new Table(heads.split(" \\| "));
        elements.forEach(element -> table.row(form(), cells, element));
        table.print(shell());
    }

    /** One line for each line of the text: a name, spaces, and a {@link Form}. */
    final Table table(Json answer, String lines) {
        Table table = new Table();
        lines.lines().forEach(line -> table.row(form(), line.replaceFirst(" +", " | "), answer));
        return table;
    }

    final Form form() {
        return new Form(new Times(shell()));
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
            throw Exit.USAGE.because("There is no terminal to ask: " + question + " Say it with --yes.");
        }
        String answer = shell().person().line(question + " [y/N] ").orElse("");
        if (!answer.strip().toLowerCase(java.util.Locale.ROOT).startsWith("y")) {
            throw Exit.FAILED.because("Nothing was changed.");
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

package covey.screen;

import covey.env.Env;
import java.io.BufferedReader;
import java.io.Console;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The surroundings of a command: streams, environment and the person, if there is one. Tests make their own. */
public record Shell(
        Env env, Map<String, String> environment, InputStream in, PrintStream out, PrintStream err, Person person) {

    /** Who may be asked. */
    public interface Person {
        /** False without a terminal: then nothing is asked. */
        boolean isThere();

        /** Empty at the end of input. */
        Optional<String> line(String prompt);

        /** Not shown while typed. */
        Optional<char[]> secret(String prompt);

        /** Done when Ctrl-C ends the process; not when the command ends by itself. */
        void whenInterrupted(Runnable task);
    }

    /** The real one; asking the machine about its terminal is put off until somebody wants to know. */
    public static Shell ofProcess() {
        boolean isDetached = System.getenv("COVEY_DETACHED") != null;
        PrintStream out = isDetached ? PipedStreams.data() : utf8(java.io.FileDescriptor.out);
        PrintStream err = isDetached ? PipedStreams.notes() : utf8(java.io.FileDescriptor.err);
        // Whatever the locale says, Covey's text is UTF-8; libraries must not print past these either.
        System.setOut(out);
        System.setErr(err);
        return new Shell(Env.system(), System.getenv(), System.in, out, err, new AtTerminal(err));
    }

    private static PrintStream utf8(java.io.FileDescriptor descriptor) {
        return new PrintStream(
                new java.io.BufferedOutputStream(new java.io.FileOutputStream(descriptor), 8192),
                true,
                StandardCharsets.UTF_8);
    }

    public String variable(String name) {
        return environment.getOrDefault(name, "");
    }

    /** Standard input as text, line by line. One per process: it reads ahead. */
    BufferedReader lines() {
        return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    public PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    /** Waits while something outside of this process comes about. */
    public void pause(long millis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(millis);
    }

    /** Something for the person: never on standard output, which belongs to data. */
    public void say(String sentence) {
        err.println(fit(sentence));
    }

    /** At a terminal, broken between words where it would be torn; elsewhere as it is. */
    public String fit(String prose) {
        return Wrap.prose(prose, columns());
    }

    /** Of the terminal; without one, no line is too long. */
    public int columns() {
        String told = variable("COLUMNS");
        return !person.isThere() ? Integer.MAX_VALUE : told.matches("[1-9]\\d{1,3}") ? Integer.parseInt(told) : 80;
    }

    /** The person at this process' terminal. */
    private static final class AtTerminal implements Person {
        private final PrintStream err;

        AtTerminal(PrintStream err) {
            this.err = err;
        }

        private static Optional<Console> console() {
            return Optional.ofNullable(System.console()).filter(Console::isTerminal);
        }

        @Override
        public boolean isThere() {
            return console().isPresent();
        }

        @Override
        public Optional<String> line(String prompt) {
            err.print(prompt);
            err.flush();
            return console().map(Console::readLine);
        }

        @Override
        public Optional<char[]> secret(String prompt) {
            err.print(prompt);
            err.flush();
            return console().map(Console::readPassword);
        }

        @Override
        public void whenInterrupted(Runnable task) {
            // A command's own end is a halt, which runs no hooks.
            Runtime.getRuntime().addShutdownHook(new Thread(task, "covey-interrupted"));
        }
    }
}

package covey.cli;

import covey.node.Home;
import covey.screen.Paint;
import covey.screen.Shell;
import java.util.Optional;
import java.util.regex.Matcher;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The root of all commands, with the options that every command has. */
@Command(name = "covey", versionProvider = Covey.Version.class)
final class Covey {
    @Option(names = "--home", paramLabel = "DIR", scope = ScopeType.INHERIT)
    private Optional<String> home = Optional.empty();

    @Option(names = "--color", paramLabel = "WHEN", scope = ScopeType.INHERIT)
    private Paint.When color = Paint.When.auto;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT)
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true)
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean version;

    private final Shell shell;
    private boolean needsOrderlyExit;

    Covey(Shell shell) {
        this.shell = shell;
    }

    Shell shell() {
        return shell;
    }

    Home home() {
        return Home.of(home, shell.environment());
    }

    Paint paint() {
        return Paint.of(color, shell);
    }

    /** Commands of this home stand in backticks in a sentence; with --home, what is told to be typed says it too. */
    String hints(String sentence) {
        return home.map(folder -> Matcher.quoteReplacement("`covey --home " + folder + " "))
                .map(named -> sentence.replaceAll("`covey (?=[a-z])", named))
                .orElse(sentence);
    }

    /** Said by commands that load native libraries or start threads: hooks must run at the end. */
    void exitOrderly() {
        needsOrderlyExit = true;
    }

    boolean needsOrderlyExit() {
        return needsOrderlyExit;
    }

    /** What this build calls itself. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"covey " + text()};
        }

        static String text() {
            String version = Version.class.getPackage().getImplementationVersion();
            return version == null ? "(unpackaged)" : version;
        }
    }
}

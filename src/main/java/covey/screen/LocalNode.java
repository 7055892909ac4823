package covey.screen;

import covey.node.Home;
import covey.node.HomeLock;
import covey.web.Json;
import covey.web.LocalClient;
import java.nio.file.Files;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The running process of a home, as commands see it. */
public final class LocalNode {
    /** From a process' first line to its socket, and from its last one to its end, on a busy machine. */
    private static final int CHANGING_MILLIS_MAX = 3_000;

    private static final int POLL_MILLIS = 50;

    private final Home home;
    private final Shell shell;
    private final UnaryOperator<String> hints;

    /** @param hints names the home in commands of a sentence */
    public LocalNode(Home home, Shell shell, UnaryOperator<String> hints) {
        this.home = home;
        this.shell = shell;
        this.hints = hints;
    }

    Shell shell() {
        return shell;
    }

    /** Asks and waits. */
    public Json ask(String method, Object... namesAndValues) {
        return Json.parse(askText(method, namesAndValues));
    }

    /** The answer as it came, for {@code --json}. */
    public String askText(String method, Object... namesAndValues) {
        return follow(method, event -> {}, namesAndValues);
    }

    /** Hears events until the process ends the stream, or goes away, which is a failure. */
    public String follow(String method, Consumer<String> event, Object... namesAndValues) {
        try (LocalClient client = connect()) {
            return client.call(request(method, namesAndValues), event);
        } catch (LocalClient.RefusedException e) {
            throw new CommandFailure(Exit.of(e.code().name()), String.valueOf(e.getMessage()));
        }
    }

    static String request(String method, Object... namesAndValues) {
        return "{\"method\":\"" + method + "\",\"params\":" + Json.object(namesAndValues) + "}";
    }

    LocalClient connect() {
        for (int waited = 0; ; waited += POLL_MILLIS) {
            try {
                return LocalClient.connect(home.socket());
            } catch (LocalClient.NotRunningException e) {
                if (waited >= CHANGING_MILLIS_MAX || !HomeLock.isHeld(home)) {
                    throw absent();
                }
            }
            try {
                shell.pause(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw Exit.INTERRUPTED.because("Interrupted.");
            }
        }
    }

    public boolean isRunning() {
        try {
            LocalClient.connect(home.socket()).close();
            return true;
        } catch (LocalClient.NotRunningException e) {
            return false;
        }
    }

    /** What a person types to have the process back. */
    String whatToStart() {
        return hints.apply(whatToStart(home));
    }

    private CommandFailure absent() {
        if (HomeLock.isHeld(home)) {
            return Exit.UNREACHABLE.because("The covey process (" + HomeLock.holder(home) + ") of the home " + home
                    + " is starting or stopping. Try again in a moment.");
        }
        return Exit.UNREACHABLE.because("No covey process runs in the home " + home + ". " + whatToStart());
    }

    private static String whatToStart(Home home) {
        boolean hub = home.hasHub();
        boolean account = home.hasAccount();
        if (hub && account) {
            return "Start it with `covey up`.";
        }
        if (hub) {
            return "Start it with `covey hub run`.";
        }
        if (account) {
            return "Start it with `covey peer run`.";
        }
        if (Files.exists(home.data()) && !Files.isDirectory(home.data())) {
            return "It is a file (expected: a folder); choose another --home.";
        }
        if (Files.exists(home.data()) && !Files.isExecutable(home.data())) {
            return "It cannot be read: run as its owner, or choose another --home.";
        }
        return "It is " + (Files.exists(home.data()) ? "empty" : "new")
                + ": start a network with `covey up`, or join one with `covey join` and then run `covey peer run`.";
    }
}

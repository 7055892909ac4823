package covey.cli;

import covey.node.Knocks;
import covey.screen.Exit;
import covey.screen.Shell;
import covey.transport.Transport.Address;
import covey.web.Json;
import covey.web.LocalServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Does what short commands do, so that the build can record which classes and code they need for the start-up cache. It
 * talks to a second process that only pretends ({@code --serve}): the cache is better without a server's classes. A
 * command that is missing here starts slower, nothing worse.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand extends Verb {
    private static final int ROUNDS = 3;
    private static final int SERVE_SECONDS_MAX = 120;

    /** Enough for the compiler to have seen all of a handshake. */
    private static final int KNOCKS = 400;

    /** Commands, and answers to their requests. */
    private final Properties script = new Properties();

    @Option(names = "--serve")
    private boolean serve;

    @Option(names = "--knock")
    private boolean knock;

    @Override
    Exit run() throws IOException, InterruptedException {
        try (InputStream in = WarmUpCommand.class.getResourceAsStream("warm-up.properties")) {
            script.load(in);
        }
        if (serve) {
            serve();
            return Exit.OK;
        }
        if (knock) {
            knock();
            return Exit.OK;
        }
        Map<String, String> environment = new HashMap<>(shell().environment());
        environment.put("COVEY_HOME", home().data().toString());
        Shell silent = new Shell(
                shell().env(), environment, InputStream.nullInputStream(), silence(), silence(), shell().person());
        while (Main.run(silent, "status") != Exit.OK.code()) {
            shell().pause(100);
        }
        for (int i = 0; i < ROUNDS; i++) {
            for (String command : script.getProperty("commands").split(", ")) {
                Main.run(silent, command.split(" "));
            }
        }
        node().ask("stop");
        return Exit.OK;
    }

    /** The same for a long-running process: a hub of this home is trained by many who come at once, then ends. */
    private void knock() throws InterruptedException {
        while (!node().isRunning()) {
            shell().pause(100);
        }
        Knocks.at(shell().env(), Address.parse(node().ask("hub.status").text("listen"), 0), KNOCKS);
        node().ask("stop");
    }

    private void serve() throws InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        try (LocalServer server = LocalServer.open(home().socket(), (request, reply) -> {
            String method = Json.parse(request).text("method");
            reply.result(script.getProperty(method, "{}"));
            if (method.equals("stop")) {
                stopped.countDown();
            }
        })) {
            boolean isTold = stopped.await(SERVE_SECONDS_MAX, TimeUnit.SECONDS);
            say("Served at " + server.path() + (isTold ? "." : " for nothing."));
        }
    }

    private static PrintStream silence() {
        return new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    }
}

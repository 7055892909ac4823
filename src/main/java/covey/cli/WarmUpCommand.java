package covey.cli;

import covey.web.Json;
import covey.web.LocalServer;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
@Man(exits = {})
final class WarmUpCommand extends Verb {
    private static final int ROUNDS = 3;
    private static final int SERVE_SECONDS_MAX = 120;

    private static final Map<String, String> ANSWERS = Map.of(
            "status",
            """
            {"pid":1,"role":"member","account":"anna","device":"abcd-efgh-ijkl-mnop","deviceName":"laptop",\
            "network":"x","hub":{"state":"connected","address":"10.0.0.1:7440",\
            "sinceMillis":1,"why":""},"links":[{"account":"bob",\
            "device":"abcd-efgh-ijkl-mnop","path":"direct","address":"10.0.0.2:7441",\
            "rttMillis":1,"sinceMillis":1}]}""",
            "ls",
            """
            {"accounts":[{"account":"anna","role":"member","devices":[{"device":"x","name":"laptop","state":"online",\
            "sinceMillis":1,"link":"direct","why":""}]}],"hub":{"state":"connected"}}""",
            "send",
            "{\"message\":{\"id\":\"x\",\"state\":\"DELIVERED\",\"reason\":\"\"}}",
            "inbox",
            """
            {"messages":[{"id":"x","conversation":"@bob","from":"bob","text":"Lunch?","receivedMillis":1,\
            "direction":"in"}]}""",
            "hub.status",
            "{\"pid\":1,\"leader\":\"x\",\"survives\":\"a crash\"}");

    private static final List<List<String>> COMMANDS = List.of(
            List.of("status"),
            List.of("status", "--json"),
            List.of("ls"),
            List.of("send", "@bob", "Lunch?"),
            List.of("inbox"),
            List.of("history", "@bob", "--since", "2h"),
            List.of("hub", "status"),
            List.of("whoami", "--json"),
            List.of("room", "ls"),
            List.of("send"),
            List.of("--help"),
            List.of("send", "--help"));

    @Option(names = "--serve")
    private boolean serve;

    @Override
    Exit run() throws InterruptedException {
        if (serve) {
            serve();
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
            COMMANDS.forEach(command -> Main.run(silent, command.toArray(String[]::new)));
        }
        node().ask("stop");
        return Exit.OK;
    }

    private void serve() throws InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        try (LocalServer server = LocalServer.open(home().socket(), (request, reply) -> {
            String method = Json.parse(request).text("method");
            reply.result(Optional.ofNullable(ANSWERS.get(method)).orElse("{}"));
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

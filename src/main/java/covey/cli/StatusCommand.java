package covey.cli;

import covey.screen.Exit;
import covey.screen.Paint;
import covey.screen.SafeText;
import covey.screen.Times;
import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "status")
final class StatusCommand extends Reading {
    private static final long POLL_MILLIS = 50;

    private static final String SHOWN = """
            account    {person:account}, {role}
            device     {deviceName} ({id:device})
            network    {networkName} ({id:network})
            hub        {hub.state} {hub.address} since {time:hub.sinceMillis}
            waiting    {queued} to send, {unread} unread
            directory  {directorySize} entries
            process    pid {pid}, version {version}
            home       {home}""";

    @Option(names = "--wait")
    private boolean wait;

    @Option(names = "--timeout", paramLabel = "SPAN")
    private String timeout = "30s";

    @Override
    Exit run() throws InterruptedException {
        long millis = Times.span(timeout);
        long left = wait ? awaitProcess(millis) : millis;
        String answer = node().askText("status", "wait", wait, "timeoutMillis", left);
        Json status = Json.parse(answer);
        if (json) {
            print(SafeText.json(answer));
        } else {
            show(status);
        }
        String hub = status.at("hub").text("state");
        if (wait && !hub.equals("connected")) {
            say("covey: no hub after " + Times.spanText(millis) + " (" + hub + "): "
                    + status.at("hub").text("why"));
            return Exit.UNREACHABLE;
        }
        return Exit.OK;
    }

    /** A process that was just started takes a moment until it listens. Returns what is left of the time. */
    private long awaitProcess(long millis) throws InterruptedException {
        long end = shell().env().clock().monotonicMillis() + millis;
        while (true) {
            long left = end - shell().env().clock().monotonicMillis();
            if (node().isRunning() || left <= 0) {
                return Math.max(1, left);
            }
            shell().pause(Math.min(POLL_MILLIS, left));
        }
    }

    private void show(Json status) {
        Paint paint = covey().paint();
        String state = status.at("hub").text("state");
        String painted = state.equals("connected") ? paint.good(state) : paint.warning(state);
        String why = SafeText.line(status.at("hub").text("why"));
        for (String line : table(status, SHOWN).lines(shell().columns())) {
            boolean isHub = line.startsWith("hub ");
            String whole = isHub && !why.isEmpty() ? shell().fit(line + ": " + why) : line;
            print(isHub ? whole.replaceFirst(state, painted) : whole);
        }
        Table links = new Table();
        for (Json link : status.list("links")) {
            boolean isExplained =
                    link.text("path").equals("relayed") && !link.text("why").isEmpty();
            links.row(
                    form(),
                    "link | {person:account} {id:device} | {path} | {address} | {rttMillis} ms"
                            + " | since {time:sinceMillis}" + (isExplained ? ": {why}" : ""),
                    link);
        }
        links.print(shell());
        if (status.flag("fork")) {
            say(paint.bad("The hub showed two contradicting directories. The evidence is kept; tell your"
                    + " administrator."));
        }
    }
}

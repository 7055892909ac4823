package covey.cli;

import covey.web.Json;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "status")
@Man(exits = {Exit.DENIED, Exit.UNREACHABLE})
final class StatusCommand extends Reading {
    private static final long POLL_MILLIS = 50;

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
        Times times = new Times(shell());
        Json hub = status.at("hub");
        String state = hub.text("state");
        String hubText = state.equals("connected") ? paint.good(state) : paint.warning(state);
        String why = hub.text("why").isEmpty() ? "" : ": " + SafeText.line(hub.text("why"));
        List<String> lines = new ArrayList<>(new Table()
                .row("account", MessageText.person(status.text("account")) + ", " + status.text("role"))
                .row("device", status.text("deviceName") + " (" + Devices.shortId(status.text("device")) + ")")
                .row("network", status.text("networkName") + " (" + Devices.shortId(status.text("network")) + ")")
                .row("hub", "\u0000")
                .row("waiting", status.number("queued") + " to send, " + status.number("unread") + " unread")
                .row("directory", status.number("directorySize") + " entries")
                .row("process", "pid " + status.number("pid") + ", version " + status.text("version"))
                .row("home", status.text("home"))
                .lines());
        lines.replaceAll(line -> line.replace(
                SafeText.line("\u0000"),
                hubText + " " + SafeText.line(hub.text("address")) + " since " + times.of(hub.number("sinceMillis"))
                        + why));
        lines.forEach(this::print);
        links(status, times);
        if (status.has("fork") && status.flag("fork")) {
            say(paint.bad("The hub showed two contradicting directories. The evidence is kept; tell your"
                    + " administrator."));
        }
    }

    private void links(Json status, Times times) {
        Table table = new Table();
        for (Json link : status.list("links")) {
            String path = link.text("path");
            table.row(
                    "link",
                    MessageText.person(link.text("account")) + " " + Devices.shortId(link.text("device")),
                    path.equals("relayed") && !link.text("why").isEmpty() ? path + ": " + link.text("why") : path,
                    link.text("address"),
                    link.number("rttMillis") + " ms",
                    "since " + times.of(link.number("sinceMillis")));
        }
        table.print(shell());
    }
}

package covey.cli;

import covey.web.Json;
import picocli.CommandLine.Command;

@Command(name = "status")
@Man
final class HubStatusCommand extends Reading {
    @Override
    Exit run() {
        show("hub.status", answer -> {
            Times times = new Times(shell());
            new Table()
                    .row("network", answer.text("networkName") + " (" + Devices.shortId(answer.text("network")) + ")")
                    .row("listens", answer.text("listen"))
                    .row(
                            "key",
                            String.join(
                                    " ",
                                    answer.list("keyWords").stream()
                                            .map(Json::text)
                                            .toList()))
                    .row("leader", answer.text("leader") + ", term " + answer.number("term"))
                    .row("log", answer.number("appliedIndex") + " entries, level " + answer.number("level"))
                    .row(
                            "accounts",
                            answer.number("accounts") + ", " + answer.number("devices") + " devices, "
                                    + answer.number("sessions") + " online")
                    .row("directory", answer.number("directorySize") + " entries")
                    .row("mail", answer.number("mailWaiting") + " waiting")
                    .row("relayed", answer.number("relayedFrames") + " frames")
                    .row(
                            "process",
                            "pid " + answer.number("pid") + ", since " + times.of(answer.number("startedMillis")))
                    .row("survives", answer.text("survives"))
                    .print(shell());
        });
        return Exit.OK;
    }
}

package covey.cli;

import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "why")
@Man(exits = {Exit.NOT_FOUND, Exit.UNREACHABLE})
final class WhyCommand extends Reading {
    @Parameters(paramLabel = "NAME")
    private String account = "";

    @Override
    Exit run() {
        show("why", this::explain, "account", account(account));
        return Exit.OK;
    }

    private void explain(Json answer) {
        Times times = new Times(shell());
        for (Json device : answer.list("devices")) {
            print(SafeText.line(MessageText.person(answer.text("account")) + "/" + device.text("name") + " ("
                    + Devices.shortId(device.text("device")) + "): " + device.text("now") + ", "
                    + (device.flag("online") ? "online" : "offline")));
            if (!device.text("why").isEmpty()) {
                print("  " + SafeText.line(device.text("why")));
            }
            Table table = new Table();
            for (Json attempt : device.list("attempts")) {
                table.row(
                        "  " + times.of(attempt.number("atMillis")),
                        attempt.text("address"),
                        attempt.number("millis") + " ms",
                        attempt.text("result"));
            }
            table.print(shell());
        }
        if (answer.list("devices").isEmpty()) {
            print(SafeText.line(MessageText.person(answer.text("account"))) + " has no device: messages wait at"
                    + " the hub.");
        }
    }
}

package covey.cli;

import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "verify")
@Man(exits = {Exit.NOT_FOUND, Exit.UNREACHABLE, Exit.DAMAGED})
final class VerifyCommand extends Reading {
    @Parameters(paramLabel = "NAME")
    private String account = "";

    @Override
    Exit run() {
        show(
                "verify",
                answer -> {
                    print(words(answer));
                    Table table = new Table();
                    for (Json device : answer.list("devices")) {
                        table.row("  device " + Devices.shortId(device.text("device")), words(device));
                    }
                    table.print(shell());
                    say("Ask @" + account(account) + " to run covey verify with your name and compare, not by"
                            + " chat.");
                },
                "account",
                account(account));
        return Exit.OK;
    }

    private static String words(Json of) {
        return SafeText.line(
                String.join(" ", of.list("words").stream().map(Json::text).toList()));
    }
}

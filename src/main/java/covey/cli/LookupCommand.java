package covey.cli;

import covey.screen.Exit;
import covey.screen.MessageText;
import covey.web.Json;
import covey.wire.Sizes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "lookup")
final class LookupCommand extends Reading {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Override
    Exit run() {
        asked("lookup", "id", id).ifPresent(answer -> {
            Table table = new Table("HOLDER", "DEVICE", "STATE", "HAS", "LINK", "SIZE", "AS");
            for (Json one : answer.list("holders")) {
                long rtt = one.number("rttMillis");
                table.row(
                        MessageText.person(one.text("account")),
                        Devices.shortId(one.text("device")),
                        one.flag("online") ? "online" : "offline",
                        one.number("permille") / 10 + " %",
                        one.text("near") + (rtt > 0 ? ", " + rtt + " ms" : ""),
                        Sizes.text(one.number("bytes")),
                        one.text("path"));
            }
            table.print(shell());
        });
        return Exit.OK;
    }
}

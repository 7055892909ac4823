package covey.cli;

import covey.screen.DeviceText;
import covey.screen.Exit;
import covey.screen.MessageText;
import covey.screen.Paint;
import covey.screen.Times;
import covey.web.Json;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "ls")
final class LsCommand extends Reading {
    @Option(names = {"-w", "--watch"})
    private boolean watch;

    @Override
    Exit run() {
        if (watch) {
            new Following(this).follow("ls.watch", this::text);
        } else {
            asked("ls").ifPresent(answer -> print(text(answer)));
        }
        return Exit.OK;
    }

    private String text(Json answer) {
        Times times = new Times(shell());
        Paint paint = covey().paint();
        Table table = new Table("ACCOUNT", "DEVICE", "STATE", "SINCE", "LINK");
        for (Json account : answer.list("accounts")) {
            String name = MessageText.person(account.text("account")) + remarks(account);
            for (Json device : account.list("devices")) {
                table.row(
                        name,
                        device.text("name"),
                        DeviceText.state(device),
                        times.of(device.number("sinceMillis")),
                        DeviceText.link(device));
            }
            if (account.list("devices").isEmpty()) {
                table.row(name, "", "", "", "");
            }
        }
        List<String> lines = table.lines(shell().columns());
        StringBuilder out = new StringBuilder(paint.bold(lines.getFirst()));
        lines.stream().skip(1).forEach(line -> out.append('\n').append(line));
        String hub = answer.at("hub").text("state");
        if (!hub.isEmpty() && !hub.equals("connected")) {
            out.append('\n')
                    .append(paint.warning("The hub is " + hub + ": this is how things were when it was last heard."));
        }
        return watch ? out.append('\n').toString() : out.toString();
    }

    private static String remarks(Json account) {
        String role = account.text("role");
        String shown = role.isEmpty() || role.equals("member") ? "" : " (" + role + ")";
        return shown + (account.flag("disabled") ? " (disabled)" : "") + (account.flag("blocked") ? " (blocked)" : "");
    }
}

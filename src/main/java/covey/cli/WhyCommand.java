package covey.cli;

import covey.screen.Exit;
import covey.screen.SafeText;
import covey.screen.Wrap;
import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "why")
final class WhyCommand extends Reading {
    @Parameters(paramLabel = "NAME")
    private String account = "";

    @Override
    Exit run() {
        asked("why", "account", account(account)).ifPresent(this::explain);
        return Exit.OK;
    }

    private void explain(Json answer) {
        Form form = form();
        String who = SafeText.line(form.fill("{person:account}", answer));
        for (Json device : answer.list("devices")) {
            print(who + SafeText.line(form.fill("/{name} ({id:device}): {now}, {online?online:offline}", device)));
            if (!device.text("why").isEmpty()) {
                print("  " + Wrap.hanging(SafeText.line(device.text("why")), 2, shell().columns()));
            }
            show(device.list("attempts"), "", "  {time:atMillis} | {address} | {millis} ms | {result}");
        }
        if (answer.list("devices").isEmpty()) {
            print(who + " has no device: messages wait at the hub.");
        }
    }
}

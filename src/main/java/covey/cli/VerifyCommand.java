package covey.cli;

import covey.screen.Exit;
import covey.screen.SafeText;
import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "verify")
final class VerifyCommand extends Reading {
    @Parameters(paramLabel = "NAME")
    private String account = "";

    @Override
    Exit run() {
        asked("verify", "account", account(account)).ifPresent(answer -> {
            Form form = form();
            print(SafeText.line(form.fill("{words:words}", answer)));
            Table table = new Table();
            for (Json device : answer.list("devices")) {
                table.row(form.fill("  device {id:device}", device), form.fill("{words:words}", device));
            }
            table.print(shell());
            say("Ask @" + account(account) + " to run covey verify with your name and compare, not by chat.");
        });
        return Exit.OK;
    }
}

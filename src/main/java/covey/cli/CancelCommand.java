package covey.cli;

import covey.screen.Exit;
import covey.screen.SafeText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "cancel")
final class CancelCommand extends Verb {
    @Parameters(paramLabel = "NUMBER")
    private long number;

    @Override
    Exit run() {
        String name = node().ask("cancel", "number", number).at("transfer").text("name");
        say("Cancelled: " + SafeText.line(name) + ".");
        return Exit.OK;
    }
}

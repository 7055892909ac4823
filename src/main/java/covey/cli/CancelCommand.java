package covey.cli;

import covey.screen.Exit;
import covey.screen.SafeText;
import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "cancel")
final class CancelCommand extends Verb {
    @Parameters(paramLabel = "NUMBER")
    private long number;

    @Override
    Exit run() {
        Json answer = node().ask("cancel", "number", number);
        Json offer = answer.at("offer");
        say(
                offer.text("name").isEmpty()
                        ? "Cancelled: " + SafeText.line(answer.at("transfer").text("name")) + "."
                        : "Taken back: " + SafeText.line(offer.text("name")) + ", offered to "
                                + SafeText.line(offer.text("to")) + ". Who fetched it already keeps it.");
        return Exit.OK;
    }
}

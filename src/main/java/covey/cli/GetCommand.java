package covey.cli;

import covey.screen.Exit;
import covey.screen.SafeText;
import covey.screen.Times;
import covey.web.Json;
import covey.wire.Sizes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "get")
final class GetCommand extends Reading {
    @Parameters(paramLabel = "REF")
    private String ref = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "PATH")
    private String output = "";

    @Option(names = "--from", paramLabel = "NAME")
    private List<String> from = new ArrayList<>();

    @Option(names = "--wait", paramLabel = "SPAN")
    private String wait = "60s";

    @Option(names = "--detach")
    private boolean detach;

    private String lastWhy = "";

    @Override
    Exit run() {
        String target = output.isEmpty()
                ? ""
                : Path.of(output).toAbsolutePath().normalize().toString();
        boolean isFolder = output.endsWith("/");
        List<String> accounts = from.stream().map(Verb::account).toList();
        ProgressLine line = new ProgressLine(shell());
        String answer;
        try {
            answer = node().follow(
                            "get",
                            event -> progressed(event, line),
                            "ref",
                            ref,
                            "target",
                            isFolder ? target + "/" : target,
                            "from",
                            accounts,
                            "detach",
                            detach,
                            "waitMillis",
                            Times.span(wait));
        } finally {
            line.end();
        }
        Json transfer = Json.parse(answer).at("transfer");
        if (json) {
            print(SafeText.json(answer));
        } else if (detach) {
            say("Transfer " + transfer.number("number") + " goes on in the background; see: covey transfers");
        } else {
            print(SafeText.line(transfer.text("target")));
            say(SafeText.line(transfer.text("name")) + ": " + Sizes.text(transfer.number("haveBytes"))
                    + " fetched and verified.");
        }
        return Exit.OK;
    }

    private void progressed(String event, ProgressLine line) {
        if (json) {
            print(SafeText.json(event));
            return;
        }
        Json transfer = Json.parse(event);
        String number = Long.toString(transfer.number("number"));
        boolean isShown = line.show(
                TransferText.line(transfer), () -> say("Stopped; what is here is kept. To go on: covey get " + number));
        if (!isShown && !transfer.text("why").isEmpty() && !transfer.text("why").equals(lastWhy)) {
            lastWhy = transfer.text("why");
            say(SafeText.line(lastWhy));
        }
    }
}

package covey.cli;

import covey.screen.Exit;
import covey.screen.MessageText;
import covey.web.Json;
import covey.wire.Sizes;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "search")
final class SearchCommand extends Reading {
    @Parameters(arity = "1..*", paramLabel = "WORD")
    private List<String> words = List.of();

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N")
    private int limit = 20;

    @Override
    Exit run() {
        asked("search", "text", String.join(" ", words), "limit", limit).ifPresent(this::show);
        return Exit.OK;
    }

    private void show(Json answer) {
        List<Json> results = answer.list("results");
        if (results.isEmpty()) {
            say("Nothing was found.");
        } else {
            Table table = new Table("", "NAME", "SIZE", "FROM", "HOLDERS", "IN");
            for (Json one : results) {
                String path = one.text("path");
                int end = path.lastIndexOf('/');
                table.row(
                        one.text("number"),
                        one.text("name") + (one.text("kind").equals("folder") ? "/" : ""),
                        Sizes.text(one.number("bytes")),
                        MessageText.person(one.text("account")) + (one.flag("online") ? "" : " (away)"),
                        one.text("devices"),
                        end < 0 ? "" : path.substring(0, end));
            }
            table.print(shell());
        }
        if (answer.flag("more")) {
            say("There is more: narrow it down, or ask for more with --limit.");
        }
        if (answer.number("behind") > 0) {
            say("The last " + answer.number("behind") + " changes are not searched yet.");
        }
        if (answer.flag("partial")) {
            say("Only a part was searched in the time a search may take: narrow it down.");
        }
    }
}

package covey.cli;

import covey.screen.Exit;
import covey.screen.SafeText;
import covey.web.Json;
import covey.wire.Sizes;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What this device holds. */
@Command(name = "content")
final class ContentCommand extends Group {
    private static final String HEADS = "CONTENT | STATE | SIZE | FILES | HERE | WHERE";

    @Command(name = "ls")
    void ls(@Option(names = "--json") boolean json) {
        Table table = new Table(HEADS.split(" \\| "));
        List<String> pages = new ArrayList<>();
        boolean isAny = false;
        for (String next = ""; ; ) {
            String page = node().askText("content.ls", "after", next);
            Json answer = Json.parse(page);
            pages.add(page);
            isAny |= !answer.list("contents").isEmpty();
            answer.list("contents").forEach(held -> row(table, held));
            next = answer.text("next");
            if (next.isEmpty()) {
                break;
            }
        }
        if (json) {
            print(SafeText.json(HistoryCommand.joined("contents", pages)));
        } else if (isAny) {
            table.print(shell());
        } else {
            say("Nothing is held here.");
        }
    }

    private static void row(Table table, Json held) {
        long bytes = held.number("bytes");
        long here = held.number("heldBytes");
        List<Json> places = held.list("places");
        String where =
                places.isEmpty() ? held.text("reason") : places.getFirst().text();
        table.row(
                held.text("content"),
                held.text("state") + (held.flag("needed") ? "" : ", not needed"),
                Sizes.text(bytes),
                Long.toString(held.number("files")),
                bytes == here ? "all" : here * 100 / bytes + " %",
                where.isEmpty() ? "block store" : where);
    }

    @Command(name = "verify")
    int verify(
            @Option(names = "--json") boolean json,
            @Parameters(arity = "0..1", paramLabel = "CONTENT-ID", defaultValue = "") String content) {
        String answer = node().follow(
                        "content.verify",
                        event -> {
                            Json one = Json.parse(event);
                            if (json) {
                                print(SafeText.json(event));
                            } else if (one.number("lost") > 0) {
                                print(one.text("content") + ": " + one.number("lost") + " of " + one.number("blocks")
                                        + " blocks are damaged");
                            }
                        },
                        "content",
                        content);
        Json result = Json.parse(answer);
        if (json) {
            print(SafeText.json(answer));
        } else {
            say(result.number("blocks") + " blocks of " + result.number("contents") + " contents were read and hashed, "
                    + (result.number("damaged") == 0 ? "all are sound." : result.number("damaged") + " are damaged."));
        }
        return (result.number("damaged") == 0 ? Exit.OK : Exit.DAMAGED).code();
    }

    @Command(name = "gc")
    void gc(@Option(names = "--json") boolean json) {
        ask(json, "content.gc")
                .ifPresent(answer -> say("Removed " + answer.number("removed") + " contents that nobody" + " needs."));
    }
}

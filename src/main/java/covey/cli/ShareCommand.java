package covey.cli;

import covey.screen.Exit;
import covey.screen.SafeText;
import covey.web.Json;
import covey.wire.Sizes;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** What this device shares. */
@Command(name = "share")
final class ShareCommand extends Reading {
    @Parameters(arity = "0..*", paramLabel = "PATH")
    private List<String> paths = List.of();

    @Option(names = "--as", paramLabel = "NAME")
    private String as = "";

    @Option(names = "--room", paramLabel = "ROOM")
    private String room = "";

    @Option(names = "--to", paramLabel = "NAME")
    private String to = "";

    @Override
    Exit run() {
        if (paths.isEmpty() || (!as.isEmpty() && paths.size() > 1)) {
            throw new ParameterException(
                    spec.commandLine(),
                    paths.isEmpty() ? "Missing PATH (or one of: ls, rm, rescan)" : "--as names one PATH, not several");
        }
        for (String path : paths) {
            String answer = share(Path.of(path).toAbsolutePath().normalize());
            if (json) {
                print(SafeText.json(answer));
            } else {
                told(Json.parse(answer).at("share"));
            }
        }
        if (!room.isEmpty() && !json) {
            say("The hub can read the names that are shared with " + room(room) + ", not what is in the files.");
        }
        return Exit.OK;
    }

    private String share(Path path) {
        ProgressLine line = new ProgressLine(shell());
        try {
            return node().follow(
                            "share",
                            event -> progressed(event, line),
                            "path",
                            path.toString(),
                            "as",
                            as,
                            "room",
                            room.isEmpty() ? "" : room(room),
                            "to",
                            account(to));
        } finally {
            line.end();
        }
    }

    private void progressed(String event, ProgressLine line) {
        if (json) {
            print(SafeText.json(event));
        } else {
            Json hashing = Json.parse(event);
            String files = hashing.number("files") == 0
                    ? "  looking for files"
                    : "  " + hashing.text("filesDone") + " of " + hashing.text("files") + " files";
            line.show(
                    TransferText.line(hashing) + files,
                    () -> say("Stopped; it is not shared. What was read is known when you share it again."));
        }
    }

    private void told(Json share) {
        print(SafeText.line(share.text("name")));
        say("Shared: " + share.number("files") + (share.number("files") == 1 ? " file, " : " files, ")
                + Sizes.text(share.number("bytes")) + " (" + share.number("filesHashed") + " read).");
        share.list("why").forEach(why -> say("Left out: " + SafeText.line(why.text())));
    }

    @Command(name = "ls")
    void ls(@Option(names = "--json") boolean asJson) {
        ask(asJson, "share.ls").ifPresent(answer -> {
            if (answer.list("shares").isEmpty()) {
                say("Nothing is shared from here.");
                return;
            }
            Table table = new Table("NAME", "FOR", "SIZE", "NAMES", "STATE", "CHANGES", "PATH");
            for (Json one : answer.list("shares")) {
                table.row(
                        one.text("name"),
                        one.text("audience"),
                        Sizes.text(one.number("bytes")),
                        one.text("names"),
                        state(one),
                        one.flag("watched") ? "watched" : "polled",
                        one.text("path"));
            }
            table.print(shell());
        });
    }

    private static String state(Json one) {
        if (!one.text("refusal").isEmpty()) {
            return "refused: " + one.text("refusal");
        }
        if (one.number("names") == 0) {
            return "gone";
        }
        return one.number("told") == one.number("names") ? "known to the hub" : one.text("told") + " told";
    }

    @Command(name = "rm")
    void rm(@Parameters(paramLabel = "NAME") String name) {
        node().ask("share.rm", "name", name);
        say("'" + SafeText.line(name) + "' is shared no more.");
    }

    @Command(name = "rescan")
    void rescan(@Option(names = "--json") boolean asJson) {
        ask(asJson, "share.rescan").ifPresent(answer -> answer.list("shares").forEach(this::told));
    }
}

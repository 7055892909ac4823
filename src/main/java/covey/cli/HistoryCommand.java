package covey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "history")
@Man(exits = {Exit.NOT_FOUND, Exit.UNREACHABLE})
final class HistoryCommand extends Reading {
    @Parameters(paramLabel = "WITH")
    private String with = "";

    @Option(names = "--since", paramLabel = "T")
    private String since = "";

    @Option(names = "--search", paramLabel = "WORD")
    private String search = "";

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N")
    private int limit = 200;

    @Override
    Exit run() {
        String conversation = with.startsWith("@") || with.startsWith("#") || with.startsWith("!") ? with : "@" + with;
        MessageText text = new MessageText(new Times(shell()), covey().paint());
        show(
                "history",
                answer -> answer.list("messages").forEach(message -> print(text.of(message))),
                "with",
                conversation,
                "sinceMillis",
                since.isEmpty() ? 0 : new Times(shell()).since(since),
                "search",
                search,
                "limit",
                limit);
        return Exit.OK;
    }
}

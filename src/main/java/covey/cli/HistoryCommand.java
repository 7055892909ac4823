package covey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "history")
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
        Times times = new Times(shell());
        MessageText text = new MessageText(times, covey().paint());
        long from = since.isEmpty() ? 0 : times.since(since);
        asked("history", "with", conversation(with), "sinceMillis", from, "search", search, "limit", limit)
                .ifPresent(answer -> answer.list("messages").forEach(message -> print(text.of(message))));
        return Exit.OK;
    }
}

package covey.cli;

import covey.screen.Exit;
import covey.screen.MessageText;
import covey.screen.SafeText;
import covey.screen.Talk;
import covey.screen.Times;
import covey.web.Json;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;
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

    /** What the process gives at once. */
    private static final int PAGE_MAX = 1_000;

    private static final int LIMIT_MAX = 10_000;

    @Override
    Exit run() {
        if (limit < 1 || limit > LIMIT_MAX) {
            throw Exit.USAGE.because("--limit is " + limit + " (expected: 1 to " + LIMIT_MAX + ").");
        }
        Times times = new Times(shell());
        MessageText text = new MessageText(times, covey().paint());
        long from = since.isEmpty() ? 0 : times.since(since);
        Deque<String> pages = pages(from);
        if (json && pages.size() == 1) {
            print(SafeText.json(pages.getFirst()));
            return Exit.OK;
        }
        if (json) {
            print(SafeText.json(joined("messages", pages)));
            return Exit.OK;
        }
        pages.forEach(page -> Json.parse(page).list("messages").forEach(message -> print(text.of(message))));
        if (!search.isEmpty() && Json.parse(pages.getFirst()).list("messages").isEmpty()) {
            say("Nothing with '" + search + "' was found.");
        }
        return Exit.OK;
    }

    /** Pages of a list as one answer. */
    static String joined(String list, Collection<String> pages) {
        return "{\"" + list + "\":["
                + pages.stream()
                        .map(page -> page.substring(page.indexOf('[') + 1, page.lastIndexOf(']')))
                        .filter(elements -> !elements.isBlank())
                        .collect(Collectors.joining(","))
                + "]}";
    }

    /** Answers in order of time; at least one. */
    private Deque<String> pages(long from) {
        Deque<String> pages = new ArrayDeque<>();
        String before = "";
        for (int left = limit; left > 0; ) {
            String page = node().askText(
                            "history",
                            "with",
                            Talk.conversation(with),
                            "sinceMillis",
                            from,
                            "search",
                            search,
                            "limit",
                            Math.min(left, PAGE_MAX),
                            "before",
                            before);
            List<Json> messages = Json.parse(page).list("messages");
            if (messages.isEmpty() && !pages.isEmpty()) {
                break;
            }
            pages.addFirst(page);
            if (messages.isEmpty()) {
                break;
            }
            left -= messages.size();
            before = messages.getFirst().text("id");
            if (before.isEmpty()) {
                break;
            }
        }
        return pages;
    }
}

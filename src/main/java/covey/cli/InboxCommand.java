package covey.cli;

import covey.screen.Exit;
import covey.screen.MessageText;
import covey.screen.Times;
import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "inbox")
final class InboxCommand extends Reading {
    @Option(names = {"-f", "--follow"})
    private boolean follow;

    @Option(names = {"-a", "--all"})
    private boolean all;

    @Option(names = "--keep")
    private boolean keep;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N")
    private int limit = 100;

    @Override
    Exit run() {
        if (follow && all) {
            throw Exit.USAGE.because(
                    "--follow shows what is unread and what comes; read ones are shown by --all alone.");
        }
        if (follow) {
            return follow();
        }
        asked("inbox", "limit", limit, "markRead", !keep, "all", all).ifPresent(answer -> {
            answer.list("messages").forEach(this::printText);
            if (answer.list("messages").isEmpty()) {
                say("Nothing new.");
            }
        });
        return Exit.OK;
    }

    private Exit follow() {
        new Following(this)
                .follow("inbox.follow", event -> text().of(event.at("message")), "limit", limit, "markRead", !keep);
        return Exit.OK;
    }

    private void printText(Json message) {
        print(text().of(message));
    }

    /** Anew each time: while it follows, a day may end. */
    private MessageText text() {
        return new MessageText(new Times(shell()), covey().paint());
    }
}

package covey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "inbox")
@Man
final class InboxCommand extends Reading {
    @Option(names = {"-f", "--follow"})
    private boolean follow;

    @Option(names = "--keep")
    private boolean keep;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N")
    private int limit = 100;

    @Override
    Exit run() {
        if (follow) {
            return follow();
        }
        MessageText text = new MessageText(new Times(shell()), covey().paint());
        show(
                "inbox",
                answer -> {
                    answer.list("messages").forEach(message -> print(text.of(message)));
                    if (answer.list("messages").isEmpty()) {
                        say("Nothing new.");
                    }
                },
                "limit",
                limit,
                "markRead",
                !keep);
        return Exit.OK;
    }

    private Exit follow() {
        new Following(this)
                .follow(
                        "inbox.follow",
                        event -> {
                            MessageText text = new MessageText(new Times(shell()), covey().paint());
                            return text.of(event.at("message"));
                        },
                        "markRead",
                        !keep);
        return Exit.OK;
    }
}

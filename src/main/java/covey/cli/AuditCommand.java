package covey.cli;

import covey.screen.Exit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "audit")
final class AuditCommand extends Reading {
    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N")
    private int limit = 100;

    @Override
    Exit run() {
        asked("audit", "limit", limit)
                .ifPresent(answer -> show(
                        answer.list("records"),
                        "TIME | WHO | DID | TO | DETAIL",
                        "{time:timeMillis} | {actor} | {action} | {plain:subject} | {plain:detail}"));
        return Exit.OK;
    }
}

package covey.cli;

import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "audit")
@Man(exits = {Exit.DENIED, Exit.UNREACHABLE})
final class AuditCommand extends Reading {
    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N")
    private int limit = 100;

    @Override
    Exit run() {
        Times times = new Times(shell());
        show(
                "audit",
                answer -> {
                    Table table = new Table("TIME", "WHO", "DID", "TO", "DETAIL");
                    for (Json record : answer.list("records")) {
                        table.row(
                                times.of(record.number("timeMillis")),
                                record.text("actor"),
                                record.text("action"),
                                record.text("subject"),
                                record.text("detail"));
                    }
                    table.print(shell());
                },
                "limit",
                limit);
        return Exit.OK;
    }
}

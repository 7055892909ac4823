package covey.cli;

import covey.screen.Exit;
import covey.screen.MessageText;
import covey.screen.Times;
import covey.web.Json;
import covey.wire.Sizes;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "transfers")
final class TransfersCommand extends Reading {
    @Option(names = {"-w", "--watch"})
    private boolean watch;

    @Override
    Exit run() {
        if (watch) {
            new Following(this)
                    .follow(
                            "transfers.watch",
                            event -> event.number("number") + "  " + event.text("state") + "  "
                                    + TransferText.line(event));
            return Exit.OK;
        }
        asked("transfers").ifPresent(this::show);
        return Exit.OK;
    }

    private void show(Json answer) {
        List<Json> transfers = answer.list("transfers");
        List<Json> offers = answer.list("offers");
        if (transfers.isEmpty() && offers.isEmpty()) {
            say("Nothing is fetched or offered here.");
            return;
        }
        Table table = new Table("NUMBER", "STATE", "NAME", "SIZE", "HERE", "WITH", "WHERE");
        for (Json one : transfers) {
            boolean isStuck = !one.text("why").isEmpty();
            table.row(
                    Long.toString(one.number("number")),
                    one.text("state"),
                    one.text("name"),
                    Sizes.text(one.number("bytes")),
                    part(one),
                    MessageText.person(one.text("from")),
                    isStuck ? one.text("why") : one.text("target"));
        }
        for (Json offer : offers) {
            table.row(
                    Long.toString(offer.number("number")),
                    "offering",
                    offer.text("name"),
                    Sizes.text(offer.number("bytes")),
                    "all",
                    offer.text("to"),
                    "until " + new Times(shell()).of(offer.number("untilMillis")));
        }
        table.print(shell());
    }

    private static String part(Json one) {
        long all = one.number("bytes");
        return all == 0 ? "" : one.number("haveBytes") * 100 / all + " %";
    }
}

package covey.cli;

import covey.screen.MessageText;
import covey.screen.SafeText;
import covey.screen.Times;
import covey.web.Json;
import covey.wire.Sizes;
import java.util.ArrayList;
import java.util.List;

/** A transfer of the local API as a line for people. */
final class TransferText {
    private static final int HOLDERS_SHOWN = 4;

    private TransferText() {}

    /** "report.pdf  42 %  1.3 of 3.2 MB  85 MB/s  2 s left  @anna 60 %, @bob 40 %". */
    static String line(Json transfer) {
        List<String> parts = new ArrayList<>(List.of(SafeText.line(transfer.text("name"))));
        long have = transfer.number("haveBytes");
        long all = transfer.number("bytes");
        if (all > 0) {
            parts.add(have * 100 / all + " %");
        }
        parts.add(Sizes.text(have) + (all > 0 ? " of " + Sizes.text(all) : ""));
        if (transfer.number("bytesPerSecond") > 0) {
            parts.add(Sizes.text(transfer.number("bytesPerSecond")) + "/s");
        }
        if (transfer.number("millisLeft") > 0) {
            parts.add(Times.spanText(transfer.number("millisLeft")) + " left");
        }
        String holders = holders(transfer);
        if (!holders.isEmpty()) {
            parts.add(holders);
        }
        if (!transfer.text("why").isEmpty() && transfer.number("bytesPerSecond") == 0) {
            parts.add(SafeText.line(transfer.text("why")));
        }
        return String.join("  ", parts);
    }

    /** What each holder gave, the most first. */
    private static String holders(Json transfer) {
        List<Json> sources = new ArrayList<>(transfer.list("sources"));
        long sum = sources.stream().mapToLong(one -> one.number("bytes")).sum();
        if (sum == 0) {
            return "";
        }
        sources.sort((a, b) -> Long.compare(b.number("bytes"), a.number("bytes")));
        List<String> shown = new ArrayList<>();
        for (Json one : sources.subList(0, Math.min(HOLDERS_SHOWN, sources.size()))) {
            shown.add(SafeText.line(MessageText.person(one.text("account"))) + " "
                    + Math.round(one.number("bytes") * 100.0 / sum) + " %");
        }
        int more = sources.size() - shown.size();
        return String.join(", ", shown) + (more > 0 ? " and " + more + " more" : "");
    }
}

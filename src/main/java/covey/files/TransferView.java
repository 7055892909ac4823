package covey.files;

import covey.transfer.Offers;
import covey.transfer.Progress;
import covey.transfer.Transfer;
import covey.wire.proto.KeptTransfer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A transfer as it is shown.
 *
 * @param state in lower case
 * @param millisLeft -1 when nobody knows
 */
public record TransferView(
        long number,
        String state,
        String content,
        String name,
        String from,
        String target,
        long haveBytes,
        long bytes,
        long bytesPerSecond,
        long millisLeft,
        List<Part> sources,
        String why,
        long changedMillis) {
    public TransferView {
        sources = List.copyOf(sources);
    }

    /** One holder's part in it. */
    public record Part(String account, String device, long bytes, long bytesPerSecond) {}

    /** What this device offers to others. */
    public record Offered(
            long number,
            String content,
            String to,
            String name,
            long bytes,
            int files,
            long offeredMillis,
            long untilMillis) {
        public static Offered of(Offers.Offer offer) {
            return new Offered(
                    offer.number(),
                    offer.content().toString(),
                    offer.to(),
                    offer.name(),
                    offer.bytes(),
                    offer.files(),
                    offer.offeredMillis(),
                    offer.untilMillis());
        }
    }

    public static TransferView of(Transfer transfer, References references) {
        KeptTransfer kept = transfer.kept();
        Optional<Progress> progress = transfer.progress();
        return new TransferView(
                transfer.number(),
                transfer.state().name().toLowerCase(Locale.ROOT),
                transfer.content().toString(),
                kept.getName(),
                kept.getFrom(),
                kept.getTarget(),
                progress.map(Progress::haveBytes).orElse(kept.getHaveBytes()),
                progress.map(Progress::totalBytes).orElse(kept.getBytes()),
                progress.map(Progress::bytesPerSecond).orElse(0L),
                progress.map(Progress::millisLeft).orElse(-1L),
                progress.map(Progress::sources).orElse(List.of()).stream()
                        .map(one -> new Part(
                                references.accountOf(one.device()).orElse(""),
                                one.device().toString(),
                                one.bytes(),
                                one.bytesPerSecond()))
                        .toList(),
                kept.getSentence(),
                kept.getChangedMillis());
    }
}

package covey.web;

import covey.content.BlockStore;
import covey.content.ContentException;
import covey.content.ContentId;
import covey.content.Entry;
import covey.content.Holding;
import covey.content.Manifest;
import covey.peer.Contents;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What this device holds, whoever it is for. */
final class ContentMethods {
    /** One answer's worth. */
    private static final int PAGE_MAX = 1_000;

    private final Contents contents;

    ContentMethods(Contents contents) {
        this.contents = contents;
    }

    void addTo(LocalMethods methods) {
        methods.reading("content.ls", "after limit", this::list)
                .reading("content.verify", "content", this::verify)
                .reading(
                        "content.gc",
                        "",
                        (params, answer) ->
                                answer.result(Map.of("removed", contents.store().gc())));
    }

    /** @param state shared, fetched, partial or withdrawn */
    record Held(
            String content,
            String state,
            long bytes,
            long heldBytes,
            int files,
            List<String> places,
            boolean needed,
            String reason) {}

    private void list(Params params, LocalAnswer answer) {
        Optional<ContentId> after = params.optional("after").map(ContentId::parse);
        long limit = params.number("limit", 1, PAGE_MAX, PAGE_MAX);
        List<BlockStore.Listing> page = contents.store().list().stream()
                .filter(listing -> after.isEmpty() || listing.id().compareTo(after.get()) > 0)
                .limit(limit)
                .toList();
        boolean isWhole = page.size() < limit;
        answer.result(Map.of(
                "contents",
                page.stream().map(this::held).toList(),
                "next",
                isWhole ? "" : page.getLast().id().toString()));
    }

    private Held held(BlockStore.Listing listing) {
        Manifest manifest = contents.store()
                .manifestBytes(listing.id())
                .map(Manifest::decode)
                .orElseThrow(() -> new ContentException(
                        ContentException.Reason.DAMAGED,
                        "The manifest of " + listing.id() + " is missing from this device's store."));
        boolean isShared = !listing.origins().isEmpty();
        long held = switch (listing.state()) {
            case HOLDING_COMPLETE -> manifest.bytes();
            case HOLDING_PARTIAL -> partialBytes(listing.id());
            case HOLDING_WITHDRAWN, UNRECOGNIZED -> 0;
        };
        String state = switch (listing.state()) {
            case HOLDING_COMPLETE -> isShared ? "shared" : "fetched";
            case HOLDING_PARTIAL -> "partial";
            case HOLDING_WITHDRAWN, UNRECOGNIZED -> "withdrawn";
        };
        int files = (int) manifest.entries().stream()
                .filter(entry -> entry instanceof Entry.File)
                .count();
        return new Held(
                listing.id().toString(),
                state,
                manifest.bytes(),
                held,
                files,
                listing.origins().stream().map(Path::toString).toList(),
                listing.isReferenced(),
                listing.reason());
    }

    private long partialBytes(ContentId id) {
        Optional<Holding> open = contents.store().open(id);
        if (open.isEmpty()) {
            return 0;
        }
        try (Holding holding = open.get()) {
            return holding.have().stream().mapToLong(holding.map()::lengthOf).sum();
        }
    }

    /** Reads all blocks of one content, or of all, and tells of each. */
    private void verify(Params params, LocalAnswer answer) {
        List<ContentId> ids = params.optional("content")
                .map(text -> List.of(ContentId.parse(text)))
                .orElseGet(() -> contents.store().list().stream()
                        .filter(listing -> !listing.state().name().equals("HOLDING_WITHDRAWN"))
                        .map(BlockStore.Listing::id)
                        .toList());
        boolean[] isCancelled = new boolean[1];
        answer.onCancel(() -> isCancelled[0] = true);
        int damaged = 0;
        long blocks = 0;
        for (ContentId id : ids) {
            if (isCancelled[0]) {
                return;
            }
            BlockStore.Verification one =
                    contents.workers().call(() -> contents.store().verify(id));
            blocks += one.blocks();
            damaged += one.lost() > 0 ? 1 : 0;
            answer.event(Map.of("content", id.toString(), "blocks", one.blocks(), "lost", one.lost()));
        }
        answer.result(Map.of("contents", ids.size(), "blocks", blocks, "damaged", damaged));
    }
}

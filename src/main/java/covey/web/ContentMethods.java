package covey.web;

import covey.content.BlockStore;
import covey.content.ContentId;
import covey.files.ContentView;
import covey.files.Contents;
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
                page.stream().map(one -> ContentView.of(contents.store(), one)).toList(),
                "next",
                isWhole ? "" : page.getLast().id().toString()));
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

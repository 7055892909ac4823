package covey.files;

import covey.content.BlockStore;
import covey.content.ContentException;
import covey.content.ContentId;
import covey.content.Entry;
import covey.content.Holding;
import covey.content.Manifest;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A content that is held, as it is shown.
 *
 * @param state shared, fetched, partial or withdrawn
 */
public record ContentView(
        String content,
        String state,
        long bytes,
        long heldBytes,
        int files,
        List<String> places,
        boolean needed,
        String reason) {
    public ContentView {
        places = List.copyOf(places);
    }

    public static ContentView of(BlockStore store, BlockStore.Listing listing) {
        Manifest manifest = store.manifestBytes(listing.id())
                .map(Manifest::decode)
                .orElseThrow(() -> new ContentException(
                        ContentException.Reason.DAMAGED,
                        "The manifest of " + listing.id() + " is missing from this device's store."));
        boolean isShared = !listing.origins().isEmpty();
        long held = switch (listing.state()) {
            case HOLDING_COMPLETE -> manifest.bytes();
            case HOLDING_PARTIAL -> partialBytes(store, listing.id());
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
        return new ContentView(
                listing.id().toString(),
                state,
                manifest.bytes(),
                held,
                files,
                listing.origins().stream().map(Path::toString).toList(),
                listing.isReferenced(),
                listing.reason());
    }

    private static long partialBytes(BlockStore store, ContentId id) {
        Optional<Holding> open = store.open(id);
        if (open.isEmpty()) {
            return 0;
        }
        try (Holding holding = open.get()) {
            return holding.have().stream().mapToLong(holding.map()::lengthOf).sum();
        }
    }
}

package covey.catalog;

import covey.store.MerkleLog;
import java.nio.ByteBuffer;

/**
 * Figures of the whole catalog.
 *
 * @param shares of all devices
 * @param nextChange number that the next command's changes get; the first is 1
 * @param firstChange the oldest that is kept for the search index
 * @param changeBytes of the changes kept
 */
public record CatalogFigures(long shares, long nextChange, long firstChange, long changeBytes) {
    private static final byte[] KEY = {Tables.FIGURES};

    public static CatalogFigures read(MerkleLog.Reads reads) {
        return reads.get(KEY)
                .map(value -> Tables.decoded(
                        value, in -> new CatalogFigures(in.getLong(), in.getLong(), in.getLong(), in.getLong())))
                .orElse(new CatalogFigures(0, 1, 1, 0));
    }

    void write(covey.store.Transaction state) {
        state.put(
                KEY,
                ByteBuffer.allocate(4 * Long.BYTES)
                        .putLong(shares)
                        .putLong(nextChange)
                        .putLong(firstChange)
                        .putLong(changeBytes)
                        .array());
    }
}

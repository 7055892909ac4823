package covey.files;

import com.google.protobuf.ByteString;
import covey.content.BlockMap;
import covey.content.ContentId;
import covey.wire.proto.Track;
import java.util.Optional;

/** When the hub is told how much of a content is here, so that others come for it while it is still fetched. */
final class Announcing {
    /** While it grows. */
    static final long TRACK_MILLIS = 2_000;

    /** While it does not: less than the hub remembers it. */
    static final long TRACK_AGAIN_MILLIS = 8_000;

    private final Track base;
    private Optional<Track> last = Optional.empty();
    private long lastMillis;

    Announcing(ContentId content) {
        base = Track.newBuilder()
                .setContent(ByteString.copyFrom(content.toBytes()))
                .build();
    }

    /** What to tell now, if anything: in whole blocks, as if it were one file. */
    synchronized Optional<Track> holds(long haveBytes, long totalBytes, long nowMillis) {
        int blockBytes = BlockMap.blockBytesFor(totalBytes);
        int haveBlocks = (int) (haveBytes / blockBytes);
        Track now = base.toBuilder()
                .setHaveBlocks(haveBlocks)
                .setTotalBlocks((int) Math.ceilDiv(totalBytes, (long) blockBytes))
                .build();
        boolean isSame = last.equals(Optional.of(now));
        boolean isDue = last.isEmpty() || nowMillis - lastMillis >= (isSame ? TRACK_AGAIN_MILLIS : TRACK_MILLIS);
        if (haveBlocks == 0 || !isDue) {
            return Optional.empty();
        }
        last = Optional.of(now);
        lastMillis = nowMillis;
        return last;
    }

    /** It is fetched no longer; empty when the hub was never told. */
    synchronized Optional<Track> leaves() {
        Optional<Track> leaving =
                last.map(told -> told.toBuilder().setLeaving(true).build());
        last = Optional.empty();
        return leaving;
    }
}

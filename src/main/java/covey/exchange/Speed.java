package covey.exchange;

import covey.swarm.Downloader.SourceView;
import java.util.ArrayDeque;
import java.util.List;

/**
 * How fast bytes have come lately, as a person is told: pauses that a cap makes count, unlike in the rate by which a
 * source is judged. One owner.
 */
final class Speed {
    private static final long WINDOW_NANOS = 3_000_000_000L;

    private record Mark(long nanos, long bytes) {}

    private final ArrayDeque<Mark> marks = new ArrayDeque<>();

    /** Of all sources together. */
    long at(long nanos, List<SourceView> sources) {
        long received = sources.stream().mapToLong(SourceView::receivedBytes).sum();
        return at(
                nanos,
                received,
                sources.stream().mapToLong(SourceView::bytesPerSecond).sum());
    }

    /**
     * @param bytes received so far; fewer than before when a source has left, which begins anew
     * @return bytes per second; {@code otherwise} while there is nothing to compare with
     */
    long at(long nanos, long bytes, long otherwise) {
        if (!marks.isEmpty() && marks.getLast().bytes > bytes) {
            marks.clear();
        }
        while (marks.size() > 1 && nanos - marks.getFirst().nanos > WINDOW_NANOS) {
            marks.removeFirst();
        }
        marks.add(new Mark(nanos, bytes));
        Mark first = marks.getFirst();
        long passed = nanos - first.nanos;
        return passed <= 0 ? otherwise : (long) ((bytes - first.bytes) * 1e9 / passed);
    }
}

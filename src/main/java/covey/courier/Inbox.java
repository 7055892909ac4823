package covey.courier;

import com.google.protobuf.ByteString;
import covey.wire.proto.Envelope;
import covey.wire.proto.KeptStream;
import covey.wire.proto.KeptStreams;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What comes from one device, brought into order. Decides only; nothing here is authenticated before it is opened, so
 * an envelope changes no number until {@link #passed} says that it was opened, or was there already.
 *
 * <p>Stream epochs rise with each start of the sender. Each of the last few has its own numbering, so that mail from
 * before a restart is still put in order; of an epoch older than those nothing is held back. What is held is not
 * acknowledged, so the sender still has it. Mail is the exception, since the mailbox waits for its acknowledgement:
 * after a while it is let through although something before it is missing.
 */
final class Inbox {
    /** More than a sender has in flight and a hub pushes at once; beyond it, what is furthest ahead must come again. */
    static final int HELD_MAX = 512;

    /** Epochs with a numbering: a sender that restarts this often while its mail waits loses order, nothing else. */
    static final int EPOCHS_MAX = 4;

    /** Mail that waits for something before it is let through after this. */
    static final long MAIL_HOLD_MILLIS = 20_000;

    /** The number expected next, by epoch. */
    private final TreeMap<Long, Long> next = new TreeMap<>(Long::compareUnsigned);

    private final TreeMap<Long, TreeMap<Long, Arrival>> held = new TreeMap<>(Long::compareUnsigned);
    private int heldCount;

    /**
     * An envelope and how it came.
     *
     * @param mailPosition in the own mailbox, 0 when it did not come from there
     * @param atMillis monotonic
     */
    record Arrival(Envelope envelope, PathKind via, long mailPosition, long atMillis) {
        ByteString id() {
            return envelope.getMessageId();
        }

        long epoch() {
            return envelope.getStreamEpoch();
        }

        long sequence() {
            return envelope.getSequence();
        }

        boolean isMail() {
            return via == PathKind.MAIL;
        }
    }

    Inbox(KeptStreams kept) {
        for (KeptStream stream : kept.getStreamsList()) {
            next.put(stream.getEpoch(), stream.getNext());
        }
    }

    KeptStreams toKept() {
        KeptStreams.Builder kept = KeptStreams.newBuilder();
        next.forEach((epoch, number) ->
                kept.addStreams(KeptStream.newBuilder().setEpoch(epoch).setNext(number)));
        return kept.build();
    }

    /**
     * Takes an arrival. True when it must be opened at once, else {@link #nextReady} gives what is to be opened now.
     */
    boolean offer(Arrival arrival) {
        if (isOfForgottenEpoch(arrival.epoch())) {
            return true;
        }
        boolean isFull = heldCount >= HELD_MAX && !isNext(arrival);
        if (isFull && arrival.isMail()) {
            return true; // the mailbox would never send it again
        }
        TreeMap<Long, Arrival> waiting = held.getOrDefault(arrival.epoch(), new TreeMap<>());
        Arrival before = waiting.get(arrival.sequence());
        if (before != null && before.isMail() && !arrival.isMail()) {
            return false; // the one whose place in the mailbox waits stays
        }
        if (before == null && isFull && !makeRoom(waiting, arrival.sequence())) {
            return false;
        }
        if (waiting.put(arrival.sequence(), arrival) == null) {
            heldCount++;
        }
        held.put(arrival.epoch(), waiting);
        return false;
    }

    private boolean isNext(Arrival arrival) {
        long expected = next.getOrDefault(arrival.epoch(), 1L);
        return arrival.sequence() <= Math.max(expected, arrival.envelope().getFloor());
    }

    private boolean isOfForgottenEpoch(long epoch) {
        return next.size() >= EPOCHS_MAX && Long.compareUnsigned(epoch, next.firstKey()) < 0;
    }

    /** Drops what is furthest ahead, when that is further than what came. */
    private boolean makeRoom(NavigableMap<Long, Arrival> waiting, long sequence) {
        for (Arrival last : waiting.descendingMap().values()) {
            if (last.sequence() <= sequence) {
                return false;
            }
            if (!last.isMail()) {
                waiting.remove(last.sequence());
                heldCount--;
                return true;
            }
        }
        return false;
    }

    /** Takes the next arrival whose turn has come. */
    Optional<Arrival> nextReady() {
        for (Iterator<TreeMap<Long, Arrival>> streams = held.values().iterator(); streams.hasNext(); ) {
            TreeMap<Long, Arrival> waiting = streams.next();
            Arrival first = waiting.firstEntry().getValue();
            if (first.sequence() <= frontier(first.epoch(), waiting.values())) {
                waiting.pollFirstEntry();
                heldCount--;
                if (waiting.isEmpty()) {
                    streams.remove();
                }
                return Optional.of(first);
            }
        }
        return Optional.empty();
    }

    /** Nothing below this number is to be waited for. */
    private long frontier(long epoch, Collection<Arrival> waiting) {
        long frontier = next.getOrDefault(epoch, 1L);
        for (Arrival arrival : waiting) {
            frontier = Math.max(frontier, arrival.envelope().getFloor());
        }
        return frontier;
    }

    /** It is dealt with: opened and stored, or there before. True when the numbering changed. */
    boolean passed(Arrival arrival) {
        if (isOfForgottenEpoch(arrival.epoch())) {
            return false;
        }
        long before = next.getOrDefault(arrival.epoch(), 0L);
        long now = Math.max(before, arrival.sequence() + 1);
        next.put(arrival.epoch(), now);
        if (next.size() > EPOCHS_MAX) {
            next.pollFirstEntry();
        }
        return now > before;
    }

    /** Takes mail that was held too long, and what is held before it, in order. */
    List<Arrival> overdue(long nowMillis) {
        List<Arrival> due = new ArrayList<>();
        for (Iterator<TreeMap<Long, Arrival>> streams = held.values().iterator(); streams.hasNext(); ) {
            TreeMap<Long, Arrival> waiting = streams.next();
            Optional<Long> last = waiting.values().stream()
                    .filter(arrival -> arrival.isMail() && nowMillis - arrival.atMillis() >= MAIL_HOLD_MILLIS)
                    .map(Arrival::sequence)
                    .max(Comparator.naturalOrder());
            if (last.isPresent()) {
                NavigableMap<Long, Arrival> taken = waiting.headMap(last.get(), true);
                due.addAll(taken.values());
                heldCount -= taken.size();
                taken.clear();
                if (waiting.isEmpty()) {
                    streams.remove();
                }
            }
        }
        return due;
    }

    /** Mailbox positions of what is held. */
    Set<Long> heldPositions() {
        Set<Long> positions = new HashSet<>();
        for (TreeMap<Long, Arrival> waiting : held.values()) {
            for (Arrival arrival : waiting.values()) {
                if (arrival.isMail()) {
                    positions.add(arrival.mailPosition());
                }
            }
        }
        return positions;
    }

    boolean holdsAnything() {
        return heldCount > 0;
    }
}

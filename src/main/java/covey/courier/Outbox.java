package covey.courier;

import com.google.protobuf.ByteString;
import covey.wire.proto.Envelope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one device, in order, and what to do about it now. Decides only: {@link #decide} says what to send or
 * to deposit, the caller does it and tells what came of it.
 *
 * <p>Items are numbered from 1 in the stream epoch of this start of the process: whatever is not settled is sent again
 * under new numbers, so numbering need not survive a crash or a restored backup; the message id removes what arrives
 * twice. An item is settled when the receiver acknowledged it, or when it is given up.
 */
final class Outbox {
    /** A window on a path: enough to fill a link, and bounded memory at the receiver, which may have to hold it. */
    static final int IN_FLIGHT_MAX = 64;

    /** Deposits on their way for one device. */
    static final int DEPOSITS_MAX = 32;

    /** An online device gets this long to be reached before its messages go to the mailbox. */
    static final long PATIENCE_MILLIS = 1_000;

    /** A device that comes online fetches its mail first; what is stored there is sent once more only after this. */
    static final long MAIL_GRACE_MILLIS = 3_000;

    /** Without an acknowledgement for so long, an envelope is sent again; doubled each time. */
    static final long RETRY_MILLIS = 4_000;

    static final long RETRY_MILLIS_MAX = 60_000;

    /** A path that failed is tried again after this, should nobody tell of a change. */
    static final long DEAD_PATH_MILLIS = 2_000;

    /** What the hub had to drop is sent again after this. */
    static final long CONGESTION_MILLIS = 200;

    /** Numbers given up and remembered, before it is looked which are still needed. */
    private static final int GIVEN_UP_MAX = 256;

    private final TreeMap<Long, Item> items = new TreeMap<>();
    private final Map<ByteString, Item> byId = new HashMap<>();
    /** Numbers that the receiver has not acknowledged, yet need not wait for. */
    private final TreeSet<Long> givenUp = new TreeSet<>();

    private long nextSequence = 1;
    private PathKind path = PathKind.NONE;
    private long deadUntilMillis = Long.MIN_VALUE;
    private long pathSinceMillis;
    private long askedMillis = -1;
    private boolean isPatienceOver;

    /** One message for this device. */
    static final class Item {
        final long order;
        final ByteString id;
        /** The recipient's word for what it is. */
        final int kind;
        /** Only worth saying to who is there. */
        final boolean isFleeting;

        private final long sequence;
        private boolean isFlying;
        private long sentMillis;
        private int attempts;
        private Deposit deposit = Deposit.NONE;
        private long notBeforeMillis = Long.MIN_VALUE;
        private long directoryNeeded;
        private @Nullable Envelope sealed;

        private Item(long order, ByteString id, int kind, boolean isFleeting, long sequence) {
            this.order = order;
            this.id = id;
            this.kind = kind;
            this.isFleeting = isFleeting;
            this.sequence = sequence;
        }

        long sequence() {
            return sequence;
        }

        int attempts() {
            return attempts;
        }

        Optional<Envelope> sealed() {
            return Optional.ofNullable(sealed);
        }

        void sealed(Envelope envelope) {
            sealed = envelope;
        }
    }

    private enum Deposit {
        NONE,
        PENDING,
        DONE
    }

    /** How things stand. Times are of the monotonic clock. */
    record Situation(boolean isOnline, boolean hubIsUp, long directorySize, long nowMillis) {}

    /** What to do now, in order. */
    sealed interface Action {
        record Send(Item item, long floor) implements Action {}

        record Store(Item item, long floor) implements Action {}

        record Drop(Item item) implements Action {}

        record AskLink() implements Action {}
    }

    boolean isEmpty() {
        return items.isEmpty();
    }

    List<Item> items() {
        return List.copyOf(items.values());
    }

    Optional<Item> item(ByteString id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Adds behind all others; a message that waits already stays where it is. */
    Item add(long order, ByteString id, int kind, boolean isFleeting) {
        Item known = byId.get(id);
        if (known != null) {
            return known;
        }
        Item item = new Item(order, id, kind, isFleeting, nextSequence++);
        items.put(item.sequence, item);
        byId.put(id, item);
        return item;
    }

    /** The lowest number that is not settled. */
    long floor() {
        return items.isEmpty() ? nextSequence : items.firstKey();
    }

    /** The receiver has it: {@code inOrder} when it acknowledged this very number of this epoch. */
    void settle(ByteString id, boolean inOrder) {
        Item item = byId.remove(id);
        if (item == null) {
            return;
        }
        items.remove(item.sequence);
        if (!inOrder) {
            givenUp.add(item.sequence);
            forgetGaps();
        }
    }

    /** A gap matters while something is on its way with a floor at or below it. */
    private void forgetGaps() {
        if (items.isEmpty()) {
            givenUp.clear();
        } else if (givenUp.size() > GIVEN_UP_MAX) {
            long lowest = items.values().stream()
                    .flatMap(item -> item.sealed().stream())
                    .mapToLong(Envelope::getFloor)
                    .min()
                    .orElse(floor());
            givenUp.headSet(Math.min(lowest, floor())).clear();
        }
    }

    void pathChanged(PathKind now, long nowMillis) {
        if (now == PathKind.NONE && askedMillis >= 0) {
            isPatienceOver = true;
        }
        if (now != PathKind.NONE) {
            askedMillis = -1;
            isPatienceOver = false;
        }
        path = now;
        deadUntilMillis = Long.MIN_VALUE;
        pathSinceMillis = nowMillis;
        for (Item item : items.values()) {
            item.attempts = 0;
        }
        landAll();
    }

    /**
     * The path broke under a send, or ({@code isGone}) the hub says that nobody is there: not this way for a moment.
     */
    void pathFailed(boolean isGone, long nowMillis) {
        deadUntilMillis = nowMillis + DEAD_PATH_MILLIS;
        isPatienceOver |= isGone;
        landAll();
    }

    void presenceChanged() {
        deadUntilMillis = Long.MIN_VALUE;
        askedMillis = -1;
        isPatienceOver = false;
    }

    /** The hub had to drop what was on its way: a little later, again. */
    void congested(long nowMillis) {
        for (Item item : items.values()) {
            if (item.isFlying) {
                item.notBeforeMillis = nowMillis + CONGESTION_MILLIS;
            }
        }
        landAll();
    }

    void deposited(Item item) {
        item.deposit = Deposit.DONE;
        if (!item.isFlying) {
            item.sealed = null;
        }
    }

    /** Not taken by the mailbox this time; again after a while, and once the directory is known that far. */
    void depositRefused(Item item, long notBeforeMillis, long directoryNeeded) {
        item.deposit = Deposit.NONE;
        item.notBeforeMillis = notBeforeMillis;
        item.directoryNeeded = directoryNeeded;
        item.attempts++;
    }

    /** The receiver could not open it: sealed anew, after a while when that happens again and again. */
    void sealAgain(Item item, long nowMillis) {
        item.sealed = null;
        item.deposit = Deposit.NONE;
        item.attempts++;
        item.notBeforeMillis = item.attempts < 3 ? nowMillis : nowMillis + backoffMillis(item.attempts);
        item.isFlying = false;
    }

    /** The session is no more: all that is on its way goes again, sealed anew. */
    void sessionLost() {
        for (Item item : items.values()) {
            item.sealed = null;
        }
        landAll();
    }

    private void landAll() {
        for (Item item : items.values()) {
            item.isFlying = false;
        }
    }

    List<Action> decide(Situation now) {
        if (items.isEmpty()) {
            return List.of();
        }
        boolean canTravel = path != PathKind.NONE && now.nowMillis() >= deadUntilMillis;
        List<Action> actions = new ArrayList<>();
        if (canTravel) {
            send(now, actions);
        } else {
            actions.add(new Action.AskLink());
            boolean isPatient = now.isOnline() && !isPatienceOver && !isPatienceUsedUp(now);
            if (now.hubIsUp() && !isPatient) {
                store(now, actions);
            }
        }
        return actions;
    }

    private boolean isPatienceUsedUp(Situation now) {
        if (askedMillis < 0) {
            askedMillis = now.nowMillis();
        }
        return now.nowMillis() - askedMillis >= PATIENCE_MILLIS;
    }

    /** The window is that of the lowest items: what others wait for must never wait for them. */
    private void send(Situation now, List<Action> actions) {
        long floor = floor();
        int inWindow = 0;
        for (Item item : items.values()) {
            if (!item.isFlying && isLeftToMail(item, now)) {
                continue;
            }
            if (++inWindow > IN_FLIGHT_MAX) {
                return;
            }
            if (isDueToSend(item, floor, now)) {
                item.isFlying = true;
                item.sentMillis = now.nowMillis();
                item.attempts++;
                actions.add(new Action.Send(item, floor));
            }
        }
    }

    /** The mailbox has it, or will: it comes from there unless the hub is away or lost it. */
    private boolean isLeftToMail(Item item, Situation now) {
        return item.deposit != Deposit.NONE && now.hubIsUp() && now.nowMillis() - pathSinceMillis < MAIL_GRACE_MILLIS;
    }

    private boolean isDueToSend(Item item, long floor, Situation now) {
        return item.isFlying
                ? isBehindAGap(item, floor) || now.nowMillis() - item.sentMillis >= backoffMillis(item.attempts)
                : now.nowMillis() >= item.notBeforeMillis;
    }

    /** The receiver would wait for a number that was given up after this item was sent. */
    private boolean isBehindAGap(Item item, long floor) {
        if (item.sealed == null || givenUp.isEmpty()) {
            return false;
        }
        Long gap = givenUp.ceiling(item.sealed.getFloor());
        return gap != null && gap < floor && gap < item.sequence;
    }

    private void store(Situation now, List<Action> actions) {
        long floor = floor();
        long pending = items.values().stream()
                .filter(item -> item.deposit == Deposit.PENDING)
                .count();
        for (Item item : items.values()) {
            if (item.isFleeting) {
                actions.add(new Action.Drop(item));
            } else if (item.deposit == Deposit.NONE) {
                boolean mayGo = now.nowMillis() >= item.notBeforeMillis && now.directorySize() >= item.directoryNeeded;
                if (!mayGo || pending >= DEPOSITS_MAX) {
                    return; // the mailbox keeps the order in which it is given them
                }
                item.deposit = Deposit.PENDING;
                pending++;
                actions.add(new Action.Store(item, floor));
            }
        }
    }

    static long backoffMillis(int attempts) {
        return Math.min(RETRY_MILLIS << Math.clamp(attempts - 1L, 0, 10), RETRY_MILLIS_MAX);
    }
}

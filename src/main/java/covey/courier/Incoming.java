package covey.courier;

import com.google.protobuf.MessageLite;
import covey.env.Loop;
import covey.store.StoreException;
import covey.store.Turn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a hub pushed and this device has not acknowledged. When a turn could not be stored it is taken in again, later:
 * the disk may be full for long. What this device itself fails at is left out, so that it does not keep it from the
 * rest. Owned by the loop.
 */
public final class Incoming {
    private static final Logger log = LoggerFactory.getLogger(Incoming.class);

    /** What a hub has in flight to one device at most, with room to spare. */
    private static final int WINDOW_MAX = 2_048;

    /** Left out in one session; if there is more, it is this device that is unfit, and the rest waits at the hub. */
    private static final int UNFIT_MAX = 16;

    private static final long AGAIN_MILLIS = 1_000;
    private static final long AGAIN_MILLIS_MAX = 30_000;

    /** Takes items in, in order. */
    public interface Taker {
        /** @param isFit false passes it over: this device failed at it before */
        void take(MessageLite item, boolean isFit);

        /** Acknowledges, when this turn is stored, what was taken. */
        void acknowledge();

        /** The hub was told, so it does not come again. */
        boolean isAcknowledged(MessageLite item);
    }

    private final Loop loop;
    private final Turn turn;
    private final Consumer<String> warnings;
    private final Supplier<Taker> taker;
    private final Consumer<Runnable> run;
    private final Set<MessageLite> window = new LinkedHashSet<>();
    private final Set<MessageLite> unfit = new HashSet<>();
    private Pace pace = newPace();
    private boolean isToldOf;
    private boolean isAgainPlanned;
    private boolean isUnfitFound;

    /**
     * @param taker whoever takes items in now: another one after a loss
     * @param run runs a task within the turn
     */
    public Incoming(Loop loop, Turn turn, Consumer<String> warnings, Supplier<Taker> taker, Consumer<Runnable> run) {
        this.loop = loop;
        this.turn = turn;
        this.warnings = warnings;
        this.taker = taker;
        this.run = run;
    }

    private static Pace newPace() {
        return new Pace(AGAIN_MILLIS, AGAIN_MILLIS_MAX);
    }

    /** A new session: the hub pushes anew what is not acknowledged. */
    public void startOver() {
        window.clear();
        unfit.clear();
    }

    public void received(List<? extends MessageLite> items) {
        window.addAll(items);
        while (window.size() > WINDOW_MAX) {
            window.remove(window.iterator().next());
        }
        takeIn(items);
    }

    /** Until what came before is taken in, nothing that came later is: it would be acknowledged along with it. */
    private void takeIn(Collection<? extends MessageLite> items) {
        if (isAgainPlanned) {
            return;
        }
        try {
            run.accept(() -> {
                items.forEach(this::take);
                taker.get().acknowledge();
                turn.after(this::stored);
            });
        } catch (RuntimeException e) {
            log.warn("what came in is taken in again: {}", e.toString());
        }
    }

    private void take(MessageLite item) {
        try {
            taker.get().take(item, !unfit.contains(item));
        } catch (RuntimeException e) {
            boolean isItsFault = !(e instanceof StoreException why) || why.isDamaged();
            if (isItsFault && unfit.size() < UNFIT_MAX) {
                log.error("what came in cannot be taken in", e);
                warnings.accept("Something that came in is left out, since this device failed at it: " + e);
                unfit.add(item);
                isUnfitFound = true;
            }
            throw e;
        }
    }

    private void stored() {
        pace = newPace();
        isToldOf = false;
        window.removeIf(taker.get()::isAcknowledged);
    }

    /** A turn could not be stored, and whoever takes items in has begun again from the store. */
    public void lost(StoreException why) {
        if (isAgainPlanned) {
            return;
        }
        isAgainPlanned = true;
        long pauseMillis = isUnfitFound ? 0 : pace.tried(0);
        if (!isUnfitFound && !isToldOf && !window.isEmpty()) {
            isToldOf = true;
            warnings.accept("What comes in cannot be stored and is tried again until it can: " + why.getMessage());
        }
        isUnfitFound = false;
        loop.schedule(pauseMillis, () -> {
            isAgainPlanned = false;
            takeIn(new ArrayList<>(window));
        });
    }
}

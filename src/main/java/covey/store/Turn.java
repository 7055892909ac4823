package covey.store;

import covey.env.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One turn's changes: collected while tasks run, written as one batch at the turn's end, and only then let out. When
 * they cannot be written, nothing of the turn happened: its effects are dropped, and the owner begins again from the
 * store.
 */
public final class Turn {
    private static final Logger log = LoggerFactory.getLogger(Turn.class);

    private final Loop loop;
    private final OrderedStore store;
    private final List<Runnable> beforeWrite = new ArrayList<>();
    private Transaction changes;
    private List<Runnable> effects = new ArrayList<>();
    private List<Consumer<StoreException>> failures = new ArrayList<>();
    private boolean isDurable;
    private boolean isRegistered;
    private Consumer<StoreException> startAgain = why -> {};

    public Turn(Loop loop, OrderedStore store) {
        this.loop = loop;
        this.store = store;
        this.changes = new Transaction(store);
    }

    /** What to do when a turn could not be kept. */
    public void onLoss(Consumer<StoreException> startAgain) {
        this.startAgain = startAgain;
    }

    /** Runs before each write; may still change things. */
    public void beforeWrite(Runnable action) {
        beforeWrite.add(action);
    }

    public Optional<byte[]> get(byte[] key) {
        return changes.get(key);
    }

    /** As {@link #get}, for what can be done without: a damaged record is told of and taken for absent. */
    public Optional<byte[]> getSound(byte[] key) {
        return getSound(key, value -> value);
    }

    public <T> Optional<T> getSound(byte[] key, Function<byte[], T> parser) {
        return SoundReads.get(changes, key, parser);
    }

    public void scan(byte[] prefix, OrderedStore.Visitor visitor) {
        changes.scan(prefix, Keys.end(prefix), false, visitor);
    }

    /** As {@link #scan}, but without what is damaged. Returns in how many places something is. */
    public int scanSound(byte[] prefix, OrderedStore.Visitor visitor) {
        return scanSound(prefix, Keys.end(prefix), visitor);
    }

    public int scanSound(byte[] from, byte[] to, OrderedStore.Visitor visitor) {
        int[] damaged = new int[1];
        SoundReads.scan(changes, from, to, false, visitor, () -> damaged[0]++);
        return damaged[0];
    }

    /** The oldest under a prefix but so many; {@code age} says of a value when it was made. */
    public List<byte[]> oldest(byte[] prefix, Predicate<byte[]> isMeant, ToLongFunction<byte[]> age, int butMost) {
        TreeMap<Long, List<byte[]>> byAge = new TreeMap<>();
        int[] count = new int[1];
        scanSound(prefix, (key, value) -> {
            if (isMeant.test(key)) {
                byAge.computeIfAbsent(age.applyAsLong(value), same -> new ArrayList<>())
                        .add(key);
                count[0]++;
            }
            return true;
        });
        return byAge.values().stream()
                .flatMap(List::stream)
                .limit(Math.max(0, count[0] - butMost))
                .toList();
    }

    public void scan(byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor) {
        changes.scan(from, to, reverse, visitor);
    }

    /** A change that may be lost with the machine's power, though not with the process: what can be learned again. */
    public void put(byte[] key, byte[] value) {
        changes.put(key, value);
        register();
    }

    public void delete(byte[] key) {
        changes.delete(key);
        register();
    }

    /** This turn's changes must survive power loss before its effects are seen. */
    public void mustSurvive() {
        isDurable = true;
        register();
    }

    /** Lets something out after the write. */
    public void after(Runnable effect) {
        effects.add(effect);
        register();
    }

    public void after(Runnable effect, Consumer<StoreException> failed) {
        failures.add(failed);
        after(effect);
    }

    /** Runs a task of the owner: what it changed before it failed is not kept. */
    public void run(Runnable task) {
        try {
            task.run();
        } catch (StoreException e) {
            lose(e);
            throw e;
        } catch (RuntimeException e) {
            lose(failed(e));
            throw e;
        }
    }

    private static StoreException failed(RuntimeException e) {
        return new StoreException("An error within this process: " + e, e, StoreException.Reason.FAILED);
    }

    private void register() {
        if (!isRegistered) {
            isRegistered = true;
            loop.atTurnEnd(this::end);
        }
    }

    private void end() {
        isRegistered = false;
        try {
            for (Runnable action : beforeWrite) {
                action.run();
            }
            Batch batch = changes.toBatch();
            if (!batch.isEmpty()) {
                store.write(batch, isDurable);
            }
        } catch (StoreException e) {
            log.error("turn is not stored, beginning again from the store: {}", e.getMessage());
            lose(e);
            return;
        } catch (RuntimeException e) {
            log.error("turn is not stored, beginning again from the store", e);
            lose(failed(e));
            return;
        }
        List<Runnable> released = effects;
        clear();
        // What an effect changes belongs to a further end of this turn.
        for (Runnable effect : released) {
            runGuarded(effect);
        }
    }

    /** One effect that fails must not take the others with it: what it let out is sent again, or asked for again. */
    private static void runGuarded(Runnable effect) {
        try {
            effect.run();
        } catch (RuntimeException e) {
            log.error("effect failed", e);
        }
    }

    private void lose(StoreException why) {
        List<Consumer<StoreException>> told = failures;
        clear();
        beforeWrite.clear();
        startAgain.accept(why);
        for (Consumer<StoreException> failed : told) {
            failed.accept(why);
        }
    }

    private void clear() {
        changes = new Transaction(store);
        effects = new ArrayList<>();
        failures = new ArrayList<>();
        isDurable = false;
    }
}

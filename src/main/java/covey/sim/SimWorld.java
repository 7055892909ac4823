package covey.sim;

import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Virtual time and a network of virtual hosts: the production code runs on it, event by event, and the same seed gives
 * the same run. One thread.
 *
 * <p>Start here, then {@link #host} for each process, and {@link #run}. Method after TigerBeetle's VOPR.
 */
public final class SimWorld {
    private final long seed;
    private final Random random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Map<String, SimTransport.Bound> bound = new TreeMap<>();
    private SimFaults faults = SimFaults.none();
    private long nowNanos = 1_000_000_000L;
    private long order;
    private long eventsRun;

    public SimWorld(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    public long seed() {
        return seed;
    }

    /** The world's own dice: latencies and faults. Not for hosts, which have their own. */
    Random random() {
        return random;
    }

    public long nowNanos() {
        return nowNanos;
    }

    public long nowMillis() {
        return nowNanos / 1_000_000;
    }

    public long eventsRun() {
        return eventsRun;
    }

    public SimFaults faults() {
        return faults;
    }

    /** From now on the network behaves like this. */
    public void faults(SimFaults newFaults) {
        this.faults = newFaults;
    }

    /** A host that runs one process; crash and start again with {@link SimHost#crash}. */
    public SimHost host(String address) {
        return new SimHost(this, address, random.nextLong());
    }

    Event schedule(long delayNanos, Runnable action) {
        Event event = new Event(nowNanos + Math.max(0, delayNanos), order++, action);
        events.add(event);
        return event;
    }

    void cancel(Event event) {
        events.remove(event);
    }

    Map<String, SimTransport.Bound> bound() {
        return bound;
    }

    /** Runs everything that happens in the next so many milliseconds of virtual time. */
    public void run(long millis) {
        long end = nowNanos + millis * 1_000_000;
        advance(() -> false, end);
        nowNanos = end;
    }

    /** Runs until the condition holds; false when it did not within the given virtual time. */
    public boolean runUntil(BooleanSupplier condition, long withinMillis) {
        return condition.getAsBoolean() || advance(condition, nowNanos + withinMillis * 1_000_000);
    }

    private boolean advance(BooleanSupplier condition, long endNanos) {
        for (Event next = events.peek(); next != null && next.atNanos <= endNanos; next = events.peek()) {
            events.poll();
            nowNanos = Math.max(nowNanos, next.atNanos);
            eventsRun++;
            next.action.run();
            if (condition.getAsBoolean()) {
                return true;
            }
        }
        nowNanos = Math.max(nowNanos, endNanos);
        return false;
    }

    /** Something that happens at a moment. */
    record Event(long atNanos, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(order);
        }
    }
}

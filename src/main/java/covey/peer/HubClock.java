package covey.peer;

import covey.store.Batch;
import java.nio.ByteBuffer;

/** How far this machine's clock is from the hub's: told at each session's start, and kept for when it is away. */
final class HubClock {
    /** Beyond this the clocks are called different: prekey and mail lifetimes are days, people compare minutes. */
    static final long SKEW_MILLIS = 120_000;

    private final Core core;
    private volatile long aheadMillis;
    private boolean isSkewTold;

    HubClock(Core core) {
        this.core = core;
        aheadMillis = core.self
                .store()
                .get(Tables.CLOCK)
                .map(kept -> ByteBuffer.wrap(kept).getLong())
                .orElse(0L);
    }

    /** The hub's time. Any thread. */
    long millis() {
        return core.self.wall() - aheadMillis;
    }

    void told(long hubMillis) {
        long ahead = core.self.wall() - hubMillis;
        aheadMillis = ahead;
        byte[] kept = ByteBuffer.allocate(Long.BYTES).putLong(ahead).array();
        core.self.keep(new Batch().put(Tables.CLOCK, kept));
        boolean isSkewed = Math.abs(ahead) > SKEW_MILLIS;
        if (isSkewed && !isSkewTold) {
            long minutes = Math.round(Math.abs(ahead) / 60_000.0);
            core.warning("This machine's clock is " + minutes + " minutes " + (ahead > 0 ? "ahead of" : "behind")
                    + " the hub's. Times of messages will look wrong; set the clock.");
        }
        isSkewTold = isSkewed;
    }
}

package covey.store;

import java.util.Optional;

/**
 * Numbers that rise over all starts of a process, with gaps: they are reserved in blocks, so that not every use writes.
 * One thread, its turn's.
 */
public final class Counter {
    private static final int BLOCK = 4_096;

    private final Turn turn;
    private final byte[] key;
    private long next;
    private long reserved;

    /** @param key of the record that this counter owns */
    public Counter(Turn turn, byte[] key) {
        this.turn = turn;
        this.key = key.clone();
        Optional<byte[]> kept = turn.get(key);
        next = kept.map(value -> Keys.read(value).u64()).orElse(1L);
        reserved = next;
    }

    /** From 1. Kept with the turn that uses it. */
    public long next() {
        if (next == reserved) {
            reserved += BLOCK;
            turn.put(
                    key,
                    java.nio.ByteBuffer.allocate(Long.BYTES).putLong(reserved).array());
        }
        return next++;
    }
}

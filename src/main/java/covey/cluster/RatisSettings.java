package covey.cluster;

import java.nio.file.Path;
import java.util.List;

/**
 * How one member of the group runs.
 *
 * @param folder log and checkpoints; the live store must lie elsewhere
 * @param id of this member; the device id's text
 * @param priority the highest one living leads
 * @param members the group as it was first made, this member included; empty for a group of one. Later changes are in
 *     the log
 * @param replay when a checkpoint is taken
 */
public record RatisSettings(
        Path folder, String id, int priority, Boundary boundary, List<ReplicatedLog.Member> members, Replay replay) {
    public RatisSettings {
        if (id.isBlank()) {
            throw new IllegalArgumentException("id: empty (expected: this member's device id)");
        }
        if (priority < 0) {
            throw new IllegalArgumentException("priority: " + priority + " (expected: >= 0)");
        }
        members = List.copyOf(members);
        if (boundary instanceof Boundary.Alone && members.size() > 1) {
            throw new IllegalArgumentException("members: " + members.size() + " (expected: 1 without a boundary)");
        }
    }

    /** A hub without others. */
    public static RatisSettings alone(Path folder, String id) {
        return new RatisSettings(folder, id, 0, new Boundary.Alone(), List.of(), Replay.DEFAULT);
    }

    public RatisSettings withReplay(Replay newReplay) {
        return new RatisSettings(folder, id, priority, boundary, members, newReplay);
    }

    boolean isAlone() {
        return boundary instanceof Boundary.Alone;
    }

    /**
     * A checkpoint is taken as soon as one of these is reached since the last one, so that replaying the rest at the
     * next start takes two seconds at most. The time that applying took is the best forecast of what replaying will
     * take; the bytes bound what must be read, the entries what is kept per entry.
     */
    public record Replay(long applyMillis, long bytes, long entries) {
        /** A cold start applies about three times slower than a warm hub, and reads the log besides. */
        static final Replay DEFAULT = new Replay(500, 32L << 20, 50_000);

        public Replay {
            if (applyMillis < 1 || bytes < 1 || entries < 1) {
                throw new IllegalArgumentException("replay: " + applyMillis + " ms, " + bytes + " bytes, " + entries
                        + " entries (expected: each >= 1)");
            }
        }
    }
}

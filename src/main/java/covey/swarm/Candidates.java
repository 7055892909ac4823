package covey.swarm;

import covey.wire.DeviceId;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/** Whom to connect to next: devices that may have the content, each not before its time. */
final class Candidates {
    private static final long RETRY_NANOS_MIN = 1_000_000_000;
    private static final int RETRY_DOUBLINGS_MAX = 6;

    /** When given, nobody else is asked. */
    private final Optional<Set<DeviceId>> only;

    private final Map<DeviceId, Candidate> known = new HashMap<>();
    private final PriorityQueue<Candidate> waiting =
            new PriorityQueue<>(Comparator.comparingLong((Candidate candidate) -> candidate.notBeforeNanos)
                    .thenComparingLong(candidate -> candidate.order));
    private final Set<DeviceId> connecting = new HashSet<>();
    private final Set<DeviceId> barred = new HashSet<>();
    private long order;

    private static final class Candidate {
        final DeviceId device;
        final long order;
        long notBeforeNanos;
        int failures;

        Candidate(DeviceId device, long order, long nowNanos) {
            this.device = device;
            this.order = order;
            this.notBeforeNanos = nowNanos;
        }
    }

    Candidates(Optional<Set<DeviceId>> only) {
        this.only = only.map(Set::copyOf);
    }

    void told(DeviceId device, long nowNanos) {
        boolean isAllowed = only.isEmpty() || only.get().contains(device);
        if (isAllowed
                && !barred.contains(device)
                && !known.containsKey(device)
                && known.size() < SwarmLimits.CANDIDATES_MAX) {
            Candidate candidate = new Candidate(device, order++, nowNanos);
            known.put(device, candidate);
            waiting.add(candidate);
        }
    }

    /** The next one that may be tried now; it counts as connecting until it is ready or lost. */
    Optional<DeviceId> next(long nowNanos) {
        if (!hasReady(nowNanos)) {
            return Optional.empty();
        }
        Candidate first = waiting.remove();
        connecting.add(first.device);
        return Optional.of(first.device);
    }

    /** True when it was expected. */
    boolean ready(DeviceId device) {
        Candidate candidate = known.get(device);
        if (candidate != null) {
            candidate.failures = 0;
        }
        return connecting.remove(device);
    }

    void retry(DeviceId device, long afterMillis, long nowNanos) {
        connecting.remove(device);
        Candidate candidate = known.get(device);
        if (candidate != null && !waiting.contains(candidate)) {
            long backoff = RETRY_NANOS_MIN << Math.min(candidate.failures++, RETRY_DOUBLINGS_MAX);
            candidate.notBeforeNanos = nowNanos + (afterMillis > 0 ? afterMillis * 1_000_000 : backoff);
            waiting.add(candidate);
        }
    }

    void bar(DeviceId device) {
        connecting.remove(device);
        barred.add(device);
        Candidate candidate = known.remove(device);
        if (candidate != null) {
            waiting.remove(candidate);
        }
    }

    int connecting() {
        return connecting.size();
    }

    boolean hasReady(long nowNanos) {
        Candidate first = waiting.peek();
        return first != null && first.notBeforeNanos <= nowNanos;
    }
}

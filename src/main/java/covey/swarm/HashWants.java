package covey.swarm;

import covey.wire.DeviceId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Whom the manifest and the block layers are asked of: a few at once, each of another source when one fails. */
final class HashWants {
    /** Layers under way at once: they are small beside their blocks, and come in the manifest's order. */
    private static final int AT_ONCE_MAX = 8;

    private static final long SILENCE_NANOS_MAX = 2_000_000_000;

    private final RandomGenerator random;
    private final List<DownloadAction> out;
    private final ArrayDeque<Integer> waiting = new ArrayDeque<>();
    private final Map<Integer, Ask> asked = new HashMap<>();

    private long pausedUntilNanos;

    private static final class Ask {
        /** Not asked again for this one; when all have failed, all are tried again after a pause. */
        final Set<DeviceId> failed = new HashSet<>();

        DeviceId source;
        long heardNanos;

        Ask(DeviceId source) {
            this.source = source;
        }
    }

    HashWants(RandomGenerator random, List<DownloadAction> out, long nowNanos) {
        this.random = random;
        this.out = out;
        pausedUntilNanos = nowNanos;
        waiting.add(DownloadEvent.MANIFEST);
    }

    void manifestKnown(BitSet missingLayers) {
        known(DownloadEvent.MANIFEST);
        missingLayers.stream().forEach(waiting::add);
    }

    /** False when it was not missing. */
    boolean known(int entry) {
        return asked.remove(entry) != null || waiting.removeFirstOccurrence(entry);
    }

    void heard(DeviceId source, long nowNanos) {
        asked.values().stream().filter(ask -> ask.source.equals(source)).forEach(ask -> ask.heardNanos = nowNanos);
    }

    void failed(DeviceId source, int entry, List<DeviceId> sources, long nowNanos) {
        Ask ask = asked.get(entry);
        if (ask != null && ask.source.equals(source)) {
            askAnother(entry, ask, sources, nowNanos);
        }
    }

    /** Asks for what waits, and another source where one is gone or silent. */
    void fill(List<DeviceId> sources, long nowNanos) {
        if (sources.isEmpty()) {
            return;
        }
        for (Map.Entry<Integer, Ask> under : List.copyOf(asked.entrySet())) {
            Ask ask = under.getValue();
            if (nowNanos - ask.heardNanos > SILENCE_NANOS_MAX || !sources.contains(ask.source)) {
                askAnother(under.getKey(), ask, sources, nowNanos);
            }
        }
        while (nowNanos >= pausedUntilNanos && asked.size() < AT_ONCE_MAX && !waiting.isEmpty()) {
            int entry = waiting.remove();
            Ask ask = new Ask(sources.get(random.nextInt(sources.size())));
            asked.put(entry, ask);
            ask(entry, ask, nowNanos);
        }
    }

    private void askAnother(int entry, Ask ask, List<DeviceId> sources, long nowNanos) {
        ask.failed.add(ask.source);
        List<DeviceId> left = new ArrayList<>(sources);
        left.removeAll(ask.failed);
        if (left.isEmpty()) {
            asked.remove(entry);
            waiting.addFirst(entry);
            pausedUntilNanos = nowNanos + SILENCE_NANOS_MAX;
            return;
        }
        ask.source = left.get(random.nextInt(left.size()));
        ask(entry, ask, nowNanos);
    }

    private void ask(int entry, Ask ask, long nowNanos) {
        ask.heardNanos = nowNanos;
        out.add(
                entry == DownloadEvent.MANIFEST
                        ? new DownloadAction.AskManifest(ask.source)
                        : new DownloadAction.AskLayer(ask.source, entry));
    }
}

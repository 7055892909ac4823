package covey.swarm;

import covey.content.ContentId;
import covey.wire.DeviceId;
import covey.wire.proto.Track;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * The hub's side of swarms: who has part of which content, as the devices say themselves. Soft: it is forgotten {@value
 * #LIFETIME_MILLIS} ms after a device last said it, and nothing depends on it but how soon a download finds sources.
 * Who has all of it is the catalog's to say. One owner, no thread of its own.
 */
public final class Tracker {
    /** Devices say it every two seconds; four may get lost. */
    static final int LIFETIME_MILLIS = 10_000;

    /** Downloads of one device at once that are told of. */
    static final int CONTENTS_PER_DEVICE_MAX = 64;

    /** Holders of one content that are remembered: any few dozen of them are enough for an answer. */
    static final int HOLDERS_PER_CONTENT_MAX = 1_000;

    /** All that is remembered, some 200 bytes each. */
    static final int HOLDERS_MAX = 100_000;

    /** Sources in one answer: more than a downloader connects to, and they fit a frame. */
    static final int SOURCES_MAX = 50;

    /** Of an answer so many are complete holders, when there are others: what many want should not hang on few. */
    static final int COMPLETE_SHARE = SOURCES_MAX / 2;

    private static final int PERMILLE = 1_000;

    private final RandomGenerator random;
    private final Map<ContentId, Map<DeviceId, Integer>> permilleByContent = new HashMap<>();
    private final Map<DeviceId, Set<ContentId>> contentsByDevice = new HashMap<>();
    /** In the order in which they end, since all live equally long. */
    final Map<Entry, Long> endsMillis = new LinkedHashMap<>();

    /** One that has some of a content; {@value #PERMILLE} permille is all of it. */
    public record Holder(DeviceId device, int permille) {}

    record Entry(ContentId content, DeviceId device) {}

    public Tracker(RandomGenerator random) {
        this.random = random;
    }

    /** What a device says of itself; dropped when there is no room for it. */
    public void track(DeviceId device, Track track, long nowMillis) {
        expire(nowMillis);
        Entry entry = new Entry(ContentId.of(track.getContent()), device);
        boolean isKnown = endsMillis.containsKey(entry);
        if (track.getLeaving()) {
            forget(entry);
            return;
        }
        Map<DeviceId, Integer> holders = permilleByContent.getOrDefault(entry.content, Map.of());
        Set<ContentId> contents = contentsByDevice.getOrDefault(device, Set.of());
        boolean isFull = endsMillis.size() >= HOLDERS_MAX
                || holders.size() >= HOLDERS_PER_CONTENT_MAX
                || contents.size() >= CONTENTS_PER_DEVICE_MAX;
        if (isFull && !isKnown) {
            return;
        }
        endsMillis.remove(entry);
        endsMillis.put(entry, nowMillis + LIFETIME_MILLIS);
        permilleByContent
                .computeIfAbsent(entry.content, _ -> new LinkedHashMap<>())
                .put(device, (int) ((long) track.getHaveBlocks() * PERMILLE / track.getTotalBlocks()));
        contentsByDevice.computeIfAbsent(device, _ -> new LinkedHashSet<>()).add(entry.content);
    }

    /** The device's session ended. */
    public void gone(DeviceId device) {
        for (ContentId content : List.copyOf(contentsByDevice.getOrDefault(device, Set.of()))) {
            forget(new Entry(content, device));
        }
    }

    /** Forgets what nobody said again; also done by the way. */
    public void expire(long nowMillis) {
        Iterator<Map.Entry<Entry, Long>> first = endsMillis.entrySet().iterator();
        while (first.hasNext()) {
            Map.Entry<Entry, Long> oldest = first.next();
            if (oldest.getValue() > nowMillis) {
                return;
            }
            first.remove();
            drop(oldest.getKey());
        }
    }

    private void forget(Entry entry) {
        if (endsMillis.remove(entry) != null) {
            drop(entry);
        }
    }

    private void drop(Entry entry) {
        permilleByContent.computeIfPresent(entry.content, (_, holders) -> {
            holders.remove(entry.device);
            return holders.isEmpty() ? null : holders;
        });
        contentsByDevice.computeIfPresent(entry.device, (_, contents) -> {
            contents.remove(entry.content);
            return contents.isEmpty() ? null : contents;
        });
    }

    /**
     * Whom the asker may fetch from: random ones of those who are here, at most {@value #SOURCES_MAX}, complete holders
     * and others by halves when there are enough of both, never the asker itself. Whether it may see the content at all
     * was asked of the catalog before.
     *
     * @param complete as the catalog says, of those that the asker may see
     */
    public List<Holder> sources(
            DeviceId asker,
            ContentId content,
            Collection<DeviceId> complete,
            Predicate<DeviceId> isOnline,
            long nowMillis) {
        expire(nowMillis);
        List<Holder> whole = new ArrayList<>();
        List<Holder> partial = new ArrayList<>();
        Map<DeviceId, Integer> found = new LinkedHashMap<>(permilleByContent.getOrDefault(content, Map.of()));
        complete.forEach(device -> found.put(device, PERMILLE));
        found.forEach((device, permille) -> {
            if (!device.equals(asker) && isOnline.test(device)) {
                (permille == PERMILLE ? whole : partial).add(new Holder(device, permille));
            }
        });
        int wholeCount = Math.max(COMPLETE_SHARE, SOURCES_MAX - partial.size());
        List<Holder> sources = new ArrayList<>(some(whole, wholeCount));
        sources.addAll(some(partial, SOURCES_MAX - sources.size()));
        return sources;
    }

    /** So many of them, each as likely as any other. */
    private List<Holder> some(List<Holder> holders, int count) {
        int taken = Math.min(count, holders.size());
        for (int i = 0; i < taken; i++) {
            Collections.swap(holders, i, i + random.nextInt(holders.size() - i));
        }
        return holders.subList(0, taken);
    }
}

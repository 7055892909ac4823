package covey.swarm;

import covey.content.BlockMap;
import covey.swarm.Source.Want;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which block is asked of whom, once the manifest is known. A block is <em>open</em> when it may be asked for: missing,
 * verifiable, and asked of nobody, or only of one who is too slow. An event costs the same however many blocks there
 * are; only what a source tells at once (its bitmap) costs in proportion to its size.
 */
final class BlockWants {
    /** One who asks again and the one who was too slow. */
    private static final int ASKED_AT_ONCE_MAX = 2;

    /** Below this share of the bound in flight each source may have two blocks: one comes, one waits. */
    private static final int ROOMY = 2;

    /** Who helps must be this much sooner, since rates are only measured. */
    private static final double HELP_GAIN = 0.75;

    /** Blocks at the end of another's queue that one who helps looks at. */
    private static final int HELP_LOOKS_MAX = 4;

    private static final long HELP_PAUSE_NANOS = 1_000_000;

    private final BlockMap map;
    private final int blockBytes;
    private final Downloader.Shared shared;

    private final Rarity rarity;
    private final BitSet have;
    private final Map<Integer, List<Want>> asked = new HashMap<>();
    private int missing;
    private long inFlightBytes;
    private double usualBytesPerNano;

    BlockWants(DownloadEvent.ManifestKnown known, Downloader.Shared shared) {
        this.map = known.map();
        this.blockBytes = map.count() == 0 ? 1 : map.lengthOf(0);
        this.shared = shared;
        this.rarity = new Rarity(map.count());
        this.have = (BitSet) known.have().clone();
        this.missing = map.count() - have.cardinality();
    }

    boolean isComplete() {
        return missing == 0;
    }

    int missing() {
        return missing;
    }

    boolean isAsked() {
        return !asked.isEmpty();
    }

    /** All blocks can be verified but those of entries without a layer. */
    void openAllBut(BitSet missingLayers) {
        open(0, map.count());
        missingLayers.stream().forEach(entry -> {
            int first = map.firstBlockOf(entry);
            for (int block = first; block < first + map.blocksOf(entry); block++) {
                rarity.shut(block);
            }
        });
    }

    /** The blocks of an entry can be verified from now on. */
    void openEntry(int entry) {
        int first = map.firstBlockOf(entry);
        open(first, first + map.blocksOf(entry));
    }

    private void open(int first, int end) {
        for (int block = have.nextClearBit(first); block < end; block = have.nextClearBit(block + 1)) {
            rarity.open(block);
        }
        shared.sources().values().forEach(source -> source.isDry = false);
    }

    void joined(Source source) {
        source.expand(map.count());
        if (source.isPartial) {
            rarity.adjust(source.holds, true);
        }
    }

    void left(Source source, long now) {
        for (Want want : List.copyOf(source.wants.values())) {
            forget(source, want.block, now);
            reopenUnlessAsked(want.block);
        }
        if (source.isPartial) {
            rarity.adjust(source.holds, false);
        }
    }

    void gained(Source source, int first, int count) {
        int end = Math.min(first + count, map.count());
        for (int block = first; block < end; block++) {
            if (!source.has(block)) {
                source.holds[block / Long.SIZE] |= 1L << block;
                if (source.isPartial) {
                    rarity.adjust(block, true);
                }
            }
        }
        source.isDry = false;
    }

    void bytesArrived(Source source, int block, int bytes, long now) {
        source.heard(bytes, blockBytes, now);
        Want want = source.wants.get(block);
        if (want != null) {
            want.arrived += bytes;
        }
    }

    void delivered(Source source, int block, long now) {
        forget(source, block, now);
        if (source.isDemoted) {
            // Back in pace: what it is still asked for need not be asked of others.
            source.wants.keySet().forEach(rarity::shut);
        }
        source.delivered();
    }

    /** Nobody else need send it. */
    void kept(int block, long now) {
        if (!have.get(block)) {
            have.set(block);
            missing--;
            rarity.shut(block);
            for (Want other : List.copyOf(asked.getOrDefault(block, List.of()))) {
                cancel(other, now);
                fill(other.source, now);
            }
        }
    }

    void declined(Source source, int block, boolean isBusy, long now) {
        forget(source, block, now);
        if (!isBusy && source.has(block)) {
            source.holds[block / Long.SIZE] &= ~(1L << block);
            if (source.isPartial) {
                rarity.adjust(block, false);
            }
        }
        reopenUnlessAsked(block);
    }

    /** Asks the source for as much as its pipe takes. */
    void fill(Source source, long now) {
        while (takesMore(source, now) && shared.caps().isNext(this, source.device, now)) {
            int block = source.isDry ? Rarity.NONE : rarity.rarest(source.holds, shared.random());
            source.isDry = block == Rarity.NONE;
            if (source.isDry || source.wants.containsKey(block)) {
                help(source, now);
                return;
            }
            ask(source, block, now);
        }
    }

    void fillAll(long now) {
        shared.sources().values().forEach(source -> fill(source, now));
    }

    private boolean takesMore(Source source, long now) {
        int wanted = source.wants.size();
        int blocksMin = isRoomy() ? 2 : 1;
        return wanted < SwarmLimits.REQUESTS_PER_PEER_MAX
                && (wanted < blocksMin || source.inFlightBytes < source.pipelineBytes())
                && inFlightBytes < shared.inFlightBytesMax()
                && source.isKnown()
                && !isComplete()
                && source.mayBeAsked(now);
    }

    private boolean isRoomy() {
        return inFlightBytes * ROOMY < shared.inFlightBytesMax();
    }

    private void ask(Source source, int block, long now) {
        int bytes = map.lengthOf(block);
        rarity.shut(block);
        asked.computeIfAbsent(block, _ -> new ArrayList<>(1)).add(source.ask(block, bytes, usualBytesPerNano, now));
        inFlightBytes += bytes;
        shared.caps().take(source.device, bytes, now);
        shared.out().add(new DownloadAction.Want(source.device, block));
    }

    private void forget(Source source, int block, long now) {
        source.forget(block).ifPresent(want -> {
            inFlightBytes -= want.bytes;
            if (want.arrived == 0) {
                shared.caps().giveBack(source.device, want.bytes, now);
            }
            asked.computeIfPresent(block, (_, wants) -> {
                wants.remove(want);
                return wants.isEmpty() ? null : wants;
            });
        });
    }

    private void cancel(Want want, long now) {
        forget(want.source, want.block, now);
        shared.out().add(new DownloadAction.Unwant(want.source.device, want.block));
    }

    private void reopenUnlessAsked(int block) {
        if (!have.get(block) && !asked.containsKey(block)) {
            reopen(block);
        }
    }

    private void reopen(int block) {
        rarity.open(block);
        for (Source source : shared.sources().values()) {
            source.isDry &= !(source.isKnown() && source.has(block));
        }
    }

    /**
     * Nothing is open that this source has: it takes over from who would be last to deliver. What was not begun there
     * moves; what was begun is asked of both when nothing at all is open, and whoever is later is called off.
     */
    private void help(Source source, long now) {
        if (!source.mayLookForHelp(now, HELP_PAUSE_NANOS)) {
            return;
        }
        Want last = null;
        double lastNanos = 0;
        for (Source other : shared.sources().values()) {
            double nanos = other.nanosFor(0, usualBytesPerNano);
            int looks = 0;
            for (Want want : backwards(other)) {
                if (other == source || nanos <= lastNanos || ++looks > HELP_LOOKS_MAX) {
                    break;
                }
                if (source.has(want.block) && isHelpedWith(want)) {
                    last = want;
                    lastNanos = nanos;
                }
                nanos -= want.bytes / Math.max(other.bytesPerNano(), Double.MIN_NORMAL);
            }
        }
        if (last != null && source.nanosFor(last.bytes, usualBytesPerNano) < lastNanos * HELP_GAIN) {
            if (!last.isBegun()) {
                cancel(last, now);
            }
            ask(source, last.block, now);
        }
    }

    private static Collection<Want> backwards(Source source) {
        return ((java.util.SequencedMap<Integer, Want>) source.wants)
                .sequencedValues()
                .reversed();
    }

    private boolean isHelpedWith(Want want) {
        return asked.getOrDefault(want.block, List.of()).size() < ASKED_AT_ONCE_MAX
                && (!want.isBegun() || rarity.openCount == 0);
    }

    /** Takes from the slow and silent what they were asked for, all but the block they are at. */
    void watch(long now) {
        usualBytesPerNano = shared.sources().values().stream()
                .filter(source -> source.bytesPerNano() > 0)
                .mapToDouble(Source::bytesPerNano)
                .average()
                .orElse(0);
        boolean hasIdle = shared.sources().values().stream()
                .anyMatch(source -> source.wants.isEmpty()
                        && takesMore(source, now)
                        && shared.caps().isReady(source.device, now));
        for (Source source : shared.sources().values()) {
            boolean isLate = source.isSilent(usualBytesPerNano, now) || (hasIdle && source.isOverdue(now));
            if (isLate && source.mayBeDemoted() && hasOther(source)) {
                demote(source, now);
            }
        }
        fillAll(now);
    }

    private boolean hasOther(Source source) {
        return shared.sources().values().stream()
                .anyMatch(other -> other != source && other.isKnown() && !other.isDemoted);
    }

    private void demote(Source source, long now) {
        Want head = source.head();
        source.demote(now);
        for (Want want : List.copyOf(source.wants.values())) {
            if (want != head) {
                cancel(want, now);
                reopenUnlessAsked(want.block);
            }
        }
        List<Want> all = asked.getOrDefault(head.block, List.of());
        if (!isRoomy()) {
            // What the silent hold of the bound would be missing elsewhere.
            cancel(head, now);
        } else if (all.size() >= ASKED_AT_ONCE_MAX) {
            cancel(all.getFirst(), now);
        }
        if (all.stream().allMatch(want -> want.source.isDemoted)) {
            reopen(head.block);
        }
    }
}

package covey.swarm;

import covey.wire.DeviceId;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** One connected source, as a {@link Downloader} sees it: what it has, how fast it is, what it was asked for. */
final class Source {
    /** Rates forget what is older than this, or than a few blocks where those take longer. */
    private static final double MEMORY_NANOS_MIN = 1e9;

    private static final int MEMORY_BLOCKS = 4;

    /** A pipe is kept full for twice the way there and back, so that a better rate shows; at least for this. */
    private static final long PIPELINE_NANOS_MIN = 20_000_000;

    private static final long LATENCY_NANOS_MAX = 1_000_000_000;

    /** One asked of whom nothing is known yet. */
    private static final long FIRST_ANSWER_NANOS = 2_000_000_000;

    private static final long PROBE_NANOS_MIN = 1_000_000_000;
    private static final int PROBE_DOUBLINGS_MAX = 5;

    final DeviceId device;
    private Optional<BitSet> told;
    /** Bit set; empty until the manifest is known. */
    long[] holds = {};
    /** Counted in {@link Rarity}: complete ones are not. */
    boolean isPartial;

    /** Asked and not here, in the order of asking. */
    final Map<Integer, Want> wants = new LinkedHashMap<>();

    long inFlightBytes;
    long receivedBytes;
    /** Nothing open that it has, as far as was looked; a new block here or there ends it. */
    boolean isDry;
    /** Slow or silent: keeps the block it is at, and is asked for one at a time until it delivers. */
    boolean isDemoted;

    /** Demoted, and asked for a block all the same, to see. */
    private boolean isProbed;

    private int strikes;
    /** Demoted: not to be tried before. */
    private long probeNanos;
    /** It said that it is busy until then. */
    long quietNanos;

    private long nextHelpNanos;
    private long heardNanos;

    private double meteredBytes;
    private double meteredNanos;
    private long meterNanos;
    private long latencyNanos = LATENCY_NANOS_MAX;
    private boolean awaitsFirst;

    /** A block asked of a source. */
    static final class Want {
        final Source source;
        final int block;
        final int bytes;
        final long askedNanos;
        /** When it should be here at the latest, as things were when it was asked. */
        final long dueNanos;

        int arrived;

        Want(Source source, int block, int bytes, long askedNanos, long dueNanos) {
            this.source = source;
            this.block = block;
            this.bytes = bytes;
            this.askedNanos = askedNanos;
            this.dueNanos = dueNanos;
        }

        /** Some of it came, or it is the next to come. */
        boolean isBegun() {
            return arrived > 0 || source.head() == this;
        }
    }

    Source(DeviceId device, Optional<BitSet> told, long nowNanos) {
        this.device = device;
        this.told = told;
        this.isPartial = told.isPresent();
        this.heardNanos = nowNanos;
        this.quietNanos = nowNanos;
        this.nextHelpNanos = nowNanos;
    }

    /** Now it is known how many blocks there are; those that it told beyond are not there. */
    void expand(int blocks) {
        BitSet bits = told.orElseGet(BitSet::new);
        if (told.isEmpty()) {
            bits.set(0, blocks);
        } else {
            bits.clear(blocks, Math.max(blocks, bits.length()));
        }
        told = Optional.empty();
        holds = Arrays.copyOf(bits.toLongArray(), Rarity.words(blocks));
    }

    void toldBeforeManifest(int first, int count) {
        told.ifPresent(bits -> bits.set(first, first + count));
    }

    boolean has(int block) {
        return Rarity.has(holds, block);
    }

    boolean isKnown() {
        return holds.length > 0;
    }

    /** Bytes per second, 0 while nothing is known. */
    double bytesPerNano() {
        return meteredBytes == 0 ? 0 : meteredBytes / meteredNanos;
    }

    Want ask(int block, int bytes, double usualBytesPerNano, long nowNanos) {
        if (wants.isEmpty()) {
            meterNanos = nowNanos;
            heardNanos = nowNanos;
            awaitsFirst = true;
        }
        double rate = bytesPerNano() > 0 ? bytesPerNano() : usualBytesPerNano;
        inFlightBytes += bytes;
        long expected = rate > 0 ? (long) (inFlightBytes / rate) : FIRST_ANSWER_NANOS;
        Want want = new Want(this, block, bytes, nowNanos, nowNanos + patience(expected + knownLatency()));
        wants.put(block, want);
        isProbed = isDemoted;
        return want;
    }

    /** Answered, or no longer wanted. */
    Optional<Want> forget(int block) {
        Optional<Want> want = Optional.ofNullable(wants.remove(block));
        want.ifPresent(known -> inFlightBytes -= known.bytes);
        return want;
    }

    void heard(int bytes, int blockBytes, long nowNanos) {
        if (awaitsFirst && !wants.isEmpty()) {
            awaitsFirst = false;
            latencyNanos = Math.min(latencyNanos, nowNanos - meterNanos);
        }
        long passed = wants.isEmpty() ? 0 : nowNanos - meterNanos;
        double rate = bytesPerNano();
        double memory = Math.max(MEMORY_NANOS_MIN, rate > 0 ? MEMORY_BLOCKS * blockBytes / rate : 0);
        double kept = Math.exp(-passed / memory);
        meteredBytes = meteredBytes * kept + bytes;
        meteredNanos = meteredNanos * kept + passed;
        meterNanos = nowNanos;
        heardNanos = nowNanos;
        receivedBytes += bytes;
    }

    /** It is busy with the manifest or a layer: alive, but what its blocks are like does not show. */
    void heardHashes(int bytes, long nowNanos) {
        heardNanos = nowNanos;
        receivedBytes += bytes;
    }

    private long knownLatency() {
        return latencyNanos == LATENCY_NANOS_MAX ? 0 : latencyNanos;
    }

    /** Bytes to have asked for, so that its pipe stays full. */
    long pipelineBytes() {
        double nanos = Math.max(PIPELINE_NANOS_MIN, 2.0 * knownLatency());
        return Math.min(SwarmLimits.IN_FLIGHT_PER_SOURCE_BYTES_MAX, (long) (bytesPerNano() * nanos));
    }

    /** Nothing was heard for twice the time of a block, or its first block is far behind what it promised. */
    boolean isSilent(double usualBytesPerNano, long nowNanos) {
        if (wants.isEmpty()) {
            return false;
        }
        double rate = bytesPerNano() > 0 ? bytesPerNano() : usualBytesPerNano / 2;
        long expected = rate > 0 ? (long) (head().bytes / rate) : FIRST_ANSWER_NANOS;
        return nowNanos - heardNanos > Math.max(floor(), 2 * expected) + (awaitsFirst ? knownLatency() : 0);
    }

    boolean isOverdue(long nowNanos) {
        return !wants.isEmpty() && nowNanos > head().dueNanos;
    }

    private static long patience(long expectedNanos) {
        return Math.max(floor(), expectedNanos * 5 / 2);
    }

    private static long floor() {
        return SwarmLimits.SILENCE_MILLIS_MIN * 1_000_000;
    }

    Want head() {
        return wants.values().iterator().next();
    }

    /** How long it needs for so many bytes after all that it was asked for. */
    double nanosFor(long bytes, double usualBytesPerNano) {
        double rate = isDemoted ? 0 : bytesPerNano() > 0 ? bytesPerNano() : usualBytesPerNano;
        return rate > 0 ? knownLatency() + (inFlightBytes + bytes) / rate : FIRST_ANSWER_NANOS;
    }

    /** False when it was done already. */
    boolean mayBeDemoted() {
        return !isDemoted || isProbed;
    }

    void demote(long nowNanos) {
        isDemoted = true;
        isProbed = false;
        probeNanos = nowNanos + (PROBE_NANOS_MIN << Math.min(strikes, PROBE_DOUBLINGS_MAX));
        strikes++;
    }

    void delivered() {
        isDemoted = false;
        strikes = 0;
    }

    boolean mayBeAsked(long nowNanos) {
        boolean isOnProbation = isDemoted && (!wants.isEmpty() || nowNanos < probeNanos);
        return !isOnProbation && nowNanos >= quietNanos;
    }

    /** Looking for somebody to help costs a look at all sources: not for every packet. */
    boolean mayLookForHelp(long nowNanos, long pauseNanos) {
        if (nowNanos < nextHelpNanos) {
            return false;
        }
        nextHelpNanos = nowNanos + pauseNanos;
        return true;
    }

    boolean isIdleSince(long nanos) {
        return heardNanos < nanos;
    }
}

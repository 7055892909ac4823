package covey.swarm;

import covey.content.BlockMap;
import covey.wire.DeviceId;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** What a {@link Downloader} is told. The shell says each once, in the order in which things happened. */
public sealed interface DownloadEvent {
    /** {@link BytesArrived#block} of what is not a block: pieces of the manifest and of layers. */
    int NO_BLOCK = -1;

    /** The entry of {@link HashesRefused} that means the manifest. */
    int MANIFEST = -1;

    /** Devices that may have the content: from the hub, an offer, or the command line. */
    record SourcesTold(List<DeviceId> sources) implements DownloadEvent {}

    /**
     * Connected, and the source agreed to serve.
     *
     * @param partial which blocks it has; absent when it has all
     */
    record SourceReady(DeviceId source, Optional<BitSet> partial) implements DownloadEvent {}

    /** A partial source gained blocks (its HAVE). */
    record HaveGained(DeviceId source, int first, int count) implements DownloadEvent {}

    /**
     * Not connected (any more).
     *
     * @param retryAfterMillis with BUSY: not to be tried before; 0 when it did not say
     */
    record SourceLost(DeviceId source, Loss loss, long retryAfterMillis) implements DownloadEvent {}

    /** Why a source is lost. */
    enum Loss {
        /** Unreachable, or the connection ended: tried again later. */
        GONE,
        /** It has no slot: tried again when it said. */
        BUSY,
        /** It may not or cannot serve this content: never tried again. */
        REFUSED
    }

    /**
     * The manifest is here and verified, from a source or from an earlier run.
     *
     * @param have blocks that are here already
     * @param missingLayers entries whose block layer must come before their blocks
     */
    record ManifestKnown(BlockMap map, BitSet have, BitSet missingLayers) implements DownloadEvent {}

    /** The entry's block layer is here and verified. */
    record LayerKnown(int entry) implements DownloadEvent {}

    /**
     * A source did not give the manifest or a layer.
     *
     * @param entry of the manifest, or {@link #MANIFEST}
     * @param isWrong it gave bytes that are not what they should be
     */
    record HashesRefused(DeviceId source, int entry, boolean isWrong) implements DownloadEvent {}

    /** Part of a block, or of hashes ({@link #NO_BLOCK}), arrived: how rates are measured. */
    record BytesArrived(DeviceId source, int block, int bytes) implements DownloadEvent {}

    /**
     * A whole block arrived.
     *
     * @param isGenuine it is what the content id promises, and is kept
     */
    record BlockArrived(DeviceId source, int block, boolean isGenuine) implements DownloadEvent {}

    /**
     * The source does not send this block.
     *
     * @param retryAfterMillis its queue is full, ask again then; 0 when it does not have the block
     */
    record Declined(DeviceId source, int block, long retryAfterMillis) implements DownloadEvent {}

    /** Time passes; every {@link SwarmLimits#TICK_MILLIS}. */
    record Tick() implements DownloadEvent {}
}

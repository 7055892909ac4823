package covey.swarm;

import covey.wire.DeviceId;

/** What a {@link Downloader} wants done; the shell does it in this order, without waiting for any of it. */
public sealed interface DownloadAction {
    /** Ask the hub (and whoever else may know) for sources. */
    record AskSources() implements DownloadAction {}

    /** Connect and FETCH; answered by {@code SourceReady} or {@code SourceLost}. */
    record Connect(DeviceId source) implements DownloadAction {}

    /** It is not needed now; not answered. */
    record Disconnect(DeviceId source) implements DownloadAction {}

    /** Answered by {@code ManifestKnown} or {@code HashesRefused}. */
    record AskManifest(DeviceId source) implements DownloadAction {}

    /** Answered by {@code LayerKnown} or {@code HashesRefused}. */
    record AskLayer(DeviceId source, int entry) implements DownloadAction {}

    /** Answered by {@code BlockArrived} or {@code Declined}. */
    record Want(DeviceId source, int block) implements DownloadAction {}

    /** What comes of it all the same is told all the same. */
    record Unwant(DeviceId source, int block) implements DownloadAction {}

    /** It sent what is not the content: disconnect, and report it with this sentence. Never asked again. */
    record Drop(DeviceId source, String sentence) implements DownloadAction {}

    /** Nothing moves and why; said again only after something moved. The download goes on by itself when it can. */
    record Stalled(String sentence) implements DownloadAction {}

    /** Every block is here; said once, after the sources were disconnected. */
    record Done() implements DownloadAction {}
}

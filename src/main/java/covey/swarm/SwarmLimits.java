package covey.swarm;

/** Bounds of the exchange, each with its reason. */
public final class SwarmLimits {
    /** How often the shell says {@link DownloadEvent.Tick}: a few times within the floor for slowness. */
    public static final int TICK_MILLIS = 20;

    /** Under a cap a block travels in pieces of this size at most: so long may another peer wait behind one. */
    public static final int PIECE_BYTES_MAX = 256 * 1024;

    /** ... and of this size at least. */
    public static final int PIECE_BYTES_MIN = 16 * 1024;

    /** With no cap so much is read at once: opening a file costs as much as reading 100 KiB. */
    public static final int READ_BYTES_MAX = 1024 * 1024;

    /** Requests of one fetch that wait at a holder; a downloader keeps to it, another is declined. */
    public static final int REQUESTS_PER_PEER_MAX = 256;

    /** Contents that one peer fetches from one holder at once. */
    public static final int FETCHES_PER_PEER_MAX = 64;

    /** Peers served at once: enough to fill any uplink and to spread blocks, few enough that each gets some soon. */
    public static final int SLOTS = 16;

    /** Who holds a slot and takes nothing for so long makes room when another asks. */
    public static final int IDLE_SLOT_MILLIS = 5_000;

    /**
     * Sources that one download is connected to: fewer than {@link #SLOTS}, so that in a crowd nobody is left without.
     * 200 peers that fetch from one need 1.28 times the least possible time with 8, 1.31 with 12, 1.36 with 16 and 2.1
     * with 32; more than 8 help where many slow ones feed a fast one.
     */
    public static final int CONNECTIONS_USUAL = 12;

    /** The most that may be set. */
    public static final int CONNECTIONS_MAX = 64;

    /** Devices that one download knows of as possible sources. */
    public static final int CANDIDATES_MAX = 1_000;

    /** Bytes asked for and not here yet, of one download: 64 blocks of the largest size. */
    public static final long IN_FLIGHT_BYTES_MAX = 256L * 1024 * 1024;

    /** The same of one source: 1 GB/s over 32 ms. */
    public static final long IN_FLIGHT_PER_SOURCE_BYTES_MAX = 32L * 1024 * 1024;

    /** Silence that may be a garbage collection or a busy core is no death. */
    public static final long SILENCE_MILLIS_MIN = 50;

    private SwarmLimits() {}
}

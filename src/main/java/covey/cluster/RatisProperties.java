package covey.cluster;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys.Log;
import org.apache.ratis.server.RaftServerConfigKeys.Read;
import org.apache.ratis.server.RaftServerConfigKeys.Rpc;
import org.apache.ratis.server.RaftServerConfigKeys.Snapshot;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** Ratis' switches, each with its reason. */
final class RatisProperties {
    /** An entry and what replication sends at once; CommandBatcher stays far below. */
    private static final SizeInBytes ENTRY_BYTES_MAX = SizeInBytes.valueOf("4MB");

    /** Leaves room for what Ratis adds. */
    static final int COMMAND_BYTES_MAX = 4_000_000;

    /** At least an entry and its frame, else the server does not start. */
    private static final SizeInBytes WRITE_BUFFER_BYTES = SizeInBytes.valueOf(ENTRY_BYTES_MAX.getSize() + (64 << 10));

    /** What is purged goes segment by segment: small ones keep the log near what replay needs. */
    private static final SizeInBytes SEGMENT_BYTES = SizeInBytes.valueOf("16MB");

    /** Writing into allocated blocks makes fsync cheaper: no file size to record each time. */
    private static final SizeInBytes PREALLOCATED_BYTES = SizeInBytes.valueOf("4MB");

    private static final SizeInBytes CACHED_BYTES_MAX = SizeInBytes.valueOf("64MB");

    /** Nobody else can stand: waiting would only delay the start. */
    private static final TimeDuration ALONE_ELECTION_MIN = millis(20);

    private static final TimeDuration ALONE_ELECTION_MAX = millis(40);

    /** On a small machine a shorter one starts elections whenever the box is busy. */
    private static final TimeDuration ELECTION_MIN = millis(1_000);

    private static final TimeDuration ELECTION_MAX = millis(2_000);

    /** A laptop that slept must go on as a hub: Ratis would close itself after a pause of a minute. */
    private static final TimeDuration PAUSE_TOLERATED = TimeDuration.valueOf(3_650, TimeUnit.DAYS);

    /** Answers are not looked for here (the state has its own exactly-once window), so they need not stay long. */
    private static final TimeDuration RETRY_CACHE = millis(10_000);

    /** It speaks past our log, and at INFO; held here because its levels go with their loggers. */
    private static final Logger GRPC_LOGGER = Logger.getLogger("org.apache.ratis.thirdparty.io.grpc");

    private RatisProperties() {}

    static RaftProperties of(RatisSettings settings) {
        RaftProperties properties = new RaftProperties();
        RaftServerConfigKeys.setStorageDir(properties, List.of(settings.folder().toFile()));
        RaftServerConfigKeys.setCloseThreshold(properties, PAUSE_TOLERATED);
        RaftServerConfigKeys.RetryCache.setExpiryTime(properties, RETRY_CACHE);
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(properties, millis(1_000));
        Read.setOption(properties, Read.Option.LINEARIZABLE);
        Read.setLeaderLeaseEnabled(properties, true);
        log(properties);
        // Checkpoints are asked for by what replay would cost, see RatisSettings.Replay.
        Snapshot.setAutoTriggerEnabled(properties, false);
        Snapshot.setTriggerWhenStopEnabled(properties, false);
        Snapshot.setTriggerWhenRemoveEnabled(properties, false);
        elections(properties, settings.isAlone());
        switch (settings.boundary()) {
            case Boundary.Alone() -> properties.set(RaftConfigKeys.Rpc.TYPE_KEY, LoneRpc.class.getName());
            case Boundary.MutualTls tls -> {
                GRPC_LOGGER.setLevel(Level.WARNING);
                RaftConfigKeys.Rpc.setType(properties, SupportedRpcType.GRPC);
                GrpcConfigKeys.Server.setHost(properties, tls.host());
                GrpcConfigKeys.Server.setPort(properties, tls.port());
                GrpcConfigKeys.setMessageSizeMax(properties, SizeInBytes.valueOf(2 * ENTRY_BYTES_MAX.getSize()));
            }
        }
        return properties;
    }

    static Parameters parameters(Boundary boundary) {
        Parameters parameters = new Parameters();
        if (boundary instanceof Boundary.MutualTls tls) {
            GrpcConfigKeys.TLS.setConf(parameters, new GrpcTlsConfig(tls.keys(), tls.trust(), true));
        }
        return parameters;
    }

    private static void log(RaftProperties properties) {
        Log.setUseMemory(properties, false);
        Log.setUnsafeFlushEnabled(properties, false);
        // Its errors would be swallowed: an acknowledged entry might not be on the disk.
        Log.setAsyncFlushEnabled(properties, false);
        Log.setCorruptionPolicy(properties, Log.CorruptionPolicy.EXCEPTION);
        Log.setSegmentSizeMax(properties, SEGMENT_BYTES);
        Log.setPreallocatedSize(properties, PREALLOCATED_BYTES);
        Log.setSegmentCacheNumMax(properties, 2);
        Log.setSegmentCacheSizeMax(properties, CACHED_BYTES_MAX);
        Log.setWriteBufferSize(properties, WRITE_BUFFER_BYTES);
        Log.Appender.setBufferByteLimit(properties, ENTRY_BYTES_MAX);
        // The default of 10 ms is what every entry would wait for followers.
        Log.Appender.setWaitTimeMin(properties, TimeDuration.ZERO);
        // Else nearly every entry is followed by one that only says how far the log is committed.
        Log.setLogMetadataEnabled(properties, false);
        // The state machine says how far: up to the older one of the checkpoints kept.
        Log.setPurgeGap(properties, 1);
        // Also past a member that is away: it gets a checkpoint, else the log would grow until it is back.
        Log.setPurgeUptoSnapshotIndex(properties, true);
    }

    private static void elections(RaftProperties properties, boolean isAlone) {
        TimeDuration min = isAlone ? ALONE_ELECTION_MIN : ELECTION_MIN;
        TimeDuration max = isAlone ? ALONE_ELECTION_MAX : ELECTION_MAX;
        Rpc.setFirstElectionTimeoutMin(properties, min);
        Rpc.setFirstElectionTimeoutMax(properties, max);
        Rpc.setTimeoutMin(properties, min);
        Rpc.setTimeoutMax(properties, max);
    }

    private static TimeDuration millis(long millis) {
        return TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS);
    }
}

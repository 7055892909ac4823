package covey.directory;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.Purpose;
import covey.identity.Rosters;
import covey.wire.proto.DirectoryHead;
import covey.wire.proto.SignedHead;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * Signs the head of the directory log, once per size: signatures are not deterministic and so stay out of the
 * replicated state. Any thread; {@code lock} guards the cached head.
 */
public final class Heads {
    private final Env env;
    private final DeviceKeys keys;
    private final Supplier<DirectoryView> log;
    private final LongFunction<byte[]> root;
    private final ByteString networkId;
    private final long rosterEpoch;
    private final ReentrantLock lock = new ReentrantLock();
    private long cachedSize = -1;
    private SignedHead cached = SignedHead.getDefaultInstance();

    /** @param root of the log when it had so many entries */
    public Heads(
            Env env, DeviceKeys keys, Rosters.Trusted roster, Supplier<DirectoryView> log, LongFunction<byte[]> root) {
        this.env = env;
        this.networkId = ByteString.copyFrom(roster.networkId());
        this.rosterEpoch = roster.roster().getEpoch();
        this.keys = keys;
        this.log = log;
        this.root = root;
    }

    /** Number of entries that a head made here covers. */
    public static long size(SignedHead head) {
        try {
            return DirectoryHead.parseFrom(head.getHead()).getSize();
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new IllegalStateException("own directory head cannot be read", e);
        }
    }

    public SignedHead current() {
        lock.lock();
        try {
            DirectoryView view = log.get();
            if (view.size() != cachedSize) {
                byte[] head = DirectoryHead.newBuilder()
                        .setNetworkId(networkId)
                        .setSize(view.size())
                        .setRoot(ByteString.copyFrom(root.apply(view.size())))
                        .setTimeMillis(env.clock().wallMillis())
                        .setRosterEpoch(rosterEpoch)
                        .build()
                        .toByteArray();
                cached = SignedHead.newBuilder()
                        .setHead(ByteString.copyFrom(head))
                        .setSigner(keys.id().toByteString())
                        .setSignature(ByteString.copyFrom(keys.sign(Purpose.HEAD, head)))
                        .build();
                cachedSize = view.size();
            }
            return cached;
        } finally {
            lock.unlock();
        }
    }
}

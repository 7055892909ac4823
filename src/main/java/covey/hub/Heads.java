package covey.hub;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.Purpose;
import covey.identity.Rosters;
import covey.wire.proto.DirectoryHead;
import covey.wire.proto.SignedHead;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Signs the head of the directory log, once per size: signatures are not deterministic and so stay out of the
 * replicated state. Any thread; {@code lock} guards the cached head.
 */
final class Heads {
    private final Env env;
    private final DeviceKeys keys;
    private final HubState state;
    private final ByteString networkId;
    private final long rosterEpoch;
    private final ReentrantLock lock = new ReentrantLock();
    private long cachedSize = -1;
    private SignedHead cached = SignedHead.getDefaultInstance();

    Heads(Env env, DeviceKeys keys, Rosters.Trusted roster, HubState state) {
        this.env = env;
        this.networkId = ByteString.copyFrom(roster.networkId());
        this.rosterEpoch = roster.roster().getEpoch();
        this.keys = keys;
        this.state = state;
    }

    /** Number of entries that a head made here covers. */
    static long size(SignedHead head) {
        try {
            return DirectoryHead.parseFrom(head.getHead()).getSize();
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new IllegalStateException("own directory head cannot be read", e);
        }
    }

    SignedHead current() {
        lock.lock();
        try {
            DirectoryView view = state.view();
            if (view.size() != cachedSize) {
                byte[] head = DirectoryHead.newBuilder()
                        .setNetworkId(networkId)
                        .setSize(view.size())
                        .setRoot(ByteString.copyFrom(state.directoryRoot(view.size())))
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

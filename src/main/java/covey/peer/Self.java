package covey.peer;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.env.Loop;
import covey.identity.DeviceKeys;
import covey.store.Batch;
import covey.store.OrderedStore;
import covey.store.StoreException;
import covey.transport.Transport;
import covey.wire.DeviceId;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.LoggerFactory;

/** What every part of one running peer shares. Immutable; {@code store} is written from the loop only. */
record Self(
        Env env,
        Loop loop,
        Transport transport,
        OrderedStore store,
        DeviceKeys keys,
        String account,
        ByteString networkId,
        ByteString bootNonce,
        PeerSettings settings,
        Counts counts) {

    DeviceId id() {
        return keys.id();
    }

    /** For intervals. */
    long now() {
        return env.clock().monotonicMillis();
    }

    /** For people and records. */
    long wall() {
        return env.clock().wallMillis();
    }

    /** Writes what is only a convenience: a full disk must not stop what does not need it. */
    void keep(Batch batch) {
        try {
            store.write(batch, false);
        } catch (StoreException e) {
            LoggerFactory.getLogger(Self.class).warn("not kept: {}", e.getMessage());
        }
    }

    /** From any thread; what comes after the end is dropped. */
    void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            LoggerFactory.getLogger(Self.class).trace("the peer has ended", e);
        }
    }
}

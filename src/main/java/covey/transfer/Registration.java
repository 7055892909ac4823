package covey.transfer;

import com.google.protobuf.ByteString;
import covey.catalog.Shares;
import covey.env.Env;
import covey.store.Batch;
import covey.store.OrderedStore;
import covey.store.Transaction;
import covey.wire.Limits;
import covey.wire.proto.CommandResult;
import covey.wire.proto.KeptShare;
import covey.wire.proto.OwnShares;
import covey.wire.proto.Share;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the hub know what is shared: one command or question at a time, so that what the hub says it has is never of
 * the middle of something. What does not fit one frame of the session goes by the bulk connection, as long as that
 * works.
 *
 * <p>Any thread; {@code this} guards the records and what is on its way.
 */
final class Registration {
    private static final Logger log = LoggerFactory.getLogger(Registration.class);

    /** Fits a frame of the control connection with what is around it. */
    private static final int CONTROL_BYTES_MAX = Limits.CONTROL_FRAME_BYTES_MAX - 1_024;

    private static final int BULK_BYTES_MAX = Limits.BULK_PAYLOAD_BYTES_MAX - 1_024;

    /** So long after the bulk connection failed, the session does its work. */
    static final long BULK_AGAIN_MILLIS = 60_000;

    private final Env env;
    private final OrderedStore store;
    private final Shares shares;
    private final Sharing.Hub hub;
    private volatile boolean isHubUp;
    private boolean isCompared;
    private boolean isWaiting;
    private boolean isDoubtful;
    private long bulkNotBeforeMillis = Long.MIN_VALUE;

    Registration(Env env, OrderedStore store, Shares shares, Sharing.Hub hub) {
        this.env = env;
        this.store = store;
        this.shares = shares;
        this.hub = hub;
    }

    /** Under this name there is this and nothing else. */
    void replace(String name, List<Share> now) {
        synchronized (this) {
            Transaction local = new Transaction(store);
            shares.replace(local, ByteString.copyFromUtf8(name), now);
            Batch batch = local.toBatch();
            if (!batch.isEmpty()) {
                store.write(batch, true);
            }
        }
        tell();
    }

    /** What is registered at and under this name, or will be. */
    List<KeptShare> under(String name) {
        return Shares.list(store, ByteString.copyFromUtf8(name));
    }

    /** What became of one name. */
    Optional<KeptShare> kept(String path) {
        return Shares.kept(store, ByteString.copyFromUtf8(path));
    }

    /** A new session: what the hub has is asked for when nothing is on its way. */
    void hubIsUp() {
        synchronized (this) {
            isHubUp = true;
            isCompared = false;
        }
        tell();
    }

    /** What is on its way is answered when it is back. */
    void hubIsAway() {
        isHubUp = false;
    }

    /** Goes on with what could not be told before. */
    void tellAgain() {
        synchronized (this) {
            // A command of a bulk connection that broke may have been carried out after the comparison.
            isCompared &= !isDoubtful;
            isDoubtful = false;
        }
        tell();
    }

    private void tell() {
        Optional<Shares.Outgoing> next = Optional.empty();
        boolean isBulk = false;
        synchronized (this) {
            if (isWaiting || !isHubUp) {
                return;
            }
            if (isCompared) {
                Transaction local = new Transaction(store);
                next = shares.next(local, CONTROL_BYTES_MAX);
                isBulk =
                        next.isPresent() && next.get().isFull() && env.clock().monotonicMillis() >= bulkNotBeforeMillis;
                if (isBulk) {
                    next = shares.next(local, BULK_BYTES_MAX);
                }
                if (next.isEmpty()) {
                    return;
                }
                store.write(local.toBatch(), false);
            }
            isWaiting = true;
        }
        if (next.isEmpty()) {
            hub.ownShares(this::compared);
        } else {
            Shares.Outgoing sent = next.get();
            boolean isByBulk = isBulk;
            hub.command(sent.command(), isBulk, result -> told(sent, isByBulk, result));
        }
    }

    private void compared(Optional<OwnShares> own) {
        synchronized (this) {
            isWaiting = false;
            if (own.isEmpty()) {
                return; // asked again with the next look
            }
            isCompared = true;
            Transaction local = new Transaction(store);
            shares.hubHas(local, own.get());
            store.write(local.toBatch(), true);
        }
        tell();
    }

    private void told(Shares.Outgoing sent, boolean isBulk, CommandResult result) {
        synchronized (this) {
            isWaiting = false;
            if (result.hasProblem() && isLater(result)) {
                log.info("not registered yet why=\"{}\"", result.getProblem().getMessage());
                if (!isBulk) {
                    return; // with the next look, or when the hub is back
                }
                bulkNotBeforeMillis = env.clock().monotonicMillis() + BULK_AGAIN_MILLIS;
                isCompared = false; // who knows whether it was carried out
                isDoubtful = true;
            } else {
                Transaction local = new Transaction(store);
                if (result.hasProblem()) {
                    shares.refused(local, sent, result.getProblem().getMessage());
                } else {
                    shares.acknowledged(local, sent);
                }
                store.write(local.toBatch(), true);
            }
        }
        tell();
    }

    private static boolean isLater(CommandResult result) {
        return switch (result.getProblem().getCode()) {
            case UNREACHABLE, BUSY, INTERNAL, BELOW_WINDOW, NOT_LOGGED_IN -> true;
            case BAD_REQUEST, NOT_FOUND, DENIED, PARTIAL, DAMAGED, OVER_LIMIT -> false;
            case UNSUPPORTED, CONFLICT, STALE_DEVICES, UNRECOGNIZED -> false;
        };
    }
}

package covey.exchange;

import com.google.protobuf.ByteString;
import covey.content.BlockStore;
import covey.content.ContentId;
import covey.env.Env;
import covey.env.Loop;
import covey.swarm.SwarmLimits;
import covey.swarm.Uploads;
import covey.transport.BlockBuffers;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.transport.Transport;
import covey.wire.DeviceId;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Serves what this device holds to others: accepts their bulk connections, each of which one virtual thread works for,
 * when the {@link Uploads} of all of them say that it is its turn. Any thread; {@code this} guards the uploads.
 */
public final class Server implements Transport.Acceptor, AutoCloseable {
    /** Connections, whether they fetch or not. Each costs a thread and some kilobytes. */
    private static final int CONNECTIONS_MAX = 256;

    /** Of one device: one for each of its fetches, and some that are ending. */
    static final int CONNECTIONS_PER_DEVICE_MAX = 16;

    /** Of devices that the directory does not show: who was enrolled a moment ago asks again, others have no right. */
    static final int STRANGERS_MAX = 32;

    /** A connection that fetches nothing for so long is closed: a fetch begins as soon as its connection is there. */
    static final int IDLE_MILLIS_MAX = 10_000;

    /** Read and not sent yet, of one device over all its connections: 4 ms at 1 GB/s. */
    private static final long UNSENT_PER_DEVICE_BYTES_MAX = 4L * 1024 * 1024;

    /** Says who may have what. */
    public interface Permission {
        /** Whether its directory shows the device as active; on an I/O thread, must not block. */
        boolean isKnown(DeviceId device);

        /**
         * Empty when the device may fetch the content. On a virtual thread, may block.
         *
         * @param isBegun it was allowed to before; the ticket was in its time then
         */
        Optional<Refusal> refusal(DeviceId device, ContentId content, ByteString ticket, boolean isBegun);
    }

    /**
     * Why not.
     *
     * @param againMillis to ask again after, since it may be known better then; 0 = it will not
     * @param code DENIED, or NOT_LOGGED_IN when a ticket was wanted that the hub may give
     */
    public record Refusal(String sentence, int againMillis, ErrorCode code) {
        public Refusal(String sentence, int againMillis) {
            this(sentence, againMillis, ErrorCode.DENIED);
        }
    }

    /**
     * What serving needs.
     *
     * @param buffers shared by all connections: the bound of what is read and not sent yet
     * @param networkId who names another network is refused; empty takes anybody
     */
    public record Ports(Env env, BlockStore store, BlockBuffers buffers, Permission permission, ByteString networkId) {}

    private final Ports ports;
    final Set<Serving> servings = ConcurrentHashMap.newKeySet();
    final LongAdder servedBytes = new LongAdder();
    final Loop timers;
    private final Uploads uploads;
    private final Map<Integer, Begun> begun = new HashMap<>();
    private Loop.Cancellable timer = () -> {};
    private int fetches;
    private boolean isClosed;

    private record Begun(Serving serving, int stream) {}

    public Server(Ports ports) {
        this(ports, Uploads.Settings.USUAL);
    }

    public Server(Ports ports, Uploads.Settings settings) {
        this.ports = ports;
        this.timers = ports.env().newLoop("uploads");
        this.uploads = new Uploads(settings, now());
    }

    private long now() {
        return ports.env().clock().monotonicNanos();
    }

    /** Bytes per second to stay under, to all and to each; 0 limits nothing. */
    public synchronized void caps(long totalBytesPerSecond, long peerBytesPerSecond) {
        uploads.caps(totalBytesPerSecond, peerBytesPerSecond, now());
        takeTurns();
    }

    @Override
    public void accepted(Connection connection) {
        DeviceId device = connection.device();
        Serving serving;
        Optional<String> refusal;
        synchronized (this) {
            List<Serving> others = servingsOf(device);
            BlockBuffers.Share share = others.isEmpty() ? newShare(device) : others.getFirst().buffers;
            serving = new Serving(
                    ports, this, connection, share, !ports.permission().isKnown(device));
            refusal = refusal(serving, others.size());
            if (refusal.isEmpty()) {
                servings.add(serving);
            }
        }
        connection.receiver(serving);
        if (refusal.isEmpty()) {
            ports.env().background("serve " + device.shortText(), serving);
        } else {
            connection.close(Handover.goodbye(GoodbyeReason.CLOSING, refusal.get()));
        }
    }

    private Optional<String> refusal(Serving serving, int connections) {
        if (isClosed) {
            return Optional.of("this device is shutting down");
        }
        if (serving.isStranger
                && servings.stream().filter(other -> other.isStranger).count() >= STRANGERS_MAX) {
            return Optional.of("the device is not in this network's directory, or was revoked; too many such called");
        }
        if (connections >= CONNECTIONS_PER_DEVICE_MAX) {
            return Optional.of("it has " + connections + " connections (expected: fewer than "
                    + CONNECTIONS_PER_DEVICE_MAX + "); try again in a while");
        }
        return servings.size() < CONNECTIONS_MAX
                ? Optional.empty()
                : Optional.of("this device serves as many others as it can; try again in a while");
    }

    private List<Serving> servingsOf(DeviceId device) {
        return servings.stream()
                .filter(serving -> serving.device().equals(device))
                .toList();
    }

    /** So that those who do not read leave some to all others, as long as there are not too many of them. */
    private BlockBuffers.Share newShare(DeviceId device) {
        long each = ports.buffers().bytesMax() / uploads.slots();
        return new BlockBuffers.Share(
                Math.clamp(each, SwarmLimits.READ_BYTES_MAX, UNSENT_PER_DEVICE_BYTES_MAX),
                () -> servingsOf(device).forEach(Serving::wake));
    }

    /** Gives the fetch a number, or says after how many milliseconds to come again. */
    synchronized OptionalLong join(Serving serving, int stream, ContentId content, ServedContent served) {
        DeviceId device = serving.device();
        OptionalLong busy = uploads.join(device, ++fetches, content, now());
        if (busy.isPresent()) {
            uploads.evict(now()).ifPresent(this::evict);
            busy = uploads.join(device, fetches, content, now());
        }
        if (busy.isEmpty()) {
            begun.put(fetches, new Begun(serving, stream));
            served.fetch = fetches;
        }
        return busy;
    }

    private void evict(DeviceId idle) {
        uploads.gone(idle);
        begun.values().removeIf(one -> {
            boolean isIdle = one.serving.device().equals(idle);
            if (isIdle) {
                one.serving.evict(one.stream);
            }
            return isIdle;
        });
    }

    synchronized void leave(DeviceId device, int fetch) {
        begun.remove(fetch);
        uploads.leave(device, fetch);
        takeTurns();
    }

    synchronized boolean want(Uploads.Request request) {
        return uploads.want(request);
    }

    synchronized void unwant(DeviceId device, int fetch, int block) {
        uploads.unwant(device, fetch, block);
    }

    /** The fetch can be sent more. */
    synchronized void ready(DeviceId device, int fetch) {
        uploads.blocked(device, fetch, false);
        takeTurns();
    }

    /** Hands out all turns that there are now: a fetch that has one has no other until it is ready again. */
    synchronized void takeTurns() {
        timer.cancel();
        while (true) {
            switch (uploads.next(now())) {
                case Uploads.Turn.Send send -> {
                    int fetch = send.request().fetch();
                    uploads.blocked(send.request().peer(), fetch, true);
                    Begun whose = Objects.requireNonNull(begun.get(fetch));
                    whose.serving.turn(whose.stream, send);
                }
                case Uploads.Turn.Wait wait -> {
                    timer = timers.schedule(wait.nanos() / 1_000_000 + 1, this::takeTurns);
                    return;
                }
                case Uploads.Turn.Idle idle -> {
                    return;
                }
            }
        }
    }

    /** Block bytes given to others since the start. */
    public long servedBytes() {
        return servedBytes.sum();
    }

    /** Something is shared, offered or known otherwise than before: what may not go on ends. */
    public void review() {
        servings.forEach(Serving::review);
    }

    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
            timer.cancel();
        }
        timers.close();
        Goodbye goodbye = Handover.goodbye(GoodbyeReason.SHUTTING_DOWN, "this device is shutting down");
        servings.forEach(serving -> serving.cut(goodbye));
    }
}

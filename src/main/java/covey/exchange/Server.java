package covey.exchange;

import com.google.protobuf.ByteString;
import covey.content.BlockStore;
import covey.content.ContentId;
import covey.env.Env;
import covey.env.Loop;
import covey.swarm.Uploads;
import covey.transport.BlockBuffers;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.transport.Transport;
import covey.wire.DeviceId;
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

    /** Says who may have what; called on a virtual thread, may block. */
    public interface Permission {
        /**
         * Empty when the device may fetch the content.
         *
         * @param isBegun it was allowed to before; the ticket was in its time then
         */
        Optional<Refusal> refusal(DeviceId device, ContentId content, ByteString ticket, boolean isBegun);
    }

    /**
     * Why not.
     *
     * @param againMillis to ask again after, since it may be known better then; 0 = it will not
     */
    public record Refusal(String sentence, int againMillis) {}

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
    private final Loop timers;
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
        Serving serving = new Serving(ports, this, connection);
        connection.receiver(serving);
        boolean isTaken;
        synchronized (this) {
            isTaken = !isClosed && servings.size() < CONNECTIONS_MAX && servings.add(serving);
        }
        if (isTaken) {
            ports.env().background("serve " + connection.device().shortText(), serving);
        } else {
            connection.close(Handover.goodbye(
                    GoodbyeReason.CLOSING, "this device serves as many others as it can; try again in a while"));
        }
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

    /** Ends what the device fetches, as when it was revoked. */
    public void cut(DeviceId device, String sentence) {
        for (Serving serving : List.copyOf(servings)) {
            if (serving.device().equals(device)) {
                serving.cut(Handover.goodbye(GoodbyeReason.REVOKED, sentence));
            }
        }
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

package covey.swarm;

import com.google.protobuf.ByteString;
import covey.content.BlockStore;
import covey.content.ContentId;
import covey.env.Env;
import covey.transport.BlockBuffers;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.transport.Transport;
import covey.wire.DeviceId;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Serves what this device holds to others: accepts their bulk connections, each of which one virtual thread works for.
 * Any thread; {@code this} guards who has a slot.
 */
public final class Server implements Transport.Acceptor, AutoCloseable {
    /** Connections, whether they fetch or not. Each costs a thread and some kilobytes. */
    private static final int CONNECTIONS_MAX = 256;

    /** Says who may have what; called on a virtual thread, may block. */
    public interface Permission {
        /** Empty when the device may fetch the content; else the sentence for it. */
        Optional<String> refusal(DeviceId device, ContentId content, ByteString ticket);
    }

    /**
     * What serving needs.
     *
     * @param buffers shared by all connections: the bound of what is read and not sent yet
     * @param networkId who names another network is refused; empty takes anybody
     */
    public record Ports(Env env, BlockStore store, BlockBuffers buffers, Permission permission, ByteString networkId) {}

    private final Ports ports;
    private final Set<Serving> servings = ConcurrentHashMap.newKeySet();
    private final Set<Serving> slots = new HashSet<>();
    private final LongAdder servedBytes = new LongAdder();
    private boolean isClosed;

    public Server(Ports ports) {
        this.ports = ports;
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

    /** False when all places are taken. */
    synchronized boolean takeSlot(Serving serving) {
        if (!slots.contains(serving) && slots.size() >= SwarmLimits.SLOTS) {
            long idleMillis = ports.env().clock().monotonicMillis() - SwarmLimits.IDLE_SLOT_MILLIS;
            slots.removeIf(other -> other.servedMillis() < idleMillis);
        }
        return slots.contains(serving) || (slots.size() < SwarmLimits.SLOTS && slots.add(serving));
    }

    synchronized void leaveSlot(Serving serving) {
        slots.remove(serving);
    }

    void ended(Serving serving) {
        servings.remove(serving);
        leaveSlot(serving);
    }

    void served(long bytes) {
        servedBytes.add(bytes);
    }

    /** Block bytes given to others since the start. */
    public long servedBytes() {
        return servedBytes.sum();
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
        }
        Goodbye goodbye = Handover.goodbye(GoodbyeReason.SHUTTING_DOWN, "this device is shutting down");
        servings.forEach(serving -> serving.cut(goodbye));
    }
}

package covey.sim;

import covey.transport.BlockBuffer;
import covey.transport.Connection;
import covey.transport.Protocol;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.FrameCodec;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;

/** One end of a virtual connection. Frames are encoded and decoded, so that the codec is on the way too. */
final class SimConnection implements Connection {
    private final SimHost host;
    private final SimWorld world;
    private final int life;
    private final DeviceId device;
    private final byte[] publicKey;
    private final String remote;
    private final String local;
    private final Protocol protocol;
    private Optional<SimConnection> other = Optional.empty();
    private Optional<Receiver> receiver = Optional.empty();
    private final ArrayDeque<Frame> early = new ArrayDeque<>();
    private Optional<Goodbye> earlyClose = Optional.empty();
    private boolean isOpen = true;
    private boolean isReading = true;
    private boolean isToldClosed;
    private long lastArrivalNanos;

    SimConnection(SimHost host, DeviceId device, byte[] publicKey, String remote, String local, Protocol protocol) {
        this.host = host;
        this.world = host.world();
        this.life = host.life();
        this.device = device;
        this.publicKey = publicKey.clone();
        this.remote = remote;
        this.local = local;
        this.protocol = protocol;
        host.connections.add(this);
    }

    void joinedTo(SimConnection peer) {
        other = Optional.of(peer);
    }

    static long latencyNanos(SimWorld world) {
        SimFaults faults = world.faults();
        double millis = faults.latencyMillisMin()
                + world.random().nextDouble() * (faults.latencyMillisMax() - faults.latencyMillisMin());
        return (long) (millis * 1_000_000);
    }

    @Override
    public boolean send(Frame frame) {
        if (!isOpen || life != host.life()) {
            return false;
        }
        SimFaults faults = world.faults();
        if (world.random().nextDouble() < faults.cut()) {
            breakBoth("connection reset");
            return false;
        }
        byte[] bytes = FrameCodec.encode(frame, protocol.payloadBytesMax());
        boolean isRelayed = frame.type() == FrameType.RELAY;
        if (isRelayed && world.random().nextDouble() < faults.relayLoss()) {
            return true;
        }
        carry(bytes);
        if (isRelayed && world.random().nextDouble() < faults.relayDoubled()) {
            carry(bytes);
        }
        return true;
    }

    private void carry(byte[] bytes) {
        SimConnection peer = other.orElseThrow();
        // TCP keeps the order within one connection.
        lastArrivalNanos = Math.max(lastArrivalNanos + 1, world.nowNanos() + latencyNanos(world));
        peer.host.later(lastArrivalNanos - world.nowNanos(), () -> peer.arrived(bytes));
    }

    private void arrived(byte[] bytes) {
        if (isToldClosed) {
            return;
        }
        early.add(FrameCodec.decode(ByteBuffer.wrap(bytes), protocol.payloadBytesMax()));
        deliver();
    }

    private void deliver() {
        while (receiver.isPresent() && isReading && !early.isEmpty()) {
            deliver(receiver.get(), early.remove());
        }
    }

    private void deliver(Receiver to, Frame frame) {
        if (frame.type() != FrameType.BLOCK) {
            to.received(this, frame);
        } else if (to instanceof BlockReceiver taking) {
            int bytes = frame.payload().length;
            taking.blockBegins(this, frame.header(), bytes).ifPresent(target -> {
                target.put(frame.payload());
                taking.blockArrived(this, frame.header(), bytes);
            });
        }
    }

    @Override
    public boolean send(FrameHeader header, ByteBuffer payload, BlockBuffer owner) {
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        return send(new Frame(header, bytes));
    }

    @Override
    public void setReading(boolean reads) {
        isReading = reads;
        host.later(0, this::deliver);
    }

    /** Both sides notice, each a little later; what was under way is lost. */
    void breakBoth(String why) {
        endAfter(latencyNanos(world), SimTransport.broken(why));
        other.orElseThrow().endAfter(latencyNanos(world), SimTransport.broken(why));
    }

    private void endAfter(long delayNanos, Goodbye why) {
        isOpen = false;
        host.later(delayNanos, () -> tellClosed(why));
    }

    /** This side's host lost power: the other side finds the connection reset. */
    void hostGone() {
        isOpen = false;
        other.orElseThrow().endAfter(latencyNanos(world), SimTransport.broken("connection reset"));
    }

    private void tellClosed(Goodbye why) {
        if (isToldClosed) {
            return;
        }
        isToldClosed = true;
        isOpen = false;
        host.connections.remove(this);
        if (receiver.isPresent()) {
            receiver.get().closed(this, why);
        } else {
            earlyClose = Optional.of(why);
        }
    }

    @Override
    public void close(Goodbye goodbye) {
        if (!isOpen) {
            return;
        }
        isOpen = false;
        SimConnection peer = other.orElseThrow();
        lastArrivalNanos = Math.max(lastArrivalNanos + 1, world.nowNanos() + latencyNanos(world));
        peer.endAtArrival(lastArrivalNanos - world.nowNanos(), goodbye);
        host.later(0, () -> tellClosed(goodbye));
    }

    /** The other side's goodbye comes after everything it sent before. */
    private void endAtArrival(long delayNanos, Goodbye goodbye) {
        host.later(delayNanos, () -> tellClosed(goodbye));
    }

    @Override
    public void receiver(Receiver newReceiver) {
        receiver = Optional.of(newReceiver);
        host.later(0, () -> {
            deliver();
            earlyClose.ifPresent(why -> newReceiver.closed(this, why));
        });
    }

    @Override
    public DeviceId device() {
        return device;
    }

    @Override
    public byte[] publicKey() {
        return publicKey.clone();
    }

    @Override
    public String remoteAddress() {
        return remote;
    }

    @Override
    public String localAddress() {
        return local;
    }

    @Override
    public Protocol protocol() {
        return protocol;
    }

    @Override
    public boolean isWritable() {
        return isOpen;
    }

    @Override
    public long unsentBytes() {
        return 0;
    }

    @Override
    public boolean isOpen() {
        return isOpen && life == host.life();
    }
}

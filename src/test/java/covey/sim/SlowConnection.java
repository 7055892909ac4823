package covey.sim;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.transport.Connection;
import covey.transport.Protocol;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.Hello;
import covey.wire.proto.SessionOpen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A hub's end of a connection whose other side reads as slowly as a test wants. */
final class SlowConnection implements Connection {
    private static final DeviceKeys STRANGER = DeviceKeys.generate(Env.system());

    private final String remote;
    private final DeviceKeys keys;
    private final List<Frame> sent = new ArrayList<>();
    private Optional<Receiver> receiver = Optional.empty();
    private boolean isOpen = true;
    boolean isWritable = true;
    int framesToTake = 1_000;

    SlowConnection(String remote) {
        this(remote, STRANGER);
    }

    SlowConnection(String remote, DeviceKeys keys) {
        this.remote = remote;
        this.keys = keys;
    }

    /** Greets and opens a session. */
    void open() {
        receive(Frame.of(
                FrameType.HELLO,
                1,
                Hello.newBuilder()
                        .setProtocolMin(1)
                        .setProtocolMax(1)
                        .setBootNonce(ByteString.copyFrom(new byte[16]))
                        .build()));
        receive(Frame.of(
                FrameType.SESSION_OPEN,
                2,
                SessionOpen.newBuilder().setIncarnation(1).build()));
    }

    void receive(Frame frame) {
        receiver.orElseThrow().received(this, frame);
    }

    void becomeWritable() {
        isWritable = true;
        receiver.orElseThrow().writable(this);
    }

    List<Frame> sent(FrameType type) {
        return sent.stream().filter(frame -> frame.type() == type).toList();
    }

    @Override
    public boolean send(Frame frame) {
        sent.add(frame);
        isWritable &= --framesToTake > 0;
        return isOpen;
    }

    @Override
    public void close(Goodbye goodbye) {
        isOpen = false;
        receiver.ifPresent(told -> told.closed(this, goodbye));
    }

    @Override
    public DeviceId device() {
        return keys.id();
    }

    @Override
    public byte[] publicKey() {
        return keys.publicKey();
    }

    @Override
    public String remoteAddress() {
        return remote;
    }

    @Override
    public String localAddress() {
        return "10.0.0.9:7440";
    }

    @Override
    public Protocol protocol() {
        return Protocol.HUB;
    }

    @Override
    public boolean isWritable() {
        return isWritable && isOpen;
    }

    @Override
    public long unsentBytes() {
        return 0;
    }

    @Override
    public boolean isOpen() {
        return isOpen;
    }

    @Override
    public void receiver(Receiver newReceiver) {
        receiver = Optional.of(newReceiver);
    }
}

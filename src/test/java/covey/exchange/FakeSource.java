package covey.exchange;

import com.google.protobuf.MessageLite;
import covey.transport.Connection;
import covey.transport.Protocol;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A holder's end of a connection, played by a test. Any thread. */
final class FakeSource implements Connection {
    private final DeviceId device;
    private final List<Frame> sent = new CopyOnWriteArrayList<>();
    private volatile Optional<Receiver> receiver = Optional.empty();
    volatile Optional<Goodbye> closedFor = Optional.empty();

    FakeSource(DeviceId device) {
        this.device = device;
    }

    int count(FrameType type) {
        return (int) sent.stream().filter(frame -> frame.type() == type).count();
    }

    /** The so-manieth frame of the type that the fetcher sent. */
    Frame sent(FrameType type, int number) {
        return sent.stream()
                .filter(frame -> frame.type() == type)
                .skip(number)
                .findFirst()
                .orElseThrow();
    }

    void says(FrameType type, MessageLite.Builder message) {
        receiver.orElseThrow().received(this, Frame.of(type, 1, message.build()));
    }

    @Override
    public DeviceId device() {
        return device;
    }

    @Override
    public byte[] publicKey() {
        return new byte[0];
    }

    @Override
    public String remoteAddress() {
        return "127.0.0.1:1";
    }

    @Override
    public String localAddress() {
        return "127.0.0.1:2";
    }

    @Override
    public Protocol protocol() {
        return Protocol.BULK;
    }

    @Override
    public boolean send(Frame frame) {
        return sent.add(frame);
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public long unsentBytes() {
        return 0;
    }

    @Override
    public void close(Goodbye goodbye) {
        if (closedFor.isEmpty()) {
            closedFor = Optional.of(goodbye);
            receiver.ifPresent(known -> known.closed(this, goodbye));
        }
    }

    @Override
    public boolean isOpen() {
        return closedFor.isEmpty();
    }

    @Override
    public void receiver(Receiver installed) {
        receiver = Optional.of(installed);
    }
}

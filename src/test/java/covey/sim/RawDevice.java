package covey.sim;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.transport.Connection;
import covey.transport.Protocol;
import covey.transport.Transport.Attempt;
import covey.transport.Transport.Dialled;
import covey.wire.Frame;
import covey.wire.Messages;
import covey.wire.proto.Command;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.CommandResult;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.Hello;
import covey.wire.proto.SessionOpen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A device that speaks to a hub frame by frame, so that a test may also misbehave. */
final class RawDevice implements Connection.Receiver {
    final DeviceKeys keys;
    private final SimWorld world;
    private final SimHost host;
    final List<Frame> frames = new ArrayList<>();
    Optional<Goodbye> closed = Optional.empty();
    private Optional<Connection> connection = Optional.empty();
    private int streams;
    private long sequence;
    private boolean answersPings = true;

    RawDevice(SimWorld world, String address) {
        this(world, address, DeviceKeys.generate(Env.system()));
    }

    RawDevice(SimWorld world, String address, DeviceKeys keys) {
        this.world = world;
        this.host = world.host(address);
        this.keys = keys;
    }

    RawDevice connect() {
        return connect(Protocol.HUB);
    }

    RawDevice connect(Protocol protocol) {
        host.transport(keys.id(), keys.publicKey())
                .dial(List.of(SimHub.ADDRESS), protocol, device -> true, 1_000, new Dialled() {
                    @Override
                    public void connected(Connection made) {
                        connection = Optional.of(made);
                        made.receiver(RawDevice.this);
                    }

                    @Override
                    public void failed(List<Attempt> attempts) {
                        throw new AssertionError(attempts);
                    }
                });
        world.run(20);
        return this;
    }

    RawDevice hello(int bootNonce) {
        byte[] nonce = new byte[16];
        nonce[0] = (byte) bootNonce;
        send(
                FrameType.HELLO,
                Hello.newBuilder()
                        .setProtocolMin(1)
                        .setProtocolMax(1)
                        .setBootNonce(ByteString.copyFrom(nonce))
                        .setSoftware("raw")
                        .build());
        return this;
    }

    /** Connects, greets and opens a session; the device must be enrolled. */
    RawDevice open(int bootNonce) {
        connect()
                .hello(bootNonce)
                .send(
                        FrameType.SESSION_OPEN,
                        SessionOpen.newBuilder().setIncarnation(bootNonce).build());
        world.run(50);
        return this;
    }

    /** Sends with a stream of its own and returns it. */
    int send(FrameType type, MessageLite message) {
        int stream = ++streams;
        send(Frame.of(type, stream, message));
        return stream;
    }

    void send(Frame frame) {
        connection.orElseThrow().send(frame);
    }

    void disconnect() {
        connection.orElseThrow().close(Goodbye.getDefaultInstance());
        world.run(50);
    }

    void deaf() {
        answersPings = false;
    }

    /** Sends a command and runs the world until its reply came. */
    CommandResult command(Command command) {
        sequence++;
        return commandAgain(command);
    }

    /** The same for a command whose reply got lost. */
    CommandResult commandAgain(Command command) {
        int stream = send(
                FrameType.COMMAND,
                CommandRequest.newBuilder()
                        .setSequence(sequence)
                        .setFirstUnanswered(sequence)
                        .setCommand(command)
                        .build());
        world.run(100);
        return answers(FrameType.COMMAND_REPLY, CommandReply.class, stream)
                .getFirst()
                .getResult();
    }

    <T extends MessageLite> List<T> all(FrameType type, Class<T> message) {
        return frames.stream()
                .filter(frame -> frame.type() == type)
                .map(frame -> Messages.as(frame, message))
                .toList();
    }

    <T extends MessageLite> List<T> answers(FrameType type, Class<T> message, int stream) {
        return frames.stream()
                .filter(frame -> frame.type() == type && frame.stream() == stream)
                .map(frame -> Messages.as(frame, message))
                .toList();
    }

    @Override
    public void received(Connection from, Frame frame) {
        frames.add(frame);
        if (frame.type() == FrameType.PING && answersPings) {
            from.send(
                    new Frame(frame.header().toBuilder().setType(FrameType.PONG).build(), frame.payload()));
        }
    }

    @Override
    public void closed(Connection from, Goodbye reason) {
        closed = Optional.of(reason);
    }
}

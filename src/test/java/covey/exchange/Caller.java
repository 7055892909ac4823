package covey.exchange;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.content.ContentId;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.transport.Connection;
import covey.transport.NettyTransport;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.TransportSettings;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Versions;
import covey.wire.proto.FetchRequest;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.Want;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

/** A device that speaks the protocol by hand, as well or as badly as a test tells it. */
final class Caller implements AutoCloseable {
    private final DeviceKeys keys = DeviceKeys.generate(Env.system());
    private final NettyTransport transport = new NettyTransport(Env.system(), keys, TransportSettings.defaults());

    /** One of its connections. */
    static final class Line implements Transport.Dialled, Connection.Receiver {
        private volatile Optional<Connection> connection = Optional.empty();
        final List<Frame> heard = new CopyOnWriteArrayList<>();
        volatile Optional<Goodbye> end = Optional.empty();

        @Override
        public void connected(Connection made) {
            made.receiver(this);
            connection = Optional.of(made);
        }

        @Override
        public void failed(List<Transport.Attempt> attempts) {
            end = Optional.of(
                    Goodbye.newBuilder().setMessage(attempts.toString()).build());
        }

        @Override
        public void received(Connection from, Frame frame) {
            heard.add(frame);
        }

        @Override
        public void closed(Connection from, Goodbye reason) {
            end = Optional.of(reason);
        }

        void says(FrameType type, MessageLite message) {
            connection.orElseThrow().send(Frame.of(type, 1, message));
        }

        void fetches(ContentId content) {
            FetchRequest.Builder request = FetchRequest.newBuilder();
            says(
                    FrameType.FETCH,
                    request.setContent(ByteString.copyFrom(content.toBytes())).build());
            awaits(FrameType.FETCH_REPLY);
        }

        void awaits(FrameType type) {
            await().atMost(Duration.ofSeconds(10)).until(() -> heard.stream().anyMatch(frame -> frame.type() == type));
        }

        /** Takes nothing more, whatever comes. */
        void stopsReadingAndWants(int blocks) {
            connection.orElseThrow().setReading(false);
            says(
                    FrameType.WANT,
                    Want.newBuilder()
                            .addAllBlocks(IntStream.range(0, blocks).boxed().toList())
                            .build());
        }

        void readsOn() {
            connection.orElseThrow().setReading(true);
        }

        Goodbye awaitsEnd() {
            await().atMost(Duration.ofSeconds(10)).until(() -> end.isPresent());
            return end.orElseThrow();
        }
    }

    DeviceId id() {
        return keys.id();
    }

    Line calls(Exchangers.Device holder) {
        Line line = new Line();
        transport.dial(List.of(holder.address), Protocol.BULK, holder.id()::equals, 5_000, line);
        await().until(() -> line.connection.isPresent() || line.end.isPresent());
        line.connection.ifPresent(
                made -> made.send(Frame.of(FrameType.BULK_HELLO, Versions.hello(Exchangers.NETWORK))));
        return line;
    }

    @Override
    public void close() {
        transport.close();
    }
}

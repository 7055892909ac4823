package covey.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import covey.env.Env;
import covey.transport.Transport.Address;
import covey.transport.Transport.Listener;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class BulkConnectionTest {
    private static final TestDevice HUB = TestDevice.create();
    private static final TestDevice HOLDER = TestDevice.create();
    private static final TestDevice FETCHER = TestDevice.create();
    private static final int PART = Limits.BULK_PAYLOAD_BYTES_MAX;

    private final List<Transport> opened = new ArrayList<>();
    private final BlockBuffers buffers = new BlockBuffers(8 * PART);

    @AfterEach
    void close() {
        opened.forEach(Transport::close);
    }

    static Stream<Stack> stacks() {
        return Stream.of(Stack.best(), Stack.portable());
    }

    private NettyTransport transport(TestDevice device, Stack stack) {
        NettyTransport transport = new NettyTransport(
                Env.system(), device.keys().getPrivate(), device.certificate(), TransportSettings.defaults(), stack);
        opened.add(transport);
        return transport;
    }

    private <T extends Transport.Dialled> T dial(Address to, Protocol protocol, T outcome) {
        transport(FETCHER, Stack.best()).dial(List.of(to), protocol, device -> true, 3_000, outcome);
        return outcome;
    }

    private Listener holderListens(Stack stack, Transport.Acceptor acceptor) {
        return transport(HOLDER, stack).listen(new Address("127.0.0.1", 0), Set.of(Protocol.BULK), acceptor);
    }

    private static FrameHeader block(int block, int offset) {
        return FrameHeader.newBuilder()
                .setType(FrameType.BLOCK)
                .setStream(1)
                .setBlock(block)
                .setOffset(offset)
                .build();
    }

    private BlockBuffer filled(int bytes, long seed) {
        BlockBuffer buffer = buffers.tryTake(bytes).orElseThrow();
        byte[] random = new byte[bytes];
        new Random(seed).nextBytes(random);
        buffer.bytes().clear().put(random).flip();
        return buffer;
    }

    /** Collects blocks of up to four parts, those of block 13 are not wanted, block 99 is a mistake. */
    private static final class Blocks implements Transport.Dialled, Connection.BlockReceiver {
        final List<Frame> frames = new CopyOnWriteArrayList<>();
        final List<Integer> arrived = new CopyOnWriteArrayList<>();
        final List<Goodbye> ends = new CopyOnWriteArrayList<>();
        final List<Connection> connections = new CopyOnWriteArrayList<>();
        final ByteBuffer target = ByteBuffer.allocateDirect(4 * PART);

        @Override
        public void connected(Connection connection) {
            connection.receiver(this);
            connections.add(connection);
        }

        @Override
        public void failed(List<Transport.Attempt> attempts) {
            throw new AssertionError(attempts.toString());
        }

        @Override
        public Optional<ByteBuffer> blockBegins(Connection connection, FrameHeader header, int payloadBytes) {
            if (header.getBlock() == 99) {
                throw new WireException(ErrorCode.BAD_REQUEST, "BLOCK: 99 was not asked for");
            }
            return header.getBlock() == 13
                    ? Optional.empty()
                    : Optional.of(target.slice(header.getOffset(), payloadBytes));
        }

        @Override
        public void blockArrived(Connection connection, FrameHeader header, int payloadBytes) {
            arrived.add(header.getBlock());
        }

        @Override
        public void received(Connection connection, Frame frame) {
            frames.add(frame);
        }

        @Override
        public void closed(Connection connection, Goodbye reason) {
            ends.add(reason);
        }
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void blocksArriveWhereTheReceiverWantsThemAmongFramesOfAllSizes(Stack stack) throws InterruptedException {
        Recorder holder = new Recorder();
        Blocks fetcher = dial(holderListens(stack, holder).address(), Protocol.BULK, new Blocks());
        Connection toFetcher = holder.connection();
        Frame large = new Frame(FrameHeader.newBuilder().setType(FrameType.MAIL).build(), new byte[PART]);
        for (int i = 0; i < 40; i++) {
            BlockBuffer buffer = filled(PART - i, i);
            await().until(toFetcher::isWritable);
            assertThat(toFetcher.send(block(i, PART * (i % 4)), buffer.bytes().duplicate(), buffer))
                    .isTrue();
            buffer.release();
            assertThat(i % 8 != 0 || toFetcher.send(large)).isTrue();
        }
        await().until(() -> fetcher.arrived.size() == 39 && fetcher.frames.size() == 5);
        assertThat(fetcher.arrived)
                .isEqualTo(IntStream.range(0, 40).filter(i -> i != 13).boxed().toList());
        assertThat(fetcher.frames)
                .allSatisfy(frame -> assertThat(frame.payload()).hasSize(PART));
        ByteBuffer expected = filled(PART - 39, 39).bytes();
        assertThat(fetcher.target.slice(3 * PART, PART - 39)).isEqualTo(expected);
        await().until(() -> buffers.takenBytes() == PART);
        assertThat(toFetcher.unsentBytes()).isZero();
    }

    @Test
    void whoDoesNotReadHoldsBackTheSenderAndCostsNothingMore() throws InterruptedException {
        Recorder holder = new Recorder();
        Blocks fetcher = dial(holderListens(Stack.best(), holder).address(), Protocol.BULK, new Blocks());
        Connection toFetcher = holder.connection();
        await().until(() -> !fetcher.connections.isEmpty());
        fetcher.connections.getFirst().setReading(false);
        BlockBuffer buffer = filled(PART, 1);
        int sent = 0;
        while (sent < 200 && toFetcher.isWritable()) {
            toFetcher.send(block(0, 0), buffer.bytes().duplicate(), buffer);
            sent++;
            await().pollInterval(java.time.Duration.ofMillis(1))
                    .atMost(java.time.Duration.ofMillis(200))
                    .until(() -> true);
        }
        buffer.release();
        assertThat(sent).isLessThan(200);
        int expected = sent;
        fetcher.connections.getFirst().setReading(true);
        await().until(() -> fetcher.arrived.size() == expected);
        await().until(toFetcher::isWritable);
        assertThat(holder.writableAgain).isPositive();
    }

    @Test
    void aBlockNobodyAskedForEndsTheConnectionWithTheSentence() throws InterruptedException {
        Recorder holder = new Recorder();
        Blocks fetcher = dial(holderListens(Stack.best(), holder).address(), Protocol.BULK, new Blocks());
        BlockBuffer buffer = filled(PART, 1);
        holder.connection().send(block(99, 0), buffer.bytes().duplicate(), buffer);
        for (int i = 0; i < 20; i++) {
            holder.connection().send(block(0, 0), buffer.bytes().duplicate(), buffer);
        }
        buffer.release();
        assertThat(holder.end().getReason()).isEqualTo(GoodbyeReason.PROTOCOL_ERROR);
        assertThat(holder.end().getMessage()).contains("99 was not asked for");
        assertThat(fetcher.arrived).isEmpty();
        await().until(() -> buffers.takenBytes() == 0);
        assertThat(holder.connection().send(block(0, 0), ByteBuffer.allocateDirect(1), filled(1, 1)))
                .isFalse();
    }

    @Test
    void aFrameBeyondTheLimitIsRefusedAndControlConnectionsCarryNoBlocks() throws InterruptedException {
        Recorder holder = new Recorder();
        NettyTransport hub = transport(HUB, Stack.best());
        Listener port = hub.listen(new Address("127.0.0.1", 0), Set.of(Protocol.HUB, Protocol.HUB_BULK), holder);
        Recorder control = dial(port.address(), Protocol.HUB, new Recorder());
        BlockBuffer buffer = filled(1, 1);
        assertThatThrownBy(() -> control.connection().send(block(0, 0), buffer.bytes(), buffer))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> control.connection()
                        .send(new Frame(
                                FrameHeader.newBuilder().setType(FrameType.MAIL).build(),
                                new byte[Limits.CONTROL_FRAME_BYTES_MAX + 1])))
                .hasMessageContaining("payload");
        Recorder bulk = dial(port.address(), Protocol.HUB_BULK, new Recorder());
        assertThatThrownBy(() -> bulk.connection()
                        .send(new Frame(
                                FrameHeader.newBuilder().setType(FrameType.MAIL).build(), new byte[PART + 1])))
                .hasMessageContaining("payload");
    }

    @Test
    void onePortServesAHubAndAPeerWithTheirBulkConnectionsUnderEachKey() {
        Recorder ofHub = new Recorder();
        Recorder ofPeer = new Recorder();
        NettyTransport hub = transport(HUB, Stack.best());
        Listener port = hub.listen(new Address("127.0.0.1", 0), Set.of(Protocol.HUB, Protocol.HUB_BULK), ofHub);
        transport(HOLDER, Stack.best()).listenAt(port, Set.of(Protocol.PEER, Protocol.BULK), ofPeer);
        for (Protocol protocol : Protocol.values()) {
            boolean isHub = protocol == Protocol.HUB || protocol == Protocol.HUB_BULK;
            Recorder dialled = dial(port.address(), protocol, new Recorder());
            assertThat(dialled.connection().device()).isEqualTo(isHub ? HUB.id() : HOLDER.id());
            assertThat(dialled.connection().protocol()).isEqualTo(protocol);
        }
        await().until(() -> ofHub.connections.size() == 2 && ofPeer.connections.size() == 2);
    }

    @Test
    void buffersStayWithinTheirBoundAndAreUsedAgain() {
        BlockBuffers two = new BlockBuffers(2 * PART);
        BlockBuffer first = two.tryTake(PART).orElseThrow();
        ByteBuffer bytes = first.bytes();
        BlockBuffer second = two.tryTake(PART - 1).orElseThrow();
        assertThat(two.tryTake(1)).isEmpty();
        first.hold().release();
        assertThat(two.tryTake(1)).isEmpty();
        first.release();
        assertThatThrownBy(first::release).hasMessageContaining("once too often");
        bytes.put(0, (byte) 7);
        assertThat(two.tryTake(PART).orElseThrow().bytes().get(0)).isEqualTo((byte) 7);
        assertThat(second.bytes().capacity()).isEqualTo(PART - 1);
        second.release();
        assertThat(two.tryTake(16).orElseThrow().bytes().capacity()).isEqualTo(16);
    }

    @Test
    void whoeverSharesTheBuffersHoldsNoMoreThanItsShareAndHearsWhenToTryAgain() {
        BlockBuffers four = new BlockBuffers(4 * PART);
        AtomicInteger told = new AtomicInteger();
        BlockBuffers.Share share = new BlockBuffers.Share(2 * PART, told::incrementAndGet);
        BlockBuffer first = four.tryTake(PART, share).orElseThrow();
        BlockBuffer second = four.tryTake(PART, share).orElseThrow();
        assertThat(four.tryTake(PART, share)).isEmpty();
        BlockBuffer others = four.tryTake(PART).orElseThrow();
        assertThat(told).hasValue(0);
        first.release();
        assertThat(told).hasValue(1);
        first = four.tryTake(PART, share).orElseThrow();
        List.of(first, second, others).forEach(BlockBuffer::release);
        assertThat(told).hasValue(1);
        assertThat(four.takenBytes()).isZero();
    }
}

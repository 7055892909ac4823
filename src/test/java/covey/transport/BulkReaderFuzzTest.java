package covey.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import covey.wire.Frame;
import covey.wire.FrameCodec;
import covey.wire.Limits;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** However a stream is cut, and whatever it holds: the same frames and blocks, or an end, and nothing beyond limits. */
final class BulkReaderFuzzTest {
    /** What is heard: each frame and block as one line. */
    private static final class Lines implements Connection.BlockReceiver {
        final List<String> heard = new ArrayList<>();
        final List<Goodbye> ends = new ArrayList<>();
        final byte[] target = new byte[Limits.BULK_PAYLOAD_BYTES_MAX];

        @Override
        public Optional<ByteBuffer> blockBegins(Connection connection, FrameHeader header, int payloadBytes) {
            assertThat(payloadBytes).isBetween(1, Limits.BULK_PAYLOAD_BYTES_MAX);
            return header.getBlock() % 3 == 2 ? Optional.empty() : Optional.of(ByteBuffer.wrap(target));
        }

        @Override
        public void blockArrived(Connection connection, FrameHeader header, int payloadBytes) {
            heard.add("block " + header.getBlock() + " " + Arrays.hashCode(Arrays.copyOf(target, payloadBytes)));
        }

        @Override
        public void received(Connection connection, Frame frame) {
            assertThat(frame.payload().length).isLessThanOrEqualTo(Limits.BULK_PAYLOAD_BYTES_MAX);
            heard.add(frame.type() + " " + Arrays.hashCode(frame.payload()));
        }

        @Override
        public void closed(Connection connection, Goodbye reason) {
            ends.add(reason);
        }
    }

    private static Lines read(byte[] stream, IntUnaryOperator cut) {
        Lines lines = new Lines();
        EmbeddedChannel channel = new EmbeddedChannel();
        NettyConnection connection = new NettyConnection(
                channel, new FlushQueue(channel.eventLoop()), TransportSettings.defaults(), Protocol.BULK, new byte[] {1
                });
        connection.receiver(lines);
        channel.pipeline().addLast(new BulkReader(connection, new byte[Limits.HEADER_BYTES_MAX]));
        for (int at = 0; at < stream.length; ) {
            int bytes = Math.clamp(cut.applyAsInt(stream.length - at), 1, stream.length - at);
            channel.writeInbound(Unpooled.copiedBuffer(stream, at, bytes));
            at += bytes;
        }
        channel.runPendingTasks();
        channel.finishAndReleaseAll();
        return lines;
    }

    private static byte[] stream() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Random random = new Random(3);
        for (int i = 0; i < 12; i++) {
            byte[] payload = new byte[1 + random.nextInt(i == 7 ? Limits.BULK_PAYLOAD_BYTES_MAX : 300)];
            random.nextBytes(payload);
            FrameHeader header = FrameHeader.newBuilder()
                    .setType(i % 2 == 0 ? FrameType.BLOCK : FrameType.HASHES_REPLY)
                    .setStream(1)
                    .setBlock(i)
                    .build();
            out.writeBytes(FrameCodec.encode(new Frame(header, payload), Limits.BULK_PAYLOAD_BYTES_MAX));
        }
        return out.toByteArray();
    }

    @Test
    void howeverTheStreamIsCutTheSameIsHeard() {
        byte[] stream = stream();
        List<String> whole = read(stream, left -> left).heard;
        assertThat(whole).hasSize(10);
        assertThat(read(stream, left -> 1).heard).isEqualTo(whole);
        Random random = new Random(5);
        for (int i = 0; i < 200; i++) {
            assertThat(read(stream, left -> random.nextInt(1 + random.nextInt(2_000))).heard)
                    .isEqualTo(whole);
        }
    }

    @Test
    void damagedStreamsEndOrAreReadWithinTheLimits() {
        Random random = new Random(11);
        byte[] genuine = stream();
        for (int i = 0; i < 500; i++) {
            byte[] stream = genuine.clone();
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                stream[random.nextInt(i % 2 == 0 ? 400 : stream.length)] = (byte) random.nextInt();
            }
            assertThat(read(stream, left -> random.nextInt(1_000)).ends).hasSizeLessThanOrEqualTo(1);
        }
    }

    @FuzzTest
    void streams(FuzzedDataProvider data) {
        int bytes = data.consumeInt(1, 300);
        assertThat(read(data.consumeRemainingAsBytes(), left -> bytes).ends).hasSizeLessThanOrEqualTo(1);
    }
}

package covey.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever bytes come: a frame, a message within its limits, or a {@link WireException} with a sentence. */
final class WireFuzzTest {
    /** What a hub takes from a connection that has no session yet. */
    private static final FrameType[] BEFORE_AUTHENTICATION = {
        FrameType.HELLO, FrameType.JOIN, FrameType.LOGIN, FrameType.SESSION_OPEN, FrameType.PING, FrameType.GOODBYE
    };

    private static final FrameType[] ALL = FrameType.values();

    @FuzzTest
    void frames(FuzzedDataProvider data) {
        decode(data.consumeRemainingAsBytes());
    }

    @FuzzTest
    void messagesBeforeAuthentication(FuzzedDataProvider data) {
        message(data.pickValue(BEFORE_AUTHENTICATION), data.consumeRemainingAsBytes());
    }

    @FuzzTest
    void messagesAfterAuthentication(FuzzedDataProvider data) {
        message(data.pickValue(ALL), data.consumeRemainingAsBytes());
    }

    @FuzzTest
    void names(FuzzedDataProvider data) {
        String typed = data.consumeRemainingAsString();
        try {
            String name = Names.account(typed);
            assertThat(Names.account(name)).isEqualTo(name).hasSizeBetween(1, Limits.ACCOUNT_NAME_CHARS_MAX);
        } catch (WireException e) {
            assertThat(e.getMessage()).contains("account name");
        }
        try {
            assertThat(Names.device(typed)).hasSizeBetween(1, Limits.DEVICE_NAME_CHARS_MAX);
        } catch (WireException e) {
            assertThat(e.getMessage()).contains("device name");
        }
    }

    /** The same without a fuzzer, so that every build tries some: golden frames with a few bytes changed. */
    @Test
    void damagedFramesAreRefusedOrStillWithinTheLimits() {
        Random random = new Random(7);
        List<byte[]> golden = GoldenBytesTest.types()
                .map(type -> FrameCodec.encode(Samples.of(type)))
                .toList();
        Stream.generate(() -> golden.get(random.nextInt(golden.size())).clone())
                .limit(5_000)
                .forEach(bytes -> {
                    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                    }
                    decode(bytes);
                });
    }

    private static void decode(byte[] bytes) {
        try {
            Frame frame = FrameCodec.decode(ByteBuffer.wrap(bytes));
            assertThat(frame.payload().length).isLessThanOrEqualTo(Limits.CONTROL_FRAME_BYTES_MAX);
            Frame again = FrameCodec.decode(ByteBuffer.wrap(FrameCodec.encode(frame)));
            assertThat(again.header()).isEqualTo(frame.header());
            Messages.decode(frame);
        } catch (WireException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    private static void message(FrameType type, byte[] payload) {
        if (type == FrameType.UNRECOGNIZED) {
            return;
        }
        try {
            FrameHeader header = FrameHeader.newBuilder()
                    .setType(type)
                    .setDevice(com.google.protobuf.ByteString.copyFrom(new byte[32]))
                    .setInner(FrameType.ENVELOPE)
                    .build();
            assertThat(Messages.decode(new Frame(header, payload)).getSerializedSize())
                    .isLessThanOrEqualTo(Math.max(payload.length * 2, 64));
        } catch (WireException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }
}

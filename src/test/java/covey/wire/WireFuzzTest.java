package covey.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.MessageLite;
import covey.Damaged;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever bytes come: a frame, a message within its limits, or a {@link WireException} with a sentence. */
final class WireFuzzTest {
    /** What a hub takes from a connection that has no session yet. */
    private static final List<FrameType> BEFORE_AUTHENTICATION = List.of(
            FrameType.HELLO,
            FrameType.JOIN,
            FrameType.LOGIN,
            FrameType.SESSION_OPEN,
            FrameType.PING,
            FrameType.GOODBYE);

    private static final List<FrameType> ALL = List.of(FrameType.values());

    static Stream<byte[]> goldenFrames() {
        return Damaged.copies(200, Damaged.goldenFrames());
    }

    @MethodSource("goldenFrames")
    @FuzzTest
    void frames(byte[] data) {
        decode(data);
    }

    /** What a type's message may be, after the type's place in the list. */
    private static Stream<byte[]> messages(List<FrameType> types) {
        return Damaged.copies(
                200,
                types.stream()
                        .filter(type -> type != FrameType.UNKNOWN && type != FrameType.UNRECOGNIZED)
                        .map(type -> Damaged.chosen(Samples.of(type).payload(), types.indexOf(type)))
                        .toArray(byte[][]::new));
    }

    static Stream<byte[]> before() {
        return messages(BEFORE_AUTHENTICATION);
    }

    @MethodSource("before")
    @FuzzTest
    void messagesBeforeAuthentication(byte[] data) {
        message(BEFORE_AUTHENTICATION, data);
    }

    static Stream<byte[]> after() {
        return messages(ALL);
    }

    @MethodSource("after")
    @FuzzTest
    void messagesAfterAuthentication(byte[] data) {
        message(ALL, data);
    }

    static Stream<byte[]> typedNames() {
        return Damaged.copies(
                300,
                Stream.of(
                                "anna",
                                "Bob.Smith-1",
                                "@eve",
                                "Anna's laptop",
                                "\u00e5ngstr\u00f6m",
                                "e\u0301",
                                "\uff21\u200bb")
                        .map(name -> name.getBytes(StandardCharsets.UTF_8))
                        .toArray(byte[][]::new));
    }

    @MethodSource("typedNames")
    @FuzzTest
    void names(byte[] data) {
        String typed = new String(data, StandardCharsets.UTF_8);
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

    /** What is taken once is taken again when it was written anew: nothing slips in beside what was checked. */
    private static void message(List<FrameType> types, byte[] data) {
        FrameType type = types.get(data.length == 0 ? 0 : Byte.toUnsignedInt(data[0]) % types.size());
        if (type == FrameType.UNRECOGNIZED) {
            return;
        }
        FrameHeader header = FrameHeader.newBuilder()
                .setType(type)
                .setDevice(com.google.protobuf.ByteString.copyFrom(new byte[32]))
                .setInner(FrameType.ENVELOPE)
                .build();
        MessageLite message;
        try {
            byte[] payload = Arrays.copyOfRange(data, Math.min(1, data.length), data.length);
            message = Messages.decode(new Frame(header, payload));
        } catch (WireException e) {
            assertThat(e.getMessage()).isNotEmpty();
            return;
        }
        assertThat(message.getSerializedSize()).isLessThanOrEqualTo(Limits.CONTROL_FRAME_BYTES_MAX);
        assertThat(Messages.decode(new Frame(header, message.toByteArray()))).isEqualTo(message);
    }
}

package covey.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class FrameCodecTest {
    private static final FrameHeader MAIL =
            FrameHeader.newBuilder().setType(FrameType.MAIL).build();

    @Test
    void theLargestFrameIsTheLimit() {
        Frame largest = new Frame(MAIL, new byte[Limits.CONTROL_FRAME_BYTES_MAX]);
        byte[] bytes = FrameCodec.encode(largest);
        assertThat(FrameCodec.decode(ByteBuffer.wrap(bytes)).payload()).isEqualTo(largest.payload());
        assertThatThrownBy(() -> FrameCodec.encode(new Frame(MAIL, new byte[Limits.CONTROL_FRAME_BYTES_MAX + 1])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("payload 16385 bytes");
    }

    @Test
    void aPayloadMayNotUseWhatTheHeaderLeaves() {
        int payload = Limits.CONTROL_FRAME_BYTES_MAX + 1;
        ByteBuffer bytes = ByteBuffer.allocate(6 + payload)
                .putInt(2 + payload)
                .putShort((short) 0)
                .rewind();
        assertThatThrownBy(() -> FrameCodec.decode(bytes)).isInstanceOf(WireException.class);
    }

    @Test
    void everyCutAndEveryTailIsRefused() {
        byte[] bytes = FrameCodec.encode(Samples.of(FrameType.HELLO));
        for (int length = 0; length < bytes.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(bytes, 0, length);
            assertThatThrownBy(() -> FrameCodec.decode(cut)).isInstanceOf(WireException.class);
        }
        ByteBuffer longer = ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + 1));
        assertThatThrownBy(() -> FrameCodec.decode(longer)).isInstanceOf(WireException.class);
    }

    @Test
    void aFrameForManyIsEncodedOnce() {
        EncodedFrame frame = EncodedFrame.of(Samples.of(FrameType.PRESENCE));
        assertThat(frame.bytes()).isSameAs(frame.bytes()).isEqualTo(FrameCodec.encode(frame.frame()));
    }
}

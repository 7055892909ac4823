package covey.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.UnknownFieldSet;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Hello;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class VersionsTest {
    @Test
    void theHighestCommonVersionIsSpoken() {
        assertThat(Versions.negotiate(2, 3, 1, 2)).isEqualTo(2);
        assertThat(Versions.negotiate(2, 3, 2, 3)).isEqualTo(3);
        assertThat(Versions.negotiate(2, 3, 3, 9)).isEqualTo(3);
        assertThat(Versions.negotiate(1, 1, 1, 1)).isEqualTo(1);
    }

    /** A build of the next version still speaks this one, and this one understands its HELLO. */
    @Test
    void thisBuildTalksWithTheNextAndTheLastOne() {
        int next = Limits.PROTOCOL_VERSION + 1;
        assertThat(Versions.negotiate(Limits.PROTOCOL_VERSION, next)).isEqualTo(Limits.PROTOCOL_VERSION);
        assertThat(Versions.negotiate(Limits.PROTOCOL_VERSION_MIN, Limits.PROTOCOL_VERSION))
                .isEqualTo(Limits.PROTOCOL_VERSION);
        assertThat(Limits.PROTOCOL_VERSION - Limits.PROTOCOL_VERSION_MIN).isLessThanOrEqualTo(1);

        Hello known = Messages.as(Samples.of(FrameType.HELLO), Hello.class);
        Hello later = known.toBuilder()
                .setProtocolMax(next)
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                99,
                                UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                        .build())
                .build();
        Hello read = Messages.as(Frame.of(FrameType.HELLO, later), Hello.class);
        assertThat(Versions.negotiate(read.getProtocolMin(), read.getProtocolMax()))
                .isEqualTo(Limits.PROTOCOL_VERSION);
    }

    @Test
    void withoutACommonVersionTheOlderSideIsTold() {
        assertThatThrownBy(() -> Versions.negotiate(2, 3, 4, 5))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED))
                .hasMessageContaining("update this side's software");
        assertThatThrownBy(() -> Versions.negotiate(2, 3, 1, 1)).hasMessageContaining("update the other side's");
        assertThatThrownBy(() -> Versions.negotiate(0, 0)).hasMessageContaining("protocol versions");
        assertThatThrownBy(() -> Versions.negotiate(3, 2)).hasMessageContaining("protocol versions");
        assertThatThrownBy(() -> Versions.negotiate(-5, -1)).hasMessageContaining("protocol versions");
    }

    @Test
    void aFrameOfALaterTypeIsReadAsUnknownAndKeepsItsBit() {
        FrameHeader header = FrameHeader.newBuilder()
                .setTypeValue(999)
                .setMustUnderstand(true)
                .build();
        Frame frame = FrameCodec.decode(ByteBuffer.wrap(FrameCodec.encode(new Frame(header, new byte[3]))));
        assertThat(Messages.isKnown(frame)).isFalse();
        assertThat(frame.header().getMustUnderstand()).isTrue();
        assertThatThrownBy(() -> Messages.decode(frame))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED));
    }
}

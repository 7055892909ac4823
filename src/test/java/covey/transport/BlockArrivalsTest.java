package covey.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.wire.WireException;
import covey.wire.proto.FrameHeader;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BlockArrivalsTest {
    private static final int PIECE = 16 * 1024;

    private final BlockBuffers buffers = new BlockBuffers(1 << 20);
    private final BlockArrivals arrivals = new BlockArrivals(buffers);

    /** The buffer when the block is whole. */
    private Optional<BlockBuffer> piece(int offset, int value) {
        FrameHeader header =
                FrameHeader.newBuilder().setBlock(7).setOffset(offset).build();
        Optional<ByteBuffer> into = arrivals.begins(header, PIECE);
        into.ifPresent(bytes -> bytes.put(0, (byte) value));
        return into.isPresent() ? arrivals.arrived(header, PIECE) : Optional.empty();
    }

    @Test
    void whatWasStillOnItsWayWhenABlockWasGivenUpIsSkippedWhenItIsAskedForAgain() {
        arrivals.await(7, 3 * PIECE);
        assertThat(piece(0, 1)).isEmpty();
        arrivals.forget(7);
        arrivals.await(7, 3 * PIECE);
        assertThat(piece(PIECE, 1)).isEmpty();
        assertThat(piece(2 * PIECE, 1)).isEmpty();
        assertThat(piece(0, 2)).isEmpty();
        assertThat(piece(PIECE, 2)).isEmpty();
        BlockBuffer whole = piece(2 * PIECE, 2).orElseThrow();
        for (int at = 0; at < 3 * PIECE; at += PIECE) {
            assertThat(whole.bytes().get(at)).isEqualTo((byte) 2);
        }
        whole.release();
        assertThat(buffers.takenBytes()).isZero();
    }

    @Test
    void aPieceBeyondTheBlocksEndIsRefused() {
        arrivals.await(7, PIECE);
        FrameHeader header = FrameHeader.newBuilder().setBlock(7).build();
        assertThatThrownBy(() -> arrivals.begins(header, PIECE + 1)).isInstanceOf(WireException.class);
        arrivals.ended();
        arrivals.forgetAll();
        assertThat(buffers.takenBytes()).isZero();
    }
}

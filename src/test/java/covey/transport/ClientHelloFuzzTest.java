package covey.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import covey.Damaged;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a stranger sends first: protocols that it offers, or none. */
final class ClientHelloFuzzTest {
    static Stream<byte[]> hellos() {
        return Damaged.copies(
                5_000, hello("h2", Protocol.HUB.alpn(), Protocol.PEER.alpn()), hello("h2"), hello(Protocol.HUB.alpn()));
    }

    @MethodSource("hellos")
    @FuzzTest
    void clientHellos(byte[] data) {
        assertThat(offered(data)).isSubsetOf(Protocol.values());
    }

    @Test
    void aHelloOffersWhatItsListNames() {
        for (Protocol protocol : Protocol.values()) {
            assertThat(offered(hello("h2", protocol.alpn()))).containsExactly(protocol);
        }
        assertThat(offered(hello("h2"))).isEmpty();
    }

    @Test
    void aCutOrMadeUpHelloOffersNothing() {
        byte[] whole = hello(Protocol.PEER.alpn());
        for (int length = 0; length < whole.length; length++) {
            assertThat(offered(Arrays.copyOf(whole, length)))
                    .as("first %s bytes", length)
                    .isEmpty();
        }
        byte[] full = new byte[200];
        Arrays.fill(full, (byte) 0xff);
        assertThat(offered(full)).isEmpty();
    }

    /** As large as a newcomer's may be; what is not read must not be held. */
    private static Set<Protocol> offered(byte[] bytes) {
        ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
        try {
            return KeyByAlpn.offered(buffer);
        } finally {
            assertThat(buffer.refCnt()).isOne();
            buffer.release();
        }
    }

    /** Version, random, a session id, one cipher suite, no compression, an extension of another kind, and ALPN. */
    private static byte[] hello(String... names) {
        ByteBuf list = Unpooled.buffer();
        for (String name : names) {
            list.writeByte(name.length()).writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        }
        ByteBuf extensions = Unpooled.buffer();
        extensions.writeShort(43).writeShort(3).writeByte(2).writeShort(0x0304);
        extensions.writeShort(16).writeShort(list.readableBytes() + 2).writeShort(list.readableBytes());
        extensions.writeBytes(list);
        ByteBuf hello = Unpooled.buffer();
        hello.writeShort(0x0303)
                .writeZero(32)
                .writeByte(4)
                .writeInt(7)
                .writeShort(2)
                .writeShort(0x1301);
        hello.writeByte(1).writeByte(0).writeShort(extensions.readableBytes()).writeBytes(extensions);
        byte[] bytes = new byte[hello.readableBytes()];
        hello.readBytes(bytes);
        return bytes;
    }
}

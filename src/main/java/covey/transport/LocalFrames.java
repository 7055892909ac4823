package covey.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Texts on a UNIX socket: u32 length, then so many bytes of UTF-8. */
final class LocalFrames {
    /** A page of history with long texts; more is asked for page by page. */
    static final int TEXT_BYTES_MAX = 4 * 1024 * 1024;

    private static final int LENGTH_BYTES = 4;

    private LocalFrames() {}

    /** The whole frame, or empty when the text is too long for one. */
    static Optional<byte[]> encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > TEXT_BYTES_MAX) {
            return Optional.empty();
        }
        return Optional.of(ByteBuffer.allocate(LENGTH_BYTES + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .array());
    }

    /** Blocks until the next text is there; empty at the end. */
    static Optional<String> read(SocketChannel channel) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(LENGTH_BYTES);
        if (!fill(channel, head)) {
            return Optional.empty();
        }
        int length = head.flip().getInt();
        if (length < 0 || length > TEXT_BYTES_MAX) {
            throw new IOException("local frame: " + length + " bytes (expected: <= " + TEXT_BYTES_MAX + ")");
        }
        ByteBuffer text = ByteBuffer.allocate(length);
        if (!fill(channel, text)) {
            throw new IOException("local frame: cut off");
        }
        return Optional.of(new String(text.array(), StandardCharsets.UTF_8));
    }

    static void write(SocketChannel channel, byte[] frame) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(frame);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    private static boolean fill(SocketChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }
}

package covey.transport;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;

/**
 * Texts over a UNIX socket: u32 length, then so many bytes of UTF-8. Blocks: one thread reads, one writes, any closes,
 * which ends both.
 */
public final class LocalChannel implements AutoCloseable {
    /** A page of history with long texts; more is asked for page by page. */
    public static final int TEXT_BYTES_MAX = 4 * 1024 * 1024;

    private static final int LENGTH_BYTES = 4;

    private final SocketChannel channel;

    LocalChannel(SocketChannel channel) {
        this.channel = channel;
    }

    /** To the listener of that path, wherever its socket really lies. */
    public static LocalChannel connect(Path socket) throws IOException {
        Path bound = LocalPath.toConnect(socket.toAbsolutePath());
        return new LocalChannel(SocketChannel.open(UnixDomainSocketAddress.of(bound)));
    }

    /** The frame of a text, or empty when it is too long for one. */
    public static Optional<byte[]> encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > TEXT_BYTES_MAX) {
            return Optional.empty();
        }
        return Optional.of(ByteBuffer.allocate(LENGTH_BYTES + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .array());
    }

    /** Writes what {@link #encode} gave. */
    public void write(byte[] frame) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(frame);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    /** Waits for the next text; empty at the end. */
    public Optional<String> read() throws IOException {
        ByteBuffer head = ByteBuffer.allocate(LENGTH_BYTES);
        if (!fill(head)) {
            return Optional.empty();
        }
        int length = head.flip().getInt();
        if (length < 0 || length > TEXT_BYTES_MAX) {
            throw new IOException("local frame: " + length + " bytes (expected: <= " + TEXT_BYTES_MAX + ")");
        }
        ByteBuffer text = ByteBuffer.allocate(length);
        if (!fill(text)) {
            throw new IOException("local frame: cut off");
        }
        return Optional.of(new String(text.array(), StandardCharsets.UTF_8));
    }

    private boolean fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Who is at the other end, as the system says. */
    public String user() throws IOException {
        return channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

package covey.transport;

import covey.wire.DeviceId;
import covey.wire.EncodedFrame;
import covey.wire.Frame;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.Goodbye;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * One mutually authenticated, ordered, reliable connection that carries frames. Any thread may call it.
 *
 * <p>Nothing here blocks. Frames of one sender thread arrive in order. What is sent is bounded: past
 * {@link #isWritable()} = false a sender should hold back; past the hard bound the connection closes itself with
 * {@code TOO_SLOW}.
 */
public interface Connection {
    /** The other side's device, proved by its TLS key. */
    DeviceId device();

    /** SubjectPublicKeyInfo of the other side. */
    byte[] publicKey();

    /** "ip:port" of the other side as seen here. */
    String remoteAddress();

    /** Whom to count it to: its address without the port; hosts of one IPv6 network count as one. */
    default String source() {
        return HandshakeGate.source(remoteAddress());
    }

    /** "ip:port" of this side. */
    String localAddress();

    /** Role chosen by ALPN. */
    Protocol protocol();

    /** Queues a frame; false when the connection is closed (the frame is dropped). */
    boolean send(Frame frame);

    /** The same for a frame that goes to many: it is encoded once and its bytes are shared. */
    default boolean send(EncodedFrame frame) {
        return send(frame.frame());
    }

    /**
     * On a bulk connection: queues a BLOCK frame whose payload is never copied on its way to TLS. The payload's
     * remaining bytes, at most {@code protocol().payloadBytesMax()}, lie in {@code owner}, which is held until they
     * left. What waits is bounded by the pool that buffers come from, and by senders that heed {@link #isWritable}.
     */
    default boolean send(FrameHeader header, ByteBuffer payload, BlockBuffer owner) {
        throw new UnsupportedOperationException(protocol() + " carries no blocks (expected: a bulk protocol)");
    }

    /**
     * On a bulk connection: false stops reading from the network, so that the other side has to hold back; what was
     * read already still arrives.
     */
    default void setReading(boolean isReading) {
        throw new UnsupportedOperationException(protocol() + " is always read (expected: a bulk protocol)");
    }

    /** False while more than the low-water mark is unsent. */
    boolean isWritable();

    /** Bytes queued and not yet taken by the socket. */
    long unsentBytes();

    /** Sends GOODBYE, flushes, closes. Idempotent. */
    void close(Goodbye goodbye);

    boolean isOpen();

    /** Installs the receiver; frames that arrived before wait for it. Called once, from within accept or connected. */
    void receiver(Receiver receiver);

    /**
     * Hears of a connection. Called on the connection's I/O thread, one call at a time: must not block and must not run
     * feature code, only route or hand over to a {@link covey.env.Loop}.
     */
    interface Receiver {
        void received(Connection connection, Frame frame);

        /** Once, last. The reason is the other side's GOODBYE, or why the connection broke. */
        void closed(Connection connection, Goodbye reason);

        /** The connection became writable again after it was not. */
        default void writable(Connection connection) {}
    }

    /** Hears of a bulk connection, and says where blocks shall lie. The same thread and rules. */
    interface BlockReceiver extends Receiver {
        /**
         * A BLOCK frame begins: where its payload goes, with at least {@code payloadBytes} remaining, or empty to skip
         * it. The buffer is written on the I/O thread until {@link #blockArrived} or {@link #closed}.
         *
         * @throws covey.wire.WireException to end the connection with its sentence
         */
        Optional<ByteBuffer> blockBegins(Connection connection, FrameHeader header, int payloadBytes);

        /** The whole payload is where it was to go; not called for what was skipped. */
        void blockArrived(Connection connection, FrameHeader header, int payloadBytes);
    }
}

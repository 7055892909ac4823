package covey.transport;

import static org.awaitility.Awaitility.await;

import covey.transport.Transport.Attempt;
import covey.wire.Frame;
import covey.wire.proto.Goodbye;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Remembers what it hears: as an acceptor, as the outcome of a dial, and as a receiver. */
final class Recorder implements Transport.Acceptor, Transport.Dialled, Connection.Receiver {
    final List<Connection> connections = new CopyOnWriteArrayList<>();
    final List<Frame> frames = new CopyOnWriteArrayList<>();
    final List<Goodbye> ends = new CopyOnWriteArrayList<>();
    volatile int writableAgain;
    volatile @Nullable List<Attempt> failure;

    @Override
    public void accepted(Connection connection) {
        connection.receiver(this);
        connections.add(connection);
    }

    @Override
    public void connected(Connection connection) {
        accepted(connection);
    }

    @Override
    public void failed(List<Attempt> attempts) {
        failure = attempts;
    }

    @Override
    public void received(Connection connection, Frame frame) {
        frames.add(frame);
    }

    @Override
    public void closed(Connection connection, Goodbye reason) {
        ends.add(reason);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one I/O thread
    public void writable(Connection connection) {
        writableAgain++;
    }

    Connection connection() {
        await().until(() -> !connections.isEmpty() || failure != null);
        if (failure != null) {
            throw new AssertionError("not connected: " + failure);
        }
        return connections.getFirst();
    }

    List<Attempt> failure() {
        await().until(() -> failure != null);
        List<Attempt> attempts = failure;
        return attempts == null ? List.of() : attempts;
    }

    Goodbye end() {
        await().until(() -> !ends.isEmpty());
        return ends.getFirst();
    }

    Frame frame(int index) {
        await().until(() -> frames.size() > index);
        return frames.get(index);
    }
}

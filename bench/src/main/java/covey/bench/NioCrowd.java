package covey.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Plain TCP connections on one selector: the load client of the rivals. Writes of one turn leave together. */
abstract class NioCrowd extends Crowd {
    private static final int READ_BYTES = 1 << 20;

    /** One user's connection. */
    static final class Link {
        final int user;
        final SocketChannel channel;
        private byte[] unsent = new byte[1024];
        private int unsentBytes;
        private boolean isDirty;
        private byte[] rest = new byte[0];

        Link(int user, SocketChannel channel) {
            this.user = user;
            this.channel = channel;
        }

        /** Makes room for so many more bytes to send and returns where they begin in {@link #unsent}. */
        private int grow(int bytes) {
            if (unsentBytes + bytes > unsent.length) {
                unsent = Arrays.copyOf(unsent, Math.max(unsent.length * 2, unsentBytes + bytes));
            }
            int at = unsentBytes;
            unsentBytes += bytes;
            return at;
        }
    }

    private final InetSocketAddress address;
    private final Selector selector;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final List<Link> dirty = new ArrayList<>();
    private final ByteBuffer incoming = ByteBuffer.allocate(READ_BYTES);
    private final Link[] links;
    private final Thread thread;
    private volatile boolean isClosed;

    NioCrowd(InetSocketAddress address, int users) {
        super(users);
        this.address = address;
        this.links = new Link[users];
        try {
            this.selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.thread = Thread.ofPlatform().name("crowd").daemon().unstarted(this::loop);
    }

    /** Last act of every constructor below. */
    final void begin() {
        thread.start();
    }

    /**
     * Takes whole messages out of the bytes; returns where the first incomplete one begins. Called with at least one
     * new byte.
     */
    abstract int parse(Link link, byte[] bytes, int from, int to);

    @Override
    final void run(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    @Override
    final void open(int user) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        links[user] = new Link(user, channel);
        channel.connect(address);
        channel.register(selector, SelectionKey.OP_CONNECT, links[user]);
    }

    final Link link(int user) {
        return links[user];
    }

    final void send(Link link, byte[] message) {
        System.arraycopy(message, 0, link.unsent, sendSpace(link, message.length), message.length);
    }

    /** Copies the message and puts the tag into the copy. */
    final void send(Link link, byte[] head, byte[] tail, int tagAt, int tag) {
        int at = sendSpace(link, head.length + tail.length);
        System.arraycopy(head, 0, link.unsent, at, head.length);
        System.arraycopy(tail, 0, link.unsent, at + head.length, tail.length);
        putTag(link.unsent, at + head.length + tagAt, tag);
    }

    private int sendSpace(Link link, int bytes) {
        int at = link.grow(bytes);
        if (!link.isDirty) {
            link.isDirty = true;
            dirty.add(link);
        }
        return at;
    }

    private void loop() {
        try {
            while (!isClosed) {
                selector.select(this::ready);
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
                flush();
            }
        } catch (IOException | RuntimeException e) {
            fail("the load client's loop ended", e);
        } finally {
            closeLinks();
        }
    }

    private void ready(SelectionKey key) {
        Link link = (Link) key.attachment();
        try {
            if (key.isConnectable()) {
                link.channel.finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                opened(link.user);
            } else {
                if (key.isReadable()) {
                    read(link);
                }
                if (key.isValid() && key.isWritable()) {
                    key.interestOps(SelectionKey.OP_READ);
                    write(link);
                }
            }
        } catch (IOException e) {
            fail("connection of user " + link.user + " broke", e);
            key.cancel();
        }
    }

    private void read(Link link) throws IOException {
        incoming.clear().put(link.rest);
        int count = link.channel.read(incoming);
        if (count < 0) {
            throw new IOException("closed by the server");
        }
        byte[] bytes = incoming.array();
        int to = incoming.position();
        int consumed = parse(link, bytes, 0, to);
        if (to - consumed == incoming.capacity()) {
            throw new IOException("a message of more than " + READ_BYTES + " bytes");
        }
        link.rest = consumed == to && link.rest.length == 0 ? link.rest : Arrays.copyOfRange(bytes, consumed, to);
    }

    private void flush() throws IOException {
        for (Link link : dirty) {
            link.isDirty = false;
            if (link.channel.isConnected()) {
                write(link);
            }
        }
        dirty.clear();
    }

    private void write(Link link) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(link.unsent, 0, link.unsentBytes);
        link.channel.write(buffer);
        int left = buffer.remaining();
        System.arraycopy(link.unsent, buffer.position(), link.unsent, 0, left);
        link.unsentBytes = left;
        if (left > 0) {
            link.channel.keyFor(selector).interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }
    }

    @Override
    final void leaveAll() {
        java.util.concurrent.CountDownLatch gone = new java.util.concurrent.CountDownLatch(1);
        run(() -> {
            closeLinks();
            gone.countDown();
        });
        await(gone, "leave");
    }

    private void closeLinks() {
        for (Link link : links) {
            if (link != null) {
                try {
                    link.channel.close();
                } catch (IOException e) {
                    fail("connection of user " + link.user + " could not be closed", e);
                }
            }
        }
        Arrays.fill(links, null);
        dirty.clear();
    }

    @Override
    public final void close() {
        isClosed = true;
        selector.wakeup();
        try {
            thread.join(5_000);
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

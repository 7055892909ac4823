package covey.transport;

import covey.env.Clock;
import covey.env.Loop;
import covey.transport.Transport.Address;
import covey.transport.Transport.Attempt;
import covey.transport.Transport.Dialled;
import covey.transport.Transport.Expected;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.Goodbye;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One dial: addresses are tried staggered, names are resolved beside, and the first right device wins. All state
 * belongs to one I/O thread, on which every attempt of the dial runs.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells the pipeline what fails
final class Dial implements Loop.Cancellable {
    /** A device announces at most so many endpoints, and its owner and the hub know a few more. */
    private static final int ADDRESSES_MAX = 2 * Limits.ENDPOINTS_MAX;

    private final NettyTransport transport;
    private final EventLoop loop;
    private final Clock clock;
    private final Protocol protocol;
    private final Expected expected;
    private final long timeoutMillis;
    private final Dialled dialled;

    private final ArrayDeque<Target> waiting = new ArrayDeque<>();
    private final Set<Try> running = new LinkedHashSet<>();
    private final List<Attempt> attempts = new ArrayList<>();
    private int resolving;
    private boolean isOver;
    private boolean isStaggered;
    private long startMillis;
    private @Nullable Future<?> timer;

    private record Target(Address address, InetSocketAddress socket) {}

    Dial(
            NettyTransport transport,
            EventLoop loop,
            Clock clock,
            Protocol protocol,
            Expected expected,
            long timeoutMillis,
            Dialled dialled) {
        this.transport = transport;
        this.loop = loop;
        this.clock = clock;
        this.protocol = protocol;
        this.expected = expected;
        this.timeoutMillis = timeoutMillis;
        this.dialled = dialled;
    }

    void begin(List<Address> addresses) {
        loop.execute(() -> {
            startMillis = clock.monotonicMillis();
            timer = loop.schedule(this::timeout, timeoutMillis, TimeUnit.MILLISECONDS);
            new LinkedHashSet<>(addresses).stream().limit(ADDRESSES_MAX).forEach(this::resolve);
            next();
        });
    }

    @Override
    public void cancel() {
        loop.execute(() -> {
            end(null);
        });
    }

    private void resolve(Address address) {
        InetAddress literal = literal(address.host());
        if (literal != null) {
            waiting.add(new Target(address, new InetSocketAddress(literal, address.port())));
            return;
        }
        resolving++;
        transport.env().background("resolve", () -> {
            InetAddress[] found = {};
            try {
                found = InetAddress.getAllByName(address.host());
            } catch (UnknownHostException e) {
                loop.execute(() -> attempts.add(attempt(address, startMillis, Faults.sentence(e))));
            }
            InetAddress[] resolved = found;
            loop.execute(() -> resolved(address, resolved));
        });
    }

    /** Without asking anybody; null for a name. */
    private static @Nullable InetAddress literal(String host) {
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void resolved(Address address, InetAddress[] found) {
        resolving--;
        for (InetAddress one : found) {
            if (waiting.size() < ADDRESSES_MAX) {
                waiting.add(new Target(address, new InetSocketAddress(one, address.port())));
            }
        }
        next();
    }

    /** Starts the next attempt unless the stagger holds it back; tells the failure when nothing is left. */
    private void next() {
        if (isOver) {
            return;
        }
        if (waiting.isEmpty() && running.isEmpty() && resolving == 0) {
            fail();
            return;
        }
        if (isStaggered || waiting.isEmpty()) {
            return;
        }
        isStaggered = true;
        Try started = new Try(waiting.remove(), clock.monotonicMillis());
        loop.schedule(
                () -> {
                    isStaggered = false;
                    next();
                },
                Transport.STAGGER_MILLIS,
                TimeUnit.MILLISECONDS);
        running.add(started);
        started.start();
    }

    private void timeout() {
        if (isOver) {
            return;
        }
        for (Try one : running) {
            attempts.add(attempt(one.target.address(), one.startedMillis, one.stalled()));
        }
        for (Target target : waiting) {
            attempts.add(attempt(target.address(), clock.monotonicMillis(), "not tried, time was up"));
        }
        fail();
    }

    private void fail() {
        end(null);
        dialled.failed(List.copyOf(attempts));
    }

    private void end(@Nullable Try winner) {
        isOver = true;
        if (timer != null) {
            timer.cancel(false);
        }
        for (Try one : List.copyOf(running)) {
            if (one != winner) {
                one.close();
            }
        }
        running.clear();
        waiting.clear();
    }

    private Attempt attempt(Address address, long sinceMillis, String result) {
        return new Attempt(address, result, clock.monotonicMillis() - sinceMillis);
    }

    /** One address. */
    private final class Try implements Handshake.Outcome {
        private final Target target;
        private final long startedMillis;
        private @Nullable Channel channel;
        private boolean isConnected;

        Try(Target target, long startedMillis) {
            this.target = target;
            this.startedMillis = startedMillis;
        }

        void start() {
            int millisLeft = (int) Math.max(1, timeoutMillis - (startedMillis - startMillis));
            ChannelFuture connecting = transport.connect(loop, target.socket(), protocol, millisLeft, this);
            channel = connecting.channel();
            connecting.addListener(done -> {
                isConnected = done.isSuccess();
                if (!isConnected) {
                    failed(Faults.sentence(done.cause()));
                }
            });
        }

        String stalled() {
            return isConnected
                    ? "connected, but the TLS handshake did not end in " + timeoutMillis + " ms"
                    : "no answer in " + timeoutMillis + " ms";
        }

        @Override
        public void connected(NettyConnection connection) {
            DeviceId device = connection.device();
            if (isOver || !expected.allows(device)) {
                connection.close(Goodbye.getDefaultInstance());
                failed("another device answered: its key is " + device.shortText()
                        + "..., not the one expected; nothing was told to it");
                return;
            }
            end(this);
            dialled.connected(connection);
            if (!connection.hasReceiver()) {
                throw new IllegalStateException("dialled: no receiver (expected: installed before it returns)");
            }
        }

        @Override
        public void failed(String sentence) {
            if (running.remove(this) && !isOver) {
                attempts.add(attempt(target.address(), startedMillis, sentence));
                // Whoever failed need not be waited for.
                isStaggered = false;
                next();
            }
        }

        void close() {
            if (channel != null) {
                channel.close();
            }
        }
    }
}

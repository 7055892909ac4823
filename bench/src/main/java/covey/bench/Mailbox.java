package covey.bench;

import com.google.protobuf.ByteString;
import covey.bench.Keyring.UserKey;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.Envelope;
import covey.wire.proto.FrameType;
import covey.wire.proto.MailAck;
import covey.wire.proto.MailItem;
import covey.wire.proto.MailPush;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One-to-one messages to receivers that are away, through the whole hub: session, batch, fsynced log, store. Then the
 * receivers come and fetch: what was acknowledged must be there, once.
 */
final class Mailbox implements Verb {
    private static final int CIPHERTEXT_BYTES = 150;
    private static final int ARRIVING_AT_ONCE = 128;

    /** What comes a second time comes soon after the last first one. */
    private static final int DOUBLES_MILLIS = 500;

    private static final double RATE_AIM = 20_000;

    @Override
    public String name() {
        return "mailbox";
    }

    @Override
    public void run(Run run) {
        Results results = run.resultsOf(name());
        Machine.leaveServerCore();
        try (CoveyHub covey = new CoveyHub(run.results())) {
            results.subject(covey.name(), covey.describe());
            for (int round = 1; round <= run.number("rounds", run.pick(3, 1)); round++) {
                int users = run.number("users", run.pick(1_000, 60));
                try (Server server = covey.start(run.scratch().resolve("hub" + round), users)) {
                    new Round(run, results, covey, server).measure();
                }
            }
        } finally {
            Machine.spread();
        }
        results.lower("floor", "fsync of 64 KiB, p50", "us", "covey", fsyncMicros(run.scratch()));
        results.aim(
                "durable messages to receivers that are away, per second",
                results.median("deposit", "acknowledged", "covey"),
                Results.Better.HIGHER,
                RATE_AIM);
        results.print();
        results.requireNone("messages lost or double", "fetch", "lost or double");
    }

    /** What the disk under it does: appends and fsyncs, one at a time. */
    private static double fsyncMicros(Path folder) {
        Histogram latencies = new Histogram();
        ByteBuffer block = ByteBuffer.allocateDirect(64 << 10);
        try (FileChannel file =
                FileChannel.open(folder.resolve("floor"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < 200; i++) {
                long began = System.nanoTime();
                file.write(block.rewind());
                file.force(false);
                latencies.record(System.nanoTime() - began);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return latencies.micros(0.5);
    }

    /** One fresh hub: a tenth of the users send, the others are away and fetch afterwards. */
    private record Round(Run run, Results results, CoveyHub covey, Server server) {
        void measure() {
            List<UserKey> keys = covey.keys();
            int senders = keys.size() / 10;
            long acknowledged;
            try (CoveyLoop loop = new CoveyLoop(covey.tls())) {
                Depositors depositors = new Depositors(loop, keys, senders, run.number("window", 32));
                depositors.begin(server.address(), covey.home());
                depositors.awaitFirst();
                Server.pause(run.number("warm", run.pick(20_000, 300)));
                depositors.measure(true);
                double cpu = server.cpuSeconds();
                long before = depositors.acknowledged.get();
                long began = System.nanoTime();
                Server.pause(run.pick(8_000, 300));
                double seconds = (System.nanoTime() - began) / 1e9;
                double count = depositors.acknowledged.get() - before;
                results.higher("deposit", "acknowledged", "/s", "covey", count / seconds);
                results.higher(
                        "deposit", "acknowledged", "/server-cpu-s", "covey", count / (server.cpuSeconds() - cpu));
                depositors.stop();
                results.lower("deposit", "p50", "us", "covey", depositors.latencies.micros(0.5));
                results.lower("deposit", "p99", "us", "covey", depositors.latencies.micros(0.99));
                acknowledged = depositors.acknowledged.get();
            }
            fetch(keys, senders, acknowledged);
        }

        private void fetch(List<UserKey> keys, int senders, long acknowledged) {
            try (CoveyLoop loop = new CoveyLoop(covey.tls())) {
                Fetchers fetchers = new Fetchers(loop, senders, keys.size());
                long began = System.nanoTime();
                fetchers.begin(server.address(), covey.home());
                fetchers.awaitAll(acknowledged);
                double seconds = (System.nanoTime() - began) / 1e9;
                Server.pause(DOUBLES_MILLIS);
                fetchers.end();
                results.higher("fetch", "received and acknowledged", "/s", "covey", acknowledged / seconds);
                long wrong = Math.abs(acknowledged - fetchers.distinct()) + fetchers.doubles.get();
                results.lower("fetch", "lost or double", "messages", "covey", wrong);
            }
        }
    }

    /** Links of one kind; whatever breaks ends the round with a sentence. */
    private abstract static class Load implements CoveyLink.Events {
        final AtomicReference<String> broken = new AtomicReference<>("");
        volatile boolean isOver;

        @Override
        public void relayed(CoveyLink link, ByteBuf body) {}

        @Override
        public void closed(CoveyLink link, String why) {
            if (!isOver) {
                broken.compareAndSet("", "user " + link.user + ": " + why);
            }
        }

        final void check() {
            if (!broken.get().isEmpty()) {
                throw new IllegalStateException(broken.get());
            }
        }
    }

    private static final class Depositors extends Load {
        private final CoveyLoop loop;
        private final List<UserKey> keys;
        private final int senders;
        private final int window;
        private final SplittableRandom random = new SplittableRandom(3);
        private final AtomicLong acknowledged = new AtomicLong();
        private final Histogram latencies = new Histogram();
        private final CountDownLatch drained;
        private final byte[] ciphertext = new byte[CIPHERTEXT_BYTES];
        private HubHome home;
        private boolean isMeasured;
        private boolean isStopping;

        Depositors(CoveyLoop loop, List<UserKey> keys, int senders, int window) {
            this.loop = loop;
            this.keys = keys;
            this.senders = senders;
            this.window = window;
            this.drained = new CountDownLatch(senders * window);
        }

        void begin(InetSocketAddress address, HubHome of) {
            home = of;
            loop.run(() -> {
                for (int user = 0; user < senders; user++) {
                    loop.dial(new CoveyLink(user, loop, this), address);
                }
            });
        }

        /** A start under load may take a while. */
        void awaitFirst() {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (acknowledged.get() == 0 && System.nanoTime() < end) {
                check();
                Server.pause(10);
            }
            if (acknowledged.get() == 0) {
                throw new IllegalStateException("no deposit was acknowledged within 60 s");
            }
        }

        void measure(boolean is) {
            loop.run(() -> isMeasured = is);
            check();
        }

        void stop() {
            loop.run(() -> isStopping = true);
            try {
                if (!drained.await(60, TimeUnit.SECONDS)) {
                    check();
                    throw new IllegalStateException(drained.getCount() + " deposits were not answered within 60 s");
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
            }
            isOver = true;
            check();
        }

        @Override
        public void connected(CoveyLink link) {
            link.enter(home.networkId(), home.indexes()[keys.size() - 1] + 1L);
        }

        @Override
        public void received(CoveyLink link, FrameType type, byte[] payload) {
            if (type == FrameType.SESSION_OPEN_REPLY) {
                for (int i = 0; i < window; i++) {
                    deposit(link);
                }
            }
        }

        private void deposit(CoveyLink link) {
            int to = senders + random.nextInt(keys.size() - senders);
            ByteString id = CoveyLink.random();
            Envelope envelope = Envelope.newBuilder()
                    .setMessageId(id)
                    .setSequence(random.nextInt(1 << 20))
                    .setFloor(1)
                    .setSessionId(id)
                    .setCounter(1)
                    .setStreamEpoch(random.nextLong() >>> 1)
                    .setCiphertext(ByteString.copyFrom(ciphertext))
                    .build();
            Deposit deposit = Deposit.newBuilder()
                    .setMessageId(id)
                    .setToAccount(HubHome.account(to))
                    .addMails(DeviceMail.newBuilder()
                            .setDevice(keys.get(to).device().toByteString())
                            .setEnvelope(envelope.toByteString()))
                    .build();
            long sent = System.nanoTime();
            link.command(Command.newBuilder().setDeposit(deposit).build(), result -> deposited(link, result, sent));
        }

        private void deposited(CoveyLink link, CommandResult result, long sentNanos) {
            if (result.hasProblem()) {
                broken.compareAndSet(
                        "", "deposit refused: " + result.getProblem().getMessage());
                return;
            }
            acknowledged.setRelease(acknowledged.getPlain() + 1);
            if (isMeasured && !isStopping) {
                latencies.record(System.nanoTime() - sentNanos);
            }
            if (isStopping) {
                drained.countDown();
            } else {
                deposit(link);
            }
        }
    }

    private static final class Fetchers extends Load {
        private final CoveyLoop loop;
        private final int from;
        private final int to;
        private final Set<ByteString> seen = new HashSet<>();
        private final AtomicLong count = new AtomicLong();
        private final AtomicLong doubles = new AtomicLong();
        private HubHome home;
        private InetSocketAddress address;
        private int next;

        Fetchers(CoveyLoop loop, int from, int to) {
            this.loop = loop;
            this.from = from;
            this.to = to;
        }

        void begin(InetSocketAddress hub, HubHome of) {
            home = of;
            address = hub;
            next = from;
            loop.run(() -> {
                for (int i = 0; i < ARRIVING_AT_ONCE; i++) {
                    dialNext();
                }
            });
        }

        private void dialNext() {
            if (next < to) {
                loop.dial(new CoveyLink(next++, loop, this), address);
            }
        }

        long distinct() {
            return count.get();
        }

        void awaitAll(long wanted) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
            while (count.get() < wanted && System.nanoTime() < end) {
                check();
                Server.pause(5);
            }
        }

        void end() {
            check();
            isOver = true;
        }

        @Override
        public void connected(CoveyLink link) {
            link.enter(home.networkId(), home.indexes()[to - 1] + 1L);
        }

        @Override
        public void received(CoveyLink link, FrameType type, byte[] payload) throws IOException {
            if (type == FrameType.SESSION_OPEN_REPLY) {
                dialNext();
            }
            if (type != FrameType.MAIL) {
                return;
            }
            long last = 0;
            for (MailItem item : MailPush.parseFrom(payload).getItemsList()) {
                last = item.getPosition();
                if (item.hasSealed()) {
                    take(Envelope.parseFrom(item.getSealed().getEnvelope()).getMessageId());
                }
            }
            MailAck ack = MailAck.newBuilder().setUpTo(last).build();
            link.command(Command.newBuilder().setMailAck(ack).build(), result -> {});
        }

        private void take(ByteString id) {
            if (seen.add(id)) {
                count.incrementAndGet();
            } else {
                doubles.incrementAndGet();
            }
        }
    }
}

package covey.bench;

import covey.bench.Keyring.UserKey;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.transport.Transport.Address;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Two peers with a direct link: from send to displayed, with everything a line of chat goes through (stored durably by
 * the sender, sealed, sent, opened, stored durably by the receiver, shown). Beside it what the parts alone cost.
 */
final class Direct implements Verb {
    private static final int TEXT_CHARS = 64;

    /** What a chat keeps in flight to one device. */
    private static final int IN_FLIGHT = 256;

    @Override
    public String name() {
        return "direct";
    }

    @Override
    public void run(Run run) throws Exception {
        Results results = run.resultsOf(name());
        results.subject("disk", "both peers keep their messages in RocksDB, durable ones fsynced");
        results.subject("memory", "the same peers on stores in memory: what is left without the disk");
        results.subject(
                "tls", "two Netty channels with TLS 1.3 (BoringSSL) that answer each other, nothing else: floor");
        for (int round = 1; round <= run.number("rounds", run.pick(3, 1)); round++) {
            for (boolean isOnDisk : new boolean[] {true, false}) {
                Path folder = run.scratch().resolve((isOnDisk ? "disk" : "memory") + round);
                talk(run, results, folder, isOnDisk);
            }
            floor(run, results);
        }
        results.subject("seal", "covey.identity alone: one message for one device, one thread");
        new SealCost(results).measure(run.pick(20_000, 200));
        results.print();
    }

    private static void talk(Run run, Results results, Path folder, boolean isOnDisk) throws Exception {
        DeviceKeys alice = DeviceKeys.generate(Env.system());
        DeviceKeys bob = DeviceKeys.generate(Env.system());
        int port = Server.freePort();
        HubHome home = HubHome.make(folder, List.of(userKey(alice), userKey(bob)), port);
        Address hub = new Address("127.0.0.1", port);
        try (Server server = CoveyHub.start(home, port);
                Peer from = new Peer(home, 0, alice, hub, store(folder, "alice", isOnDisk), true);
                Peer to = new Peer(home, 1, bob, hub, store(folder, "bob", isOnDisk), true)) {
            from.start();
            to.start();
            from.awaitSettled();
            to.awaitSettled();
            Conversation conversation = new Conversation(from, to);
            conversation.oneAtATime(1);
            from.awaitDirect(bob);
            String subject = isOnDisk ? "disk" : "memory";
            try (Spinners spinners = Spinners.start()) {
                conversation.oneAtATime(run.pick(isOnDisk ? 300 : 3_000, 10));
                Histogram shown = conversation.oneAtATime(run.pick(isOnDisk ? 500 : 5_000, 20));
                results.lower("one at a time", "p50 send to displayed", "us", subject, shown.micros(0.5));
                results.lower("one at a time", "p99 send to displayed", "us", subject, shown.micros(0.99));
            }
            conversation.stream(run.pick(3_000, 100));
            results.higher(
                    "one after the other",
                    "messages displayed",
                    "/s",
                    subject,
                    conversation.stream(run.pick(5_000, 200)));
            if (!server.isAlive()) {
                throw new IllegalStateException("the hub ended:\n" + server.printed());
            }
        }
    }

    private static void floor(Run run, Results results) throws Exception {
        try (TlsFloor floor = new TlsFloor();
                Spinners spinners = Spinners.start()) {
            floor.roundTrips(run.pick(20_000, 100));
            Histogram trips = floor.roundTrips(run.pick(20_000, 200));
            results.lower("round trip", "p50", "us", "tls", trips.micros(0.5));
            results.lower("round trip", "p99", "us", "tls", trips.micros(0.99));
            results.lower("one at a time", "p50 send to displayed", "us", "tls", trips.micros(0.5) / 2);
        }
    }

    static UserKey userKey(DeviceKeys keys) {
        return new UserKey(keys.privateKey(), keys.certificate());
    }

    private static Optional<Path> store(Path folder, String name, boolean isOnDisk) {
        return isOnDisk ? Optional.of(folder.resolve(name)) : Optional.empty();
    }

    /** One way. Texts begin with a number by which they are known again. */
    static final class Conversation {
        private final Peer from;
        private final Peer to;
        private final ConcurrentHashMap<Integer, Long> sentNanos = new ConcurrentHashMap<>();
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicLong doubles = new AtomicLong();
        private final Semaphore shown = new Semaphore(0);
        private Histogram latencies = new Histogram();

        Conversation(Peer from, Peer to) {
            this.from = from;
            this.to = to;
            to.onShown(message -> {
                long now = System.nanoTime();
                Long sent = sentNanos.remove(
                        Integer.parseInt(message.text().substring(0, 8).strip()));
                if (sent == null) {
                    doubles.incrementAndGet();
                    return;
                }
                latencies.record(now - sent);
                shown.release();
            });
        }

        private void send() {
            int number = next.incrementAndGet();
            String text = "%-8d%s".formatted(number, "x".repeat(TEXT_CHARS - 8));
            from.node().loop().execute(() -> {
                sentNanos.put(number, System.nanoTime());
                from.node().chat().send("@" + HubHome.account(1), text);
            });
        }

        Histogram oneAtATime(int count) throws InterruptedException {
            latencies = new Histogram();
            for (int i = 0; i < count; i++) {
                send();
                awaitShown(1);
            }
            return check();
        }

        /** Displayed per second, so many under way all the time. */
        double stream(int count) throws InterruptedException {
            latencies = new Histogram();
            int ahead = Math.min(IN_FLIGHT, count);
            long began = System.nanoTime();
            for (int i = 0; i < ahead; i++) {
                send();
            }
            for (int i = ahead; i < count; i++) {
                awaitShown(1);
                send();
            }
            awaitShown(ahead);
            check();
            return count / ((System.nanoTime() - began) / 1e9);
        }

        private void awaitShown(int count) throws InterruptedException {
            if (!shown.tryAcquire(count, 30, TimeUnit.SECONDS)) {
                throw new IllegalStateException(sentNanos.size() + " messages were not displayed within 30 s");
            }
        }

        private Histogram check() {
            if (doubles.get() > 0) {
                throw new IllegalStateException(doubles.get() + " messages were displayed twice");
            }
            return latencies;
        }
    }
}

package covey.bench;

import com.google.protobuf.ByteString;
import covey.bench.Keyring.UserKey;
import covey.chat.ChatException;
import covey.chat.ChatMessage;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.transport.Transport.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * kill -9 of the hub again and again while whole peers talk through it: some to others that are there (relay), some to
 * others that are away (mailbox). A ledger knows what a sender was told and what a receiver was shown.
 */
final class Crash implements Verb {
    /** Messages of one sender of which it has not heard that they are stored or delivered. */
    private static final int OPEN_MESSAGES = 16;

    private static final int PAIRS = 4;

    /** Nobody may fill more than half of a mailbox: these many kills take less. */
    private static final int KILLS_PER_VISIT = 2;

    private static final int REFUSED_PAUSE_MILLIS = 200;

    @Override
    public String name() {
        return "crash";
    }

    @Override
    public void run(Run run) {
        Results results = run.resultsOf(name());
        int kills = run.number("kills", run.pick(20, 2));
        results.subject(
                "covey",
                kills + " times kill -9 of the hub, " + 2 * PAIRS + " senders, " + OPEN_MESSAGES
                        + " messages each under way");
        try (Scene scene = new Scene(run)) {
            scene.begin();
            for (int i = 0; i < kills; i++) {
                System.err.printf("crash: kill %d of %d%n", i + 1, kills);
                Server.pause(run.pick(2_000, 500));
                scene.killAndRestart(results);
                if (i % KILLS_PER_VISIT == 0) {
                    scene.visit(run.pick(3_000, 500));
                }
            }
            Server.pause(run.pick(2_000, 500));
            Ledger ledger = scene.end();
            String all = kills + " kills";
            results.higher(all, "acknowledged to their senders", "messages", "covey", ledger.acknowledged.size());
            results.higher(all, "displayed", "messages", "covey", ledger.displayed.size());
            results.lower(all, "acknowledged and never displayed", "messages", "covey", ledger.lost());
            results.lower(all, "refused, mailbox full", "messages", "covey", ledger.refused.get());
            results.lower(all, "displayed twice", "messages", "covey", ledger.doubles.get());
        }
        results.print();
        results.requireNone("acknowledged messages lost", kills + " kills", "acknowledged and never displayed");
        results.requireNone("messages displayed twice", kills + " kills", "displayed twice");
    }

    /** What senders were told and receivers were shown. Any thread. */
    private static final class Ledger {
        private final Set<ByteString> acknowledged = ConcurrentHashMap.newKeySet();
        private final Map<ByteString, Integer> displayed = new ConcurrentHashMap<>();
        private final AtomicInteger doubles = new AtomicInteger();
        private final AtomicLong lastShownNanos = new AtomicLong();
        private final AtomicInteger refused = new AtomicInteger();
        private volatile String failed = "";

        void acknowledged(ChatMessage message) {
            acknowledged.add(message.sentId());
        }

        void shown(ChatMessage message) {
            lastShownNanos.set(System.nanoTime());
            if (displayed.merge(message.sentId(), 1, Integer::sum) > 1) {
                doubles.incrementAndGet();
            }
        }

        long lost() {
            return acknowledged.stream()
                    .filter(id -> !displayed.containsKey(id))
                    .count();
        }
    }

    /** A hub that is killed, and peers that are not. Even users send, the odd one after each receives. */
    private static final class Scene implements AutoCloseable {
        private final Run run;
        private final int port = Server.freePort();
        private final Address address = new Address("127.0.0.1", port);
        private final List<DeviceKeys> keys = new ArrayList<>();
        private final List<Peer> peers = new ArrayList<>();
        private final List<Sender> senders = new ArrayList<>();
        private final Ledger ledger = new Ledger();
        private final HubHome home;
        private Server server;

        Scene(Run run) {
            this.run = run;
            for (int user = 0; user < 4 * PAIRS; user++) {
                keys.add(DeviceKeys.generate(Env.system()));
            }
            List<UserKey> users = keys.stream().map(Direct::userKey).toList();
            home = HubHome.make(run.scratch().resolve("hub"), users, port);
            server = CoveyHub.start(home, port);
        }

        /** The first half of the receivers is here, the other half away; all were here once, so that prekeys exist. */
        void begin() {
            for (int user = 0; user < keys.size(); user++) {
                peers.add(peer(user));
            }
            peers.forEach(Peer::awaitSettled);
            Server.pause(1_000);
            for (int user = 2 * PAIRS + 1; user < keys.size(); user += 2) {
                peers.get(user).close();
            }
            for (int user = 0; user < keys.size(); user += 2) {
                Sender sender = new Sender(peers.get(user), "@" + HubHome.account(user + 1), ledger);
                senders.add(sender);
                sender.begin();
            }
        }

        private Peer peer(int user) {
            Optional<java.nio.file.Path> store = Optional.of(run.scratch().resolve("peer" + user));
            Peer peer = new Peer(home, user, keys.get(user), address, store, false);
            peer.onShown(ledger::shown);
            peer.start();
            return peer;
        }

        void killAndRestart(Results results) {
            long before = ledger.displayed.size();
            server.kill();
            long began = System.nanoTime();
            server = CoveyHub.start(home, port);
            results.lower("restart", "start to listening", "ms", "covey", (System.nanoTime() - began) / 1e6);
            long end = began + TimeUnit.SECONDS.toNanos(60);
            long shownAtStart = ledger.lastShownNanos.get();
            while (ledger.lastShownNanos.get() - Math.max(began, shownAtStart) <= 0) {
                check(System.nanoTime() < end, "nothing was displayed within 60 s after the restart of the hub");
                Server.pause(1);
            }
            double millis = (ledger.lastShownNanos.get() - began) / 1e6;
            results.lower("restart", "start to first message displayed", "ms", "covey", millis);
            check(ledger.displayed.size() >= before, "the ledger shrank");
        }

        /** Who is away comes for its mail before senders have filled its mailbox, and leaves in the midst of it. */
        void visit(long millis) {
            List<Peer> visitors = new ArrayList<>();
            for (int user = 2 * PAIRS + 1; user < keys.size(); user += 2) {
                visitors.add(peer(user));
            }
            visitors.forEach(Peer::awaitSettled);
            Server.pause(millis);
            visitors.forEach(Peer::close);
        }

        private void check(boolean isSo, String sentence) {
            if (!isSo || !ledger.failed.isEmpty()) {
                throw new IllegalStateException(
                        ledger.failed.isEmpty() ? sentence : "a message failed: " + ledger.failed);
            }
        }

        /** Senders stop, who was away comes, and everything that was acknowledged must turn up. */
        Ledger end() {
            senders.forEach(Sender::stop);
            for (int user = 2 * PAIRS + 1; user < keys.size(); user += 2) {
                peers.set(user, peer(user));
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while ((ledger.lost() > 0 || senders.stream().anyMatch(Sender::hasOpen)) && System.nanoTime() < end) {
                check(true, "");
                Server.pause(50);
            }
            // Time for doubles to show.
            Server.pause(run.pick(5_000, 500));
            return ledger;
        }

        @Override
        public void close() {
            peers.forEach(peer -> {
                try {
                    peer.close();
                } catch (RuntimeException e) {
                    System.err.println("crash: " + e);
                }
            });
            server.close();
        }
    }

    /** One peer that goes on talking as soon as it hears that what it said is safe. */
    private static final class Sender {
        private final Peer peer;
        private final String to;
        private final Ledger ledger;
        // Owned by the peer's loop.
        private final Set<ByteString> open = ConcurrentHashMap.newKeySet();
        private int number;
        private volatile boolean isStopped;

        Sender(Peer peer, String to, Ledger ledger) {
            this.peer = peer;
            this.to = to;
            this.ledger = ledger;
            peer.onState(message -> {
                if (Peer.isAcknowledged(message)) {
                    ledger.acknowledged(message);
                    if (open.remove(message.id())) {
                        send();
                    }
                } else if (message.state() == covey.chat.MessageState.FAILED) {
                    refused(message);
                }
            });
        }

        /** Faster than the receiver stores what comes: told so, it waits and says the next thing. */
        private void refused(ChatMessage message) {
            if (!message.reason().startsWith("The mailbox of ")) {
                ledger.failed = message.reason();
            } else if (open.remove(message.id())) {
                ledger.refused.incrementAndGet();
                peer.node().loop().schedule(REFUSED_PAUSE_MILLIS, this::send);
            }
        }

        void begin() {
            peer.node().loop().execute(() -> {
                for (int i = 0; i < OPEN_MESSAGES; i++) {
                    send();
                }
            });
        }

        private void send() {
            if (isStopped) {
                return;
            }
            try {
                open.add(peer.node().chat().send(to, "line " + number++).id());
            } catch (ChatException e) {
                ledger.failed = e.getMessage();
            }
        }

        void stop() {
            isStopped = true;
        }

        boolean hasOpen() {
            return !open.isEmpty();
        }
    }
}

package covey.bench;

import covey.env.Env;
import covey.files.Contents;
import covey.identity.DeviceKeys;
import covey.swarm.DownloadCaps;
import covey.swarm.Uploads;
import covey.transfer.Transfer;
import covey.transfer.Wanted;
import covey.transport.Transport.Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A chat beside a large transfer between the same two peers, as fast as it goes: from send to displayed, on an idle
 * link and while gigabytes pass it. The receiver of the file is the receiver of the messages.
 */
final class Beside implements Verb {
    private static final String SCENARIO = "one at a time";
    private static final String P50 = "p50 send to displayed";
    private static final String P99 = "p99 send to displayed";

    @Override
    public String name() {
        return "beside";
    }

    @Override
    public void run(Run run) throws Exception {
        Results results = run.resultsOf(name());
        results.subject("idle", "two peers in one JVM, messages durable on disk before they are sent and shown");
        results.subject("transfer", "the same while one fetches a file from the other, all cores busy");
        long bytes = run.number("mib", run.pick(2_048, 256)) * 1024L * 1024;
        Path files = FetchRace.folder(run);
        try {
            Path folder = files.resolve("source");
            Path file = FetchRace.random(folder.resolve("file.bin"), bytes);
            Path first = FetchRace.random(folder.resolve("first.bin"), bytes / 4);
            for (int round = 1; round <= run.number("rounds", run.pick(3, 1)); round++) {
                round(run, results, run.scratch().resolve("round" + round), first, file);
            }
        } finally {
            FetchRace.delete(files);
        }
        for (String figure : List.of(P50, P99)) {
            double ratio = results.median(SCENARIO, figure, "transfer") / results.median(SCENARIO, figure, "idle");
            results.aim(figure + " beside a transfer against idle", ratio, Results.Better.LOWER, 2.0);
        }
        results.print();
    }

    private static void round(Run run, Results results, Path folder, Path first, Path file) throws Exception {
        DeviceKeys alice = DeviceKeys.generate(Env.system());
        DeviceKeys bob = DeviceKeys.generate(Env.system());
        int port = Server.freePort();
        HubHome home = HubHome.make(folder, List.of(Direct.userKey(alice), Direct.userKey(bob)), port);
        Address hub = new Address("127.0.0.1", port);
        try (Server server = CoveyHub.start(home, port);
                Peer from = new Peer(home, 0, alice, hub, Optional.of(folder.resolve("alice")), true, 0);
                Peer to = new Peer(home, 1, bob, hub, Optional.of(folder.resolve("bob")), true, 0);
                Contents holder = contents(from, folder.resolve("alice-files"));
                Contents fetcher = contents(to, file.resolveSibling("fetched"))) {
            from.start();
            to.start();
            from.awaitSettled();
            to.awaitSettled();
            holder.start();
            fetcher.start();
            Direct.Conversation conversation = new Direct.Conversation(from, to);
            conversation.oneAtATime(run.pick(500, 10));
            from.awaitDirect(bob);
            record(results, "idle", conversation.oneAtATime(run.pick(1_000, 50)));
            // What verifies and writes is warmed up.
            beside(conversation, holder, fetcher, first, alice);
            long began = System.nanoTime();
            Histogram shown = beside(conversation, holder, fetcher, file, alice);
            double seconds = (System.nanoTime() - began) / 1e9;
            results.higher(SCENARIO, "rate of the transfer", "GB/s", "transfer", Files.size(file) / 1e9 / seconds);
            record(results, "transfer", shown);
            if (!server.isAlive()) {
                throw new IllegalStateException("the hub ended:\n" + server.printed());
            }
        }
    }

    private static Histogram beside(
            Direct.Conversation conversation, Contents holder, Contents fetcher, Path file, DeviceKeys from)
            throws Exception {
        Wanted wanted = offered(holder, fetcher, file, from);
        Histogram shown = new Histogram();
        long number = fetcher.transfers().get(wanted).number();
        while (!isDone(fetcher, number)) {
            shown.add(conversation.oneAtATime(10));
        }
        Files.delete(wanted.target());
        return shown;
    }

    private static Contents contents(Peer peer, Path folder) {
        return new Contents(
                peer.node(),
                new Contents.Settings(
                        folder.resolve("blocks"),
                        folder.resolve("files"),
                        1,
                        0,
                        new DownloadCaps(0, 0, 0),
                        Uploads.Settings.USUAL));
    }

    private static Wanted offered(Contents holder, Contents fetcher, Path file, DeviceKeys from) {
        var offer = holder.offer(file, "@" + HubHome.account(1));
        return new Wanted(
                offer.content(),
                offer.name(),
                offer.bytes(),
                1,
                com.google.protobuf.ByteString.EMPTY,
                fetcher.download(offer.name()),
                false,
                Set.of(from.id()));
    }

    private static boolean isDone(Contents fetcher, long number) {
        Transfer transfer = fetcher.transfers().list().stream()
                .filter(one -> one.number() == number)
                .findFirst()
                .orElseThrow();
        if (transfer.state() == Transfer.State.FAILED) {
            throw new IllegalStateException(transfer.kept().getSentence());
        }
        return transfer.state() == Transfer.State.DONE;
    }

    private static void record(Results results, String subject, Histogram shown) {
        results.lower(SCENARIO, P50, "us", subject, shown.micros(0.5));
        results.lower(SCENARIO, P99, "us", subject, shown.micros(0.99));
    }
}

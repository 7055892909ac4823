package covey.bench;

import covey.bench.Results.Better;
import covey.transport.Protocol;
import covey.wire.proto.Register;
import covey.wire.proto.Share;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The hub as an index server: 1,000 searches, 200 registrations one by one and 800 look-ups by each of 1, 2, 3 and 64
 * peers at once, over TLS with accounts, with few and with a million files registered in bulk before; beside it Redis
 * answering GET. A request that fails ends the run.
 */
final class Catalog implements Verb {
    private static final int PEERS_MAX = 64;
    private static final int REGISTERS = 200;
    private static final int SHARES_PER_FRAME = 1_500;
    private static final int BULK_USERS = 4;

    @Override
    public String name() {
        return "catalog";
    }

    @Override
    public void run(Run run) throws Exception {
        Results results = run.resultsOf(name());
        results.subject("covey", "this build, mutual TLS 1.3, accounts, what is registered is fsynced");
        int files = run.number("files", run.pick(1_000_000, 3_000));
        int[] sizes =
                run.isShort() || run.options().containsKey("files") ? new int[] {files} : new int[] {10_000, files};
        int[] peers = run.isShort() ? new int[] {1, 4} : new int[] {1, 2, 3, run.number("peers", PEERS_MAX)};
        Map<String, List<Double>> chart = new TreeMap<>();
        for (int size : sizes) {
            try (CoveyHub hub = new CoveyHub(run.results())) {
                measure(run, results, hub, size, peers, chart);
            }
        }
        if (!run.wants("only", "redis")) {
            results.note("redis was not asked for");
        } else if (Machine.isInstalled("redis-server") && Machine.isInstalled("redis-benchmark")) {
            redis(run, results, sizes[sizes.length - 1], peers);
        } else {
            results.note("redis-server is not installed (Debian: apt-get install redis-server redis-tools)");
        }
        aims(results, sizes[sizes.length - 1]);
        List<String> places = new ArrayList<>();
        for (int count : peers) {
            places.add(count + (count == 1 ? " peer" : " peers"));
        }
        Chart drawn = new Chart("Mean time per operation", "us", places, 10, 100_000);
        chart.forEach(drawn::series);
        Path file = run.results().resolve("catalog.svg");
        drawn.write(file);
        results.note("chart: " + file);
        results.print();
    }

    private static String scenario(int files, int peers) {
        return "%,d files, %d peers".formatted(files, peers);
    }

    private static String scenario(int files) {
        return "%,d files".formatted(files);
    }

    private static void measure(
            Run run, Results results, CoveyHub hub, int files, int[] peers, Map<String, List<Double>> chart)
            throws Exception {
        Path folder = run.scratch().resolve("hub-" + files);
        try (Server server = hub.start(folder, PEERS_MAX);
                CoveyTls bulkTls = new CoveyTls(hub.keys(), Protocol.HUB_BULK);
                CatalogCrowd crowd = new CatalogCrowd(server.address(), hub.home(), hub.tls());
                CatalogCrowd bulk = new CatalogCrowd(server.address(), hub.home(), bulkTls)) {
            CatalogNames names = new CatalogNames();
            crowd.arrive(PEERS_MAX, false);
            bulk.arrive(BULK_USERS, true);
            long bytesBefore = hub.settledBytes(server);
            fill(results, server, crowd, bulk, names, files);
            long bytes = hub.settledBytes(server) - bytesBefore;
            results.lower(scenario(files), "hub memory per file", "B", "covey", Math.max(0, bytes) / (double) files);
            int next = files;
            // A hub runs for months.
            int warming = run.isShort() ? 4 : PEERS_MAX;
            Results unseen = new Results("warm-up", run.scratch(), "");
            all(run, unseen, server, crowd, names, files, warming, next, new TreeMap<>());
            next += warming * REGISTERS;
            for (int count : peers) {
                all(run, results, server, crowd, names, files, count, next, chart);
                next += count * REGISTERS;
            }
        }
    }

    /** In bulk, until all are durable; then until the search knows them. */
    private static void fill(
            Results results, Server server, CatalogCrowd crowd, CatalogCrowd bulk, CatalogNames names, int files) {
        List<Register> frames = new ArrayList<>();
        for (int from = 0; from < files; from += SHARES_PER_FRAME) {
            List<Share> shares = names.shares(from, Math.min(SHARES_PER_FRAME, files - from));
            frames.add(Register.newBuilder().addAllShares(shares).build());
        }
        double cpu = server.cpuSeconds();
        long began = System.nanoTime();
        int half = frames.size() / 2;
        bulk.bulk(BULK_USERS, frames.subList(0, half));
        double firstSeconds = (System.nanoTime() - began) / 1e9;
        double firstCpuSeconds = server.cpuSeconds() - cpu;
        bulk.bulk(BULK_USERS, frames.subList(half, frames.size()));
        double seconds = (System.nanoTime() - began) / 1e9;
        double cpuSeconds = server.cpuSeconds() - cpu;
        results.higher(scenario(files), "registered in bulk", "files/s", "covey", files / seconds);
        results.higher(scenario(files), "registered per hub cpu-s", "files", "covey", files / cpuSeconds);
        int later = files - half * SHARES_PER_FRAME;
        results.higher(
                scenario(files), "of these the second half", "files/s", "covey", later / (seconds - firstSeconds));
        results.higher(
                scenario(files),
                "the second half per hub cpu-s",
                "files",
                "covey",
                later / (cpuSeconds - firstCpuSeconds));
        results.lower(scenario(files), "search behind at the end of it", "commands", "covey", crowd.behind());
        while (crowd.behind() > 0) {
            Server.pause(20);
        }
        double lag = (System.nanoTime() - began) / 1e9 - seconds;
        results.lower(scenario(files), "until the search knows all", "s", "covey", lag);
    }

    private static void all(
            Run run,
            Results results,
            Server server,
            CatalogCrowd crowd,
            CatalogNames names,
            int files,
            int peers,
            int firstNew,
            Map<String, List<Double>> chart) {
        int searches = run.number("searches", run.pick(1_000, 100));
        int registrations = run.number("registers", run.pick(REGISTERS, 20));
        int lookups = run.number("lookups", run.pick(800, 80));
        int[] number = {0};
        List<Share> fresh = names.shares(firstNew, peers * registrations);
        java.util.SplittableRandom random = new java.util.SplittableRandom(peers);
        one(
                results,
                server,
                files,
                peers,
                "search",
                chart,
                () -> crowd.all(peers, searches, (user, done) -> crowd.search(user, names.search(files), done)));
        one(
                results,
                server,
                files,
                peers,
                "register",
                chart,
                () -> crowd.all(
                        peers, registrations, (user, done) -> crowd.register(user, fresh.get(number[0]++), done)));
        one(
                results,
                server,
                files,
                peers,
                "look-up",
                chart,
                () -> crowd.all(
                        peers,
                        lookups,
                        (user, done) -> crowd.lookup(user, CatalogNames.content(random.nextInt(files)), done)));
    }

    private static void one(
            Results results,
            Server server,
            int files,
            int peers,
            String what,
            Map<String, List<Double>> chart,
            java.util.function.Supplier<Histogram> work) {
        double cpu = server.cpuSeconds();
        long began = System.nanoTime();
        Histogram latencies = work.get();
        double seconds = (System.nanoTime() - began) / 1e9;
        double cpuSeconds = server.cpuSeconds() - cpu;
        double share = cpuSeconds / seconds;
        String scenario = scenario(files, peers);
        double mean = seconds * 1e6 * peers / latencies.count();
        results.lower(scenario, what + " mean", "us", "covey", mean);
        results.lower(scenario, what + " p50", "us", "covey", latencies.micros(0.5));
        results.lower(scenario, what + " p99", "us", "covey", latencies.micros(0.99));
        results.higher(scenario, what + " rate", "1/s", "covey", latencies.count() / seconds);
        results.lower(scenario, what + " hub cpu share", "%", "covey", share * 100);
        results.lower(scenario, what + " server cpu", "us", "covey", cpuSeconds * 1e6 / latencies.count());
        chart.computeIfAbsent(what + ", %,d files".formatted(files), any -> new ArrayList<>())
                .add(mean);
    }

    /** Plain TCP, values of 100 bytes, as many keys; its own load client. */
    private static void redis(Run run, Results results, int files, int[] peers) throws Exception {
        int port = Server.freePort();
        String version = Machine.run("redis-server", "--version");
        results.rival("redis", version + "; plain TCP, GET without pipelining by redis-benchmark");
        List<String> command =
                List.of("redis-server", "--port", "" + port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no");
        try (Server server =
                Server.start(run.scratch().resolve("redis"), port, command).awaitPort()) {
            redisBenchmark(port, "set", files, 64, files, 64);
            for (int count : peers) {
                int requests = Math.max(run.pick(100_000, 1_000), 800 * count);
                redisBenchmark(port, "get", requests / 10, count, files, 1);
                double cpu = server.cpuSeconds();
                String[] figures = redisBenchmark(port, "get", requests, count, files, 1);
                double cpuMicros = (server.cpuSeconds() - cpu) * 1e6 / requests;
                results.lower(scenario(files, count), "look-up server cpu", "us", "redis", cpuMicros);
                results.higher(scenario(files, count), "look-up rate", "1/s", "redis", Double.parseDouble(figures[1]));
                results.lower(
                        scenario(files, count), "look-up p50", "us", "redis", 1_000 * Double.parseDouble(figures[4]));
                results.lower(
                        scenario(files, count), "look-up p99", "us", "redis", 1_000 * Double.parseDouble(figures[6]));
            }
        }
    }

    /** test, rps, avg, min, p50, p95, p99, max */
    private static String[] redisBenchmark(int port, String test, int requests, int clients, int keys, int pipeline) {
        List<String> command = new ArrayList<>(Machine.onLoadCores());
        command.addAll(
                List.of("redis-benchmark", "-p", "" + port, "-t", test, "-n", "" + requests, "-c", "" + clients));
        command.addAll(List.of("-r", "" + keys, "-d", "100", "-P", "" + pipeline, "--csv"));
        String printed = Machine.run(command.toArray(String[]::new));
        String last = printed.lines().reduce((before, line) -> line).orElseThrow();
        return last.replace("\"", "").split(",");
    }

    private static void aims(Results results, int files) {
        String most = scenario(files, PEERS_MAX);
        double ratio = results.median(most, "look-up rate", "covey") / results.median(most, "look-up rate", "redis");
        results.aim("look-ups at 64 clients beside Redis GET", ratio, Better.HIGHER, 1);
        results.aim(
                "look-up p99 at 64 clients [us]", results.median(most, "look-up p99", "covey"), Better.LOWER, 2_000);
        String one = scenario(files, 1);
        results.aim("search p50 [us]", results.median(one, "search p50", "covey"), Better.LOWER, 2_000);
        results.aim("search p99 [us]", results.median(one, "search p99", "covey"), Better.LOWER, 10_000);
        results.aim(
                "files/s registered in bulk",
                results.median(scenario(files), "registered in bulk", "covey"),
                Better.HIGHER,
                150_000);
    }
}

package covey.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Talk through one server: latency, rate, fan-out, login, memory; the server alone on one core, the load on the others.
 */
final class Talk implements Verb {
    /** As large as the rivals' bodies were when they were first measured. */
    private static final int SMALL_BODY_BYTES = 64;

    /** A short line of text as it travels sealed: see {@code micro}. */
    private static final int SEALED_BODY_BYTES = 300;

    private static final int IN_FLIGHT = 256;
    private static final int ANNOUNCEMENTS_IN_FLIGHT = 8;
    private static final int ARRIVING_AT_ONCE = 128;

    /** Told of everybody by the square of their number: with more it would only move lists. */
    private static final int IDLE_USERS_MAX_UHUB = 2_000;

    private static final String ANNOUNCEMENTS =
            "announcements, " + ANNOUNCEMENTS_IN_FLIGHT + " in flight, " + SMALL_BODY_BYTES + " B";
    private static final String DELIVERIES = "deliveries per server-cpu-s";
    private static final String PER_SERVER_SECOND = "messages per server-cpu-s";
    private static final String IDLE = "idle";

    /** Rows in which others used more of the machine than this are marked. */
    private static final double OTHERS_SHARE_MAX = 0.1;

    @Override
    public String name() {
        return "talk";
    }

    @Override
    public void run(Run run) {
        try (CoveyHub covey = new CoveyHub(run.results())) {
            measure(run, covey);
        }
    }

    private void measure(Run run, CoveyHub covey) {
        Results results = run.resultsOf(name());
        List<Contender> here = new ArrayList<>();
        for (Contender contender : contenders(covey)) {
            if (!run.wants("only", contender.name())) {
                continue;
            }
            if (contender.isHere()) {
                here.add(contender);
                if (contender == covey) {
                    results.subject(contender.name(), contender.describe());
                } else {
                    results.rival(contender.name(), contender.describe());
                }
            } else {
                results.note(contender.name() + ": " + contender.describe());
            }
        }
        Machine.leaveServerCore();
        try {
            for (int round = 1; round <= run.number("rounds", run.pick(3, 1)); round++) {
                for (Contender contender : here) {
                    System.err.printf("talk: round %d, %s%n", round, contender.name());
                    Path folder = run.scratch().resolve(contender.name() + round);
                    new Round(run, results, contender).measure(folder);
                }
            }
            if (run.wants("scenarios", "idle")) {
                for (Contender contender : here) {
                    new Round(run, results, contender).idle(run.scratch().resolve(contender.name() + "idle"));
                }
            }
        } finally {
            Machine.spread();
        }
        aims(run, results);
        results.print();
    }

    private static void aims(Run run, Results results) {
        String covey = "covey";
        String login = "login of " + run.number("users", run.pick(2_000, 100));
        String stream = IN_FLIGHT + " in flight, " + SEALED_BODY_BYTES + " B";
        results.aim(
                "messages per server-cpu-s with TLS, sealed, against nats without TLS, same size",
                results.median(stream, PER_SERVER_SECOND, covey) / results.median(stream, PER_SERVER_SECOND, "nats"),
                Results.Better.HIGHER,
                1);
        results.aim("s for " + login, results.median(login, "connected before", covey), Results.Better.LOWER, 0.8);
        results.aim(
                "s for " + login + " with TLS handshakes",
                results.median(login, "connecting", covey),
                Results.Better.LOWER,
                2.5);
        results.aim(
                "announcements per server-cpu-s against uhub",
                results.median(ANNOUNCEMENTS, DELIVERIES, covey) / results.median(ANNOUNCEMENTS, DELIVERIES, "uhub"),
                Results.Better.HIGHER,
                0.8);
        results.aim(
                "kB per idle TLS session",
                results.median(IDLE, "resident per idle session", covey),
                Results.Better.LOWER,
                20);
    }

    private static List<Contender> contenders(Contender covey) {
        List<Contender> all = new ArrayList<>(List.of(covey));
        all.addAll(Rivals.all());
        return all;
    }

    /** Everything about one contender, with a fresh server. */
    private record Round(Run run, Results results, Contender contender) {
        void measure(Path folder) {
            int users = run.number("users", run.pick(2_000, 100));
            try (Server server = contender.start(folder, users);
                    Crowd crowd = contender.crowd(server, users)) {
                login(crowd, server, users);
                Traffic traffic = new Traffic(crowd, server);
                for (int bytes : new int[] {SMALL_BODY_BYTES, SEALED_BODY_BYTES}) {
                    crowd.bodyBytes(bytes);
                    if (run.wants("scenarios", "stream")) {
                        throughput(traffic, bytes);
                    }
                    if (run.wants("scenarios", "latency")) {
                        latency(traffic, bytes);
                    }
                }
                crowd.bodyBytes(SMALL_BODY_BYTES);
                if (run.wants("scenarios", "announce")) {
                    fanOut(traffic);
                }
            }
        }

        /** Sessions that do nothing, beyond what the server needs for itself once it is warm. */
        void idle(Path folder) {
            int users = contender.name().equals("uhub") ? run.pick(IDLE_USERS_MAX_UHUB, 100) : run.pick(10_000, 100);
            try (Server server = contender.start(folder, users)) {
                long emptyBytes;
                try (Crowd crowd = contender.crowd(server, users)) {
                    crowd.some(users / 10).arriveUninformed(ARRIVING_AT_ONCE);
                    crowd.leaveAll();
                    Server.pause(run.pick(2_000, 100));
                    emptyBytes = contender.settledBytes(server);
                    crowd.some(users).arriveUninformed(ARRIVING_AT_ONCE);
                    Server.pause(run.pick(5_000, 100));
                    double bytes = contender.settledBytes(server);
                    double each = (bytes - emptyBytes) / 1e3 / users;
                    results.lower(IDLE, "resident per idle session", "kB", contender.name(), each);
                    results.lower(IDLE, "resident with all of them", "MB", contender.name(), bytes / 1e6);
                }
                results.lower(IDLE, "resident before", "MB", contender.name(), emptyBytes / 1e6);
                results.note("%s: %d idle sessions".formatted(contender.name(), users));
            }
        }

        private void login(Crowd crowd, Server server, int users) {
            crowd.bodyBytes(SMALL_BODY_BYTES);
            String scenario = "login of " + users;
            int times = run.number("logins", run.pick(5, 1));
            for (int i = 0; i < times; i++) {
                String which = i == 0 ? "first, " : "";
                double before = server.cpuSeconds();
                long began = System.nanoTime();
                crowd.arriveAll(ARRIVING_AT_ONCE);
                seconds(scenario, which + "connecting", began);
                serverSeconds(scenario, which + "connecting", server, before);
                crowd.leaveAll();
                Server.pause(run.pick(1_000, 100));
                crowd.openAll(ARRIVING_AT_ONCE);
                before = server.cpuSeconds();
                began = System.nanoTime();
                crowd.enterAll();
                seconds(scenario, which + "connected before", began);
                serverSeconds(scenario, which + "connected before", server, before);
                if (i + 1 < times) {
                    crowd.leaveAll();
                    Server.pause(run.pick(1_000, 100));
                }
            }
        }

        private void seconds(String scenario, String metric, long beganNanos) {
            results.lower(scenario, metric, "s", contender.name(), (System.nanoTime() - beganNanos) / 1e9);
        }

        private void serverSeconds(String scenario, String metric, Server server, double before) {
            double seconds = server.cpuSeconds() - before;
            results.lower(scenario, metric + ", server time", "cpu-s", contender.name(), seconds);
        }

        private void throughput(Traffic traffic, int bytes) {
            String scenario = IN_FLIGHT + " in flight, " + bytes + " B";
            Traffic.Rate rate =
                    traffic.inFlight(IN_FLIGHT, run.number("warm", run.pick(15_000, 100)), run.pick(5_000, 200));
            rates(scenario, "messages", rate);
        }

        private void rates(String scenario, String what, Traffic.Rate rate) {
            results.higher(scenario, what, "/s", contender.name(), rate.perSecond());
            results.higher(scenario, what + " per server-cpu-s", "/s", contender.name(), rate.perServerSecond());
            results.lower(
                    scenario, "p99", "us", contender.name(), rate.latencies().micros(0.99));
            if (rate.othersShare() > OTHERS_SHARE_MAX) {
                results.note("%s, %s: others used %.0f %% of the machine in a round"
                        .formatted(contender.name(), scenario, rate.othersShare() * 100));
            }
        }

        private void latency(Traffic traffic, int bytes) {
            try (Spinners spinners = Spinners.start()) {
                traffic.oneAtATime(run.pick(3_000, 50));
                Histogram latencies = traffic.oneAtATime(run.pick(20_000, 200));
                String scenario = "one at a time, " + bytes + " B";
                results.lower(scenario, "p50", "us", contender.name(), latencies.micros(0.5));
                results.lower(scenario, "p99", "us", contender.name(), latencies.micros(0.99));
            }
        }

        private void fanOut(Traffic traffic) {
            Traffic.Rate rate = traffic.fanOut(
                    ANNOUNCEMENTS_IN_FLIGHT, run.number("warm", run.pick(15_000, 100)), run.pick(5_000, 200));
            rates(ANNOUNCEMENTS, "deliveries", rate);
        }
    }
}

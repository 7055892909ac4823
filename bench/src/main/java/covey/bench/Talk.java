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
                results.subject(contender.name(), contender.describe());
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
        } finally {
            Machine.spread();
        }
        results.print();
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
                long emptyBytes = contender.settledBytes(server);
                login(crowd, server, users);
                results.lower(
                        "memory",
                        "resident per user",
                        "kB",
                        contender.name(),
                        (contender.settledBytes(server) - emptyBytes) / 1e3 / users);
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

        private void login(Crowd crowd, Server server, int users) {
            crowd.bodyBytes(SMALL_BODY_BYTES);
            String scenario = "login of " + users;
            int times = run.number("logins", run.pick(3, 1));
            for (int i = 0; i < times; i++) {
                String which = i == 0 ? "first, " : "";
                long began = System.nanoTime();
                crowd.arriveAll(ARRIVING_AT_ONCE);
                seconds(scenario, which + "connecting", began);
                crowd.leaveAll();
                Server.pause(run.pick(1_000, 100));
                crowd.openAll(ARRIVING_AT_ONCE);
                double before = server.cpuSeconds();
                began = System.nanoTime();
                crowd.enterAll();
                seconds(scenario, which + "connected before", began);
                if (i > 0) {
                    results.lower(
                            scenario,
                            "server time, connected before",
                            "cpu-s",
                            contender.name(),
                            server.cpuSeconds() - before);
                }
                if (i + 1 < times) {
                    crowd.leaveAll();
                    Server.pause(run.pick(1_000, 100));
                }
            }
        }

        private void seconds(String scenario, String metric, long beganNanos) {
            results.lower(scenario, metric, "s", contender.name(), (System.nanoTime() - beganNanos) / 1e9);
        }

        private void throughput(Traffic traffic, int bytes) {
            String scenario = IN_FLIGHT + " in flight, " + bytes + " B";
            Traffic.Rate rate =
                    traffic.inFlight(IN_FLIGHT, run.number("warm", run.pick(4_000, 100)), run.pick(4_000, 200));
            rates(scenario, "messages", rate);
        }

        private void rates(String scenario, String what, Traffic.Rate rate) {
            results.higher(scenario, what, "/s", contender.name(), rate.perSecond());
            results.higher(scenario, what, "/server-cpu-s", contender.name(), rate.perServerSecond());
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
            String scenario = "announcements, " + ANNOUNCEMENTS_IN_FLIGHT + " in flight, " + SMALL_BODY_BYTES + " B";
            Traffic.Rate rate = traffic.fanOut(ANNOUNCEMENTS_IN_FLIGHT, run.pick(2_000, 100), run.pick(5_000, 200));
            rates(scenario, "deliveries", rate);
        }
    }
}

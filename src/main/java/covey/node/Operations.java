package covey.node;

import covey.hub.HubNode;
import covey.peer.Counts.Count;
import covey.peer.PeerNode;
import covey.transport.Transport.Address;
import covey.web.OpsMetrics;
import covey.web.OpsServer;
import covey.wire.proto.HubStatus;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Metrics and health of a process, served in the background: starting them must not delay what the process is for. */
final class Operations implements AutoCloseable {
    private static final long ANSWER_MILLIS_MAX = 1_000;
    private static final String OFF = "off";

    private final Start start;
    private final PeerNode peer;
    private final CompletableFuture<Optional<OpsServer>> server = new CompletableFuture<>();

    private Operations(Start start, PeerNode peer) {
        this.start = start;
        this.peer = peer;
    }

    static void open(Start start, NodeProcess process, Optional<HubNode> hub, PeerNode peer) {
        if (start.config().text(Setting.OPS_LISTEN).equals(OFF)) {
            return;
        }
        Operations operations = process.keep("ops", new Operations(start, peer));
        start.env().background("ops", () -> operations.serve(hub));
    }

    private void serve(Optional<HubNode> hub) {
        Address address = start.config().address(Setting.OPS_LISTEN, 0);
        OpsMetrics metrics = new OpsMetrics(start.version());
        hub.ifPresent(node -> addHub(metrics, node));
        for (Count count : Count.values()) {
            metrics.counter(
                    "covey.peer." + count.text().replace('_', '.'),
                    peer,
                    node -> node.counts().value(count));
        }
        String host = address.host().equals("*") ? "0.0.0.0" : address.host();
        server.complete(OpsServer.start(host, address.port(), metrics.registry(), this::missing));
    }

    private static void addHub(OpsMetrics metrics, HubNode hub) {
        metrics.gauge(
                        "covey.hub.sessions",
                        "Devices with an open session",
                        hub,
                        node -> node.status().getSessions())
                .gauge(
                        "covey.hub.accounts",
                        "Accounts",
                        hub,
                        node -> node.status().getAccounts())
                .gauge(
                        "covey.hub.devices",
                        "Enrolled devices",
                        hub,
                        node -> node.status().getDevices())
                .gauge(
                        "covey.hub.mail.waiting",
                        "Messages that wait",
                        hub,
                        node -> node.status().getMailWaiting())
                .gauge(
                        "covey.hub.shares",
                        "Names that devices share",
                        hub,
                        node -> node.status().getShares())
                .gauge(
                        "covey.hub.search.behind",
                        "Changes of shares that the search does not know yet",
                        hub,
                        node -> node.status().getSearchBehind())
                .gauge(
                        "covey.hub.directory.size",
                        "Entries",
                        hub,
                        node -> node.status().getDirectorySize())
                .gauge(
                        "covey.hub.applied.index",
                        "Log entries applied",
                        hub,
                        node -> node.status().getAppliedIndex())
                .counter("covey.hub.relayed.frames", hub, node -> node.status().getRelayedFrames());
        HubStatus first = hub.status();
        assert first.isInitialized();
    }

    /** What keeps the process from its work; empty = nothing. */
    private Optional<String> missing() {
        CompletableFuture<Boolean> settled = new CompletableFuture<>();
        try {
            peer.loop().execute(() -> settled.complete(peer.isSettled()));
            return settled.get(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS)
                    ? Optional.empty()
                    : Optional.of("the hub is not connected");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            return Optional.of("the process does not answer: " + e);
        }
    }

    @Override
    public void close() {
        server.getNow(Optional.empty()).ifPresent(OpsServer::close);
    }
}

package covey.web;

import io.javalin.Javalin;
import io.javalin.util.JavalinBindException;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What supervisors and collectors ask over HTTP: {@code /metrics} (Prometheus), {@code /healthz} (the process lives)
 * and {@code /readyz} (it can do its work). Meant for the loopback interface: it has no access control and tells no
 * secrets.
 */
public final class OpsServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OpsServer.class);

    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** Says whether the process can do its work. */
    public interface Readiness {
        /** Empty when ready, else what is missing. */
        Optional<String> missing();
    }

    private final Javalin server;
    private final int port;

    private OpsServer(Javalin server) {
        this.server = server;
        this.port = server.port();
    }

    /** Starts serving, or says that the address is busy and returns empty: figures are no reason not to talk. */
    public static Optional<OpsServer> start(
            String host, int port, PrometheusMeterRegistry metrics, Readiness readiness) {
        Javalin server = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.routes.get(
                    "/metrics", context -> context.contentType(METRICS_TYPE).result(metrics.scrape()));
            config.routes.get("/healthz", context -> context.result("ok\n"));
            config.routes.get("/readyz", context -> {
                Optional<String> missing = readiness.missing();
                context.status(missing.isEmpty() ? 200 : 503)
                        .result(missing.map(what -> "not ready: " + what).orElse("ready") + "\n");
            });
        });
        try {
            server.start(host, port);
            log.info("serving metrics and health address={}:{}", host, server.port());
            return Optional.of(new OpsServer(server));
        } catch (JavalinBindException e) {
            log.warn(
                    "no metrics and health pages: {}:{} is busy. Choose another address with --ops, or off",
                    host,
                    port);
            return Optional.empty();
        }
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        server.stop();
    }
}

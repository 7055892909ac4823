package covey.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class OpsServerTest {
    private static HttpResponse<String> get(OpsServer server, String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI address = URI.create("http://127.0.0.1:" + server.port() + path);
            return client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void servesMetricsAndHealthAndTellsWhatIsMissing() throws IOException, InterruptedException {
        AtomicReference<Optional<String>> missing = new AtomicReference<>(Optional.of("the hub"));
        try (OpsMetrics metrics = new OpsMetrics("1.2").counter("covey.test.frames", new int[] {7}, count -> count[0]);
                OpsServer server = OpsServer.start("127.0.0.1", 0, metrics.registry(), missing::get)
                        .orElseThrow()) {
            assertThat(get(server, "/metrics").body())
                    .contains("covey_test_frames_total 7.0")
                    .contains("covey_build{version=\"1.2\"} 1.0")
                    .contains("jvm_memory_used_bytes");
            assertThat(get(server, "/healthz").statusCode()).isEqualTo(200);
            assertThat(get(server, "/readyz").statusCode()).isEqualTo(503);
            assertThat(get(server, "/readyz").body()).isEqualTo("not ready: the hub\n");
            missing.set(Optional.empty());
            assertThat(get(server, "/readyz").statusCode()).isEqualTo(200);
            assertThat(get(server, "/else").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void aBusyPortIsNoReasonToFail() {
        try (OpsMetrics metrics = new OpsMetrics("1.2");
                OpsServer first = OpsServer.start("127.0.0.1", 0, metrics.registry(), Optional::empty)
                        .orElseThrow()) {
            assertThat(OpsServer.start("127.0.0.1", first.port(), metrics.registry(), Optional::empty))
                    .isEmpty();
        }
    }
}

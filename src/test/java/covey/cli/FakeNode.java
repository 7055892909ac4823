package covey.cli;

import covey.node.Home;
import covey.node.HomeLock;
import covey.transport.LocalApi;
import covey.web.Json;
import covey.web.LocalServer;
import covey.wire.proto.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A process of a home that answers as it was told to, over a real socket, and remembers what it was asked. */
final class FakeNode implements LocalApi, AutoCloseable {
    private final Map<String, String> results = new ConcurrentHashMap<>();
    private final Map<String, List<String>> events = new ConcurrentHashMap<>();
    private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final Map<String, Reply> following = new ConcurrentHashMap<>();
    final List<Json> requests = new CopyOnWriteArrayList<>();
    private final HomeLock lock;
    private final LocalServer server;

    private record Refusal(ErrorCode code, String sentence) {}

    FakeNode(Home home) {
        home.prepare();
        lock = HomeLock.acquire(home);
        server = LocalServer.open(home.socket(), this);
    }

    FakeNode answers(String method, String result) {
        refusals.remove(method);
        results.put(method, result);
        return this;
    }

    FakeNode tells(String method, String... told) {
        events.put(method, List.of(told));
        return this;
    }

    FakeNode refuses(String method, ErrorCode code, String sentence) {
        refusals.put(method, new Refusal(code, sentence));
        return this;
    }

    /** Gives no result: a stream that goes on. */
    FakeNode staysOpen(String method) {
        open.add(method);
        return this;
    }

    /** One more event to whoever follows this method now. */
    void tellsNow(String method, String event) {
        Objects.requireNonNull(following.get(method), method).event(event);
    }

    /** Parameters of the last request of this method. */
    Json asked(String method) {
        return requests.stream()
                .filter(request -> request.text("method").equals(method))
                .reduce((first, second) -> second)
                .orElseThrow(() -> new AssertionError("not asked: " + method))
                .at("params");
    }

    @Override
    public void handle(String requestJson, Reply reply) {
        Json request = Json.parse(requestJson);
        requests.add(request);
        String method = request.text("method");
        Refusal refusal = refusals.get(method);
        if (refusal != null) {
            reply.error(refusal.code(), refusal.sentence());
            return;
        }
        events.getOrDefault(method, List.of()).forEach(reply::event);
        if (open.contains(method)) {
            following.put(method, reply);
            return;
        }
        reply.result(results.getOrDefault(method, "{}"));
        if (method.equals("stop")) {
            Thread.ofVirtual().start(this::close);
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        server.close();
        lock.close();
    }
}

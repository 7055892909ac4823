package covey.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import covey.transport.LocalApi;
import covey.transport.LocalChannel;
import covey.transport.Transport;
import covey.web.LocalClient.NotRunningException;
import covey.web.LocalClient.RefusedException;
import covey.wire.proto.ErrorCode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalSocketTest {
    @TempDir
    Path folder = Path.of("");

    private @Nullable LocalServer server;

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
    }

    private Path socket() {
        return folder.resolve("run").resolve("covey.sock");
    }

    private LocalServer serve(Path path, LocalApi api) {
        LocalServer opened = LocalServer.open(path, api);
        server = opened;
        return opened;
    }

    @Test
    void eventsComeBeforeTheResultAndOneClientMayAskAgain() throws Exception {
        serve(socket(), (request, reply) -> {
            reply.event("1");
            reply.event("{\"a\":2}");
            reply.result(request);
            reply.event("\"too late\"");
        });
        try (LocalClient client = LocalClient.connect(socket())) {
            for (int i = 0; i < 3; i++) {
                List<String> events = new ArrayList<>();
                assertThat(client.call("{\"method\":\"x\"}", events::add)).isEqualTo("{\"method\":\"x\"}");
                assertThat(events).containsExactly("1", "{\"a\":2}");
            }
        }
    }

    @Test
    void anErrorArrivesWithItsKindAndSentence() throws Exception {
        String sentence = "no \"such\" room: C:\\#lab\nask its owner – ü";
        serve(socket(), (request, reply) -> reply.error(ErrorCode.NOT_FOUND, sentence));
        try (LocalClient client = LocalClient.connect(socket())) {
            assertThatThrownBy(() -> client.call("{}"))
                    .isInstanceOfSatisfying(
                            RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
                    .hasMessage(sentence);
        }
    }

    @Test
    void aFailingMethodIsAnErrorAndNotTheEndOfTheServer() throws Exception {
        serve(socket(), (request, reply) -> {
            throw new IllegalStateException("broken");
        });
        try (LocalClient client = LocalClient.connect(socket())) {
            assertThatThrownBy(() -> client.call("{}")).hasMessageContaining("broken");
            assertThatThrownBy(() -> client.call("{}")).hasMessageContaining("broken");
        }
    }

    @Test
    void onlyTheOwnerCanOpenTheSocket() throws Exception {
        serve(socket(), (request, reply) -> reply.result("1"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket().resolveSibling("."))))
                .isEqualTo("rwx------");
    }

    @Test
    void theSocketOfADeadProcessIsReplacedAndThatOfALivingOneIsNot() throws Exception {
        Files.createDirectories(socket().resolveSibling("."));
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertThat(socket()).exists();
        assertThatThrownBy(() -> LocalClient.connect(socket())).isInstanceOf(NotRunningException.class);

        serve(socket(), (request, reply) -> reply.result("1"));
        try (LocalClient client = LocalClient.connect(socket())) {
            assertThat(client.call("{}")).isEqualTo("1");
        }
        assertThatThrownBy(() -> LocalServer.open(socket(), (request, reply) -> {}))
                .isInstanceOf(Transport.ListenException.class)
                .hasMessageContaining("a running process has it already");
    }

    @Test
    void aFileThatIsNoSocketIsNeverOverwritten() throws Exception {
        Files.createDirectories(socket().resolveSibling("."));
        Files.writeString(socket(), "dear diary");
        assertThatThrownBy(() -> LocalServer.open(socket(), (request, reply) -> {}))
                .hasMessageContaining("no socket");
        assertThat(socket()).hasContent("dear diary");
    }

    @Test
    void aPathTooLongForASocketIsServedAndFoundAllTheSame() throws Exception {
        Path deep = folder.resolve("d".repeat(120)).resolve("covey.sock");
        LocalServer opened = serve(deep, (request, reply) -> reply.result("1"));
        assertThat(opened.path()).isNotEqualTo(deep);
        try (LocalClient client = LocalClient.connect(deep)) {
            assertThat(client.call("{}")).isEqualTo("1");
        }
        opened.close();
        assertThat(deep).doesNotExist();
        assertThat(opened.path()).doesNotExist();
    }

    @Test
    void closingCancelsTheRequest() throws Exception {
        CountDownLatch cancelled = new CountDownLatch(1);
        AtomicReference<LocalApi.Reply> kept = new AtomicReference<>();
        serve(socket(), (request, reply) -> {
            reply.onCancel(cancelled::countDown);
            kept.set(reply);
            reply.event("1");
        });
        CountDownLatch begun = new CountDownLatch(1);
        LocalClient client = LocalClient.connect(socket());
        Thread caller = Thread.ofVirtual()
                .start(() -> assertThatThrownBy(() -> client.call("{}", event -> begun.countDown()))
                        .isInstanceOf(RefusedException.class));
        begun.await();
        client.close();
        caller.join();
        cancelled.await();
        assertThat(kept.get().isCancelled()).isTrue();
        AtomicInteger late = new AtomicInteger();
        kept.get().onCancel(late::incrementAndGet);
        assertThat(late).hasValue(1);
    }

    @Test
    void aProcessThatEndsAnswersWhatIsOpen() throws Exception {
        LocalServer opened = serve(socket(), (request, reply) -> reply.event("1"));
        try (LocalClient client = LocalClient.connect(socket())) {
            assertThatThrownBy(() -> client.call("{}", event -> opened.close()))
                    .isInstanceOfSatisfying(
                            RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE))
                    .hasMessageContaining("stopped");
        }
        assertThat(socket()).doesNotExist();
    }

    @Test
    void aHundredClientsAreServedAtOnce() throws Exception {
        CountDownLatch all = new CountDownLatch(100);
        serve(socket(), (request, reply) -> {
            all.countDown();
            try {
                all.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            reply.result(request);
        });
        AtomicInteger good = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String request = "{\"n\":" + i + "}";
            threads.add(Thread.ofVirtual().start(() -> {
                try (LocalClient client = LocalClient.connect(socket())) {
                    if (client.call(request).equals(request)) {
                        good.incrementAndGet();
                    }
                } catch (NotRunningException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(good).hasValue(100);
    }

    @Test
    void aClientThatDoesNotReadIsCutAndCancelled() throws Exception {
        String megabyte = "\"" + "x".repeat(1024 * 1024) + "\"";
        AtomicReference<LocalApi.Reply> kept = new AtomicReference<>();
        serve(socket(), (request, reply) -> {
            kept.set(reply);
            while (!reply.isCancelled()) {
                reply.event(megabyte);
            }
        });
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            client.write(ByteBuffer.wrap(LocalChannel.encode("{}").orElseThrow()));
            await().until(() -> kept.get() != null && kept.get().isCancelled());
        }
    }

    @Test
    void answersTooLongForAFrameBecomeAnError() throws Exception {
        String tooLong = "\"" + "x".repeat(LocalChannel.TEXT_BYTES_MAX) + "\"";
        serve(socket(), (request, reply) -> reply.result(tooLong));
        try (LocalClient client = LocalClient.connect(socket())) {
            assertThatThrownBy(() -> client.call("{}")).hasMessageContaining("ask for less");
        }
    }

    @Test
    void garbageEndsOnlyItsOwnConnection() throws Exception {
        serve(socket(), (request, reply) -> reply.result("1"));
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            client.write(ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
            assertThat(isEnded(client)).isTrue();
        }
        try (LocalClient client = LocalClient.connect(socket())) {
            assertThat(client.call("{}")).isEqualTo("1");
        }
    }

    private static boolean isEnded(SocketChannel channel) {
        try {
            return channel.read(ByteBuffer.allocate(10)) < 0;
        } catch (IOException e) {
            return true; // reset: it left bytes of ours unread
        }
    }
}

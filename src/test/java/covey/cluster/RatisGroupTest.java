package covey.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.cluster.RatisSettings.Replay;
import covey.cluster.ReplicatedLog.Member;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.store.RocksStore;
import covey.wire.DeviceId;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members in one process over loopback: the code of the group of one, with a boundary. */
final class RatisGroupTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path scratch;

    private final List<DeviceKeys> keys = new ArrayList<>();
    private final Set<DeviceId> pinned = new HashSet<>();
    private final List<Member> members = new ArrayList<>();
    private final @Nullable RatisLog[] logs = new RatisLog[3];
    private final @Nullable LedgerMachine[] machines = new LedgerMachine[3];
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @BeforeAll
    static void expectTroubleToBeLogged() {
        QuietLogs.silence("org.apache.ratis", "covey.cluster");
    }

    @AfterEach
    void closeAll() {
        for (int i = 0; i < 3; i++) {
            close(i);
        }
    }

    @Test
    void threeMembersAgreeSurviveTheLeaderAndBringALateOneUpToDate() throws Exception {
        makeMembers();
        open(0);
        open(1);
        int leader = awaitLeader();
        submitAndAwait(leader, 1, 100);
        assertThat(counts(leader)).isEqualTo(100);

        // A new term begins a new segment; two checkpoints later the old one is purged: the third needs a checkpoint.
        close(leader);
        open(leader);
        int second = awaitLeader();
        submitAndAwait(second, 101, 50);
        open(2);
        Awaitility.await().atMost(PATIENCE).until(() -> counts(2) == 150);
        assertThat(machine(2).restoreCount()).isPositive();
        assertThat(machine(2).stateHash()).isEqualTo(machine(second).stateHash());

        close(second);
        int third = awaitLeader();
        submitAndAwait(third, 151, 20);
        open(second);
        Awaitility.await().atMost(PATIENCE).until(() -> counts(second) == 170);
        assertThat(machine(second).stateHash()).isEqualTo(machine(third).stateHash());
        assertThat(machine(second).counts())
                .allSatisfy((id, count) -> assertThat(count).isEqualTo(1));
    }

    @Test
    void aStrangersKeyIsRefused() throws Exception {
        makeMembers();
        open(0);
        String[] address = members.getFirst().address().split(":", -1);
        SSLContext stranger = SSLContext.getInstance("TLSv1.3");
        stranger.init(keyManagers(DeviceKeys.generate(Env.system())), new TrustManager[] {new Pinning(pinned)}, null);

        assertThatThrownBy(() -> {
                    try (Socket socket =
                            stranger.getSocketFactory().createSocket(address[0], Integer.parseInt(address[1]))) {
                        ((SSLSocket) socket).startHandshake();
                        socket.getOutputStream()
                                .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                        // With TLS 1.3 the client hears of the refusal when it reads.
                        while (socket.getInputStream().read() >= 0) {}
                        throw new IOException("closed");
                    }
                })
                .isInstanceOf(IOException.class);
        try (Socket plain = new Socket(address[0], Integer.parseInt(address[1]))) {
            plain.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] answer = plain.getInputStream().readNBytes(24);
            assertThat(answer.length == 0 || answer[0] == 21)
                    .as("nothing, or a TLS alert")
                    .isTrue();
        }
    }

    private void makeMembers() throws IOException {
        for (int i = 0; i < 3; i++) {
            keys.add(DeviceKeys.generate(Env.system()));
            pinned.add(keys.get(i).id());
            try (ServerSocket free = new ServerSocket(0)) {
                members.add(new Member(keys.get(i).id().toString(), "127.0.0.1:" + free.getLocalPort(), 0, true));
            }
        }
    }

    private void open(int i) throws GeneralSecurityException, IOException {
        String address = members.get(i).address();
        Boundary boundary = new Boundary.MutualTls(
                "127.0.0.1",
                Integer.parseInt(address.substring(address.indexOf(':') + 1)),
                keyManagers(keys.get(i))[0],
                new Pinning(pinned));
        LedgerMachine machine = new LedgerMachine(
                RocksStore.factory(RocksStore.Options.replicated()), scratch.resolve("live-" + i), false);
        machines[i] = machine;
        logs[i] = RatisLog.open(
                new RatisSettings(
                        scratch.resolve("raft-" + i),
                        members.get(i).id(),
                        0,
                        boundary,
                        members,
                        new Replay(600_000, 1L << 40, 10)),
                machine,
                Env.system(),
                why -> heard.add("HALT " + why));
    }

    private void close(int i) {
        RatisLog log = logs[i];
        LedgerMachine machine = machines[i];
        logs[i] = null;
        if (log != null && machine != null) {
            log.close();
            machine.close();
        }
    }

    private int awaitLeader() {
        int[] leader = {-1};
        Awaitility.await().atMost(PATIENCE).until(() -> {
            for (int i = 0; i < 3; i++) {
                RatisLog log = logs[i];
                leader[0] = log != null && log.status().isLeader() ? i : leader[0];
            }
            return leader[0] >= 0;
        });
        return leader[0];
    }

    /** One after the other, so that checkpoints come in between. */
    private void submitAndAwait(int leader, long first, int count) throws InterruptedException {
        RatisLog log = logs[leader];
        assertThat(log).isNotNull();
        for (int i = 0; i < count; i++) {
            log.submit(Ledger.entry(1, first + i), new ReplicatedLog.Outcome() {
                @Override
                public void applied(byte[] result) {
                    heard.add("applied");
                }

                @Override
                public void failed(ReplicatedLog.Failure failure, String why) {
                    heard.add(failure + " " + why);
                }
            });
            assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("applied");
        }
    }

    private int counts(int i) {
        return machine(i).counts().size();
    }

    private LedgerMachine machine(int i) {
        LedgerMachine machine = machines[i];
        assertThat(machine).isNotNull();
        return machine;
    }

    private static KeyManager[] keyManagers(DeviceKeys keys) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("device", keys.privateKey(), new char[0], new Certificate[] {keys.certificate()});
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    /** Believes certificates of known device keys, whatever else they say. */
    private static final class Pinning extends X509ExtendedTrustManager {
        private final Set<DeviceId> pinned;

        Pinning(Set<DeviceId> pinned) {
            this.pinned = pinned;
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            if (!pinned.contains(
                    covey.identity.Signatures.deviceId(chain[0].getPublicKey().getEncoded()))) {
                throw new CertificateException("not a hub of this network");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}

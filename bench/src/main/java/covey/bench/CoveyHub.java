package covey.bench;

import covey.bench.Keyring.UserKey;
import java.nio.file.Path;
import java.util.List;

/** Covey's hub as a contender. */
final class CoveyHub implements Contender, AutoCloseable {
    private final Path keysFolder;
    private List<UserKey> keys = List.of();
    private CoveyTls tls;
    private HubHome home;

    CoveyHub(Path keysFolder) {
        this.keysFolder = keysFolder;
    }

    @Override
    public String name() {
        return "covey";
    }

    @Override
    public boolean isHere() {
        return true;
    }

    @Override
    public String describe() {
        return "this build, mutual TLS 1.3, presence, announcements and mail fsynced first";
    }

    @Override
    public Server start(Path folder, int users) {
        if (keys.size() != users) {
            close();
            keys = Keyring.of(keysFolder, users);
            tls = new CoveyTls(keys);
        }
        int port = Server.freePort();
        home = HubHome.make(folder, keys, port);
        return start(home, port);
    }

    /** Starts a hub, as its users do, on a home that is there already. */
    static Server start(HubHome home, int port) {
        List<String> command = List.of(
                Machine.launcher(),
                "--home",
                home.folder().toString(),
                "hub",
                "run",
                "--listen",
                "127.0.0.1:" + port,
                "--ops",
                "off");
        return Server.start(home.folder(), port, command).awaitPort();
    }

    @Override
    public Crowd crowd(Server server, int users) {
        return new CoveyCrowd(server.address(), home, keys, tls);
    }

    List<UserKey> keys() {
        return keys;
    }

    CoveyTls tls() {
        return tls;
    }

    HubHome home() {
        return home;
    }

    /** After a full collection: what is left is what is needed. */
    @Override
    public long settledBytes(Server server) {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Machine.run(jcmd, "" + server.pid(), "GC.run");
        Machine.run(jcmd, "" + server.pid(), "GC.run");
        return server.residentBytes();
    }

    @Override
    public void close() {
        if (tls != null) {
            tls.close();
            tls = null;
        }
        keys = List.of();
    }
}

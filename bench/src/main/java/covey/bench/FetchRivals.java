package covey.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Servers and clients of others that bring a file from here to there, as Debian packages them. */
final class FetchRivals implements AutoCloseable {
    /** A way to fetch the file into {@code target}; runs to the end. */
    interface Command {
        void run() throws Exception;
    }

    private final Path folder;
    private final Path file;
    private final Map<String, Command> commands = new LinkedHashMap<>();
    private final Map<String, Server> servers = new LinkedHashMap<>();
    private double clientSeconds;

    FetchRivals(Path folder, Path file) {
        this.folder = folder;
        this.file = file;
    }

    /** Starts the servers; those that are missing are told in the results. */
    Map<String, Command> installed(Results results) throws Exception {
        String sum = sha256();
        if (Machine.isInstalled("nginx") && Machine.isInstalled("curl")) {
            String url = "https://127.0.0.1:" + nginx() + "/file.bin";
            results.rival("nginx+curl", "TLS 1.3, curl | tee | sha256sum");
            add("nginx+curl", "curl -sk " + url + " | tee target/file.bin | sha256sum | grep -q " + sum);
            results.rival("nginx+curl, then sum", "TLS 1.3, curl, sha256sum after it");
            add(
                    "nginx+curl, then sum",
                    "curl -sk -o target/file.bin " + url + "; sha256sum target/file.bin | grep -q " + sum);
            if (Machine.isInstalled("aria2c")) {
                results.rival("aria2", "from nginx, TLS 1.3, 4 connections, --checksum");
                add(
                        "aria2",
                        "aria2c -q --no-conf --check-certificate=false -x4 -s4 --file-allocation=none"
                                + " -d target -o file.bin --checksum=sha-256=" + sum + " " + url);
            }
        } else {
            results.note("nginx, curl: not installed (Debian: apt-get install nginx-light curl)");
        }
        if (!Machine.isInstalled("aria2c")) {
            results.note("aria2: not installed (Debian: apt-get install aria2)");
        }
        if (Machine.isInstalled("rsync")) {
            results.rival("rsync", "daemon, NOT encrypted, its own checksum of the whole file");
            add("rsync", "rsync --whole-file rsync://127.0.0.1:" + rsync() + "/source/file.bin target/file.bin");
        } else {
            results.note("rsync: not installed (Debian: apt-get install rsync)");
        }
        return commands;
    }

    private String sha256() throws Exception {
        return Machine.run("sha256sum", file.toString()).split(" ")[0];
    }

    private void add(String name, String command) {
        commands.put(name, () -> clientSeconds += FetchRace.shell(folder, command));
    }

    private int nginx() throws Exception {
        Path home = Files.createDirectories(folder.resolve("nginx"));
        int port = Server.freePort();
        Machine.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=covey",
                "-keyout",
                home.resolve("key.pem").toString(),
                "-out",
                home.resolve("certificate.pem").toString());
        Files.writeString(home.resolve("nginx.conf"), """
                daemon off;
                worker_processes 2;
                user root;
                pid %1$s/pid;
                error_log %1$s/errors;
                events {}
                http {
                  access_log off;
                  sendfile on;
                  server {
                    listen 127.0.0.1:%2$d ssl;
                    ssl_certificate certificate.pem;
                    ssl_certificate_key key.pem;
                    ssl_protocols TLSv1.3;
                    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
                    root %3$s;
                  }
                }
                """.formatted(home, port, file.getParent()));
        servers.put(
                "nginx",
                Server.start(
                                home,
                                port,
                                List.of(
                                        "nginx",
                                        "-c",
                                        home.resolve("nginx.conf").toString()),
                                List.of())
                        .awaitPort());
        return port;
    }

    private int rsync() throws Exception {
        Path home = Files.createDirectories(folder.resolve("rsync"));
        int port = Server.freePort();
        Files.writeString(
                home.resolve("rsyncd.conf"),
                "use chroot = no\n[source]\npath = %s\nread only = yes\nuid = 0\ngid = 0\n"
                        .formatted(file.getParent()));
        servers.put(
                "rsync",
                Server.start(
                                home,
                                port,
                                List.of(
                                        "rsync",
                                        "--daemon",
                                        "--no-detach",
                                        "--address=127.0.0.1",
                                        "--port=" + port,
                                        "--config=" + home.resolve("rsyncd.conf")),
                                List.of())
                        .awaitPort());
        return port;
    }

    Set<String> names() {
        return commands.keySet();
    }

    /** Of clients so far and of servers with their children, living or waited for. */
    double cpuSeconds() {
        return clientSeconds
                + servers.values().stream().mapToDouble(FetchRivals::ofAll).sum();
    }

    private static double ofAll(Server server) {
        double children = ProcessHandle.of(server.pid()).stream()
                .flatMap(ProcessHandle::descendants)
                .mapToDouble(child -> Machine.cpuSeconds(child.pid()))
                .sum();
        return server.cpuSeconds() + Machine.reapedSeconds(server.pid()) + children;
    }

    @Override
    public void close() {
        servers.values().forEach(Server::close);
    }
}

package covey.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Servers of others, as Debian packages them. Listening on loopback only, without TLS, floods allowed. */
final class Rivals {
    private Rivals() {}

    static List<Contender> all() {
        return List.of(new Nats(), new Uhub());
    }

    private static final class Nats implements Contender {
        @Override
        public String name() {
            return "nats";
        }

        @Override
        public boolean isHere() {
            return Machine.isInstalled("nats-server");
        }

        @Override
        public String describe() {
            return isHere()
                    ? Machine.run("nats-server", "--version") + ", plain TCP, no presence, nothing stored"
                    : "not installed (Debian: apt-get install nats-server)";
        }

        @Override
        public Server start(Path folder, int users) {
            int port = Server.freePort();
            return Server.start(folder, port, List.of("nats-server", "-a", "127.0.0.1", "-p", "" + port))
                    .awaitPort();
        }

        @Override
        public Crowd crowd(Server server, int users) {
            return new NatsCrowd(server.address(), users);
        }
    }

    private static final class Uhub implements Contender {
        @Override
        public String name() {
            return "uhub";
        }

        @Override
        public boolean isHere() {
            return Machine.isInstalled("uhub");
        }

        @Override
        public String describe() {
            return isHere()
                    ? Machine.run("uhub", "-V").lines().findFirst().orElse("uhub")
                            + ", plain TCP, everybody told of everybody, nothing stored"
                    : "not installed (Debian: apt-get install uhub)";
        }

        @Override
        public Server start(Path folder, int users) {
            int port = Server.freePort();
            Path config = folder.resolve("uhub.conf");
            try {
                Files.createDirectories(folder);
                Files.writeString(folder.resolve("none"), "");
                Files.writeString(config, config(folder, port, users));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return Server.start(folder, port, List.of("uhub", "-q", "-c", config.toString()))
                    .awaitPort();
        }

        /** Its own bounds are for small hubs: the list of all users must fit what may be unsent. */
        private static String config(Path folder, int port, int users) {
            return """
                    server_port=%d
                    server_bind_addr=127.0.0.1
                    server_listen_backlog=4096
                    max_users=%d
                    show_banner=0
                    show_banner_sys_info=0
                    file_acl=%s
                    file_plugins=%s
                    flood_ctl_chat=0
                    flood_ctl_connect=0
                    flood_ctl_search=0
                    flood_ctl_update=0
                    flood_ctl_extras=0
                    max_send_buffer=67108864
                    max_send_buffer_soft=67108864
                    """.formatted(port, users + 100, folder.resolve("none"), folder.resolve("none"));
        }

        @Override
        public Crowd crowd(Server server, int users) {
            return new AdcCrowd(server.address(), users);
        }
    }
}

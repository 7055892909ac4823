package covey.transport;

import covey.transport.Transport.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Plain looks at ports, for `covey doctor`: no TLS, nothing is said. Blocks. */
public final class Probe {
    /** Cells of a line of /proc/net/tcp. */
    private static final int STATE_CELL = 3;

    private static final int INODE_CELL = 9;
    private static final String LISTENS = "0A";

    private Probe() {}

    /** Empty when the address can be listened on, else why not. */
    public static Optional<String> listening(Address address) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(resolved(address));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Which process listens at a port of this machine, where the system tells: "pid 17, covey --home b up". */
    public static Optional<String> holder(int port) {
        try {
            Set<String> sockets = new HashSet<>();
            for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
                try (Stream<String> lines = Files.lines(Path.of(table))) {
                    lines.map(line -> line.strip().split("\\s+"))
                            .filter(cells -> cells.length > INODE_CELL && cells[STATE_CELL].equals(LISTENS))
                            .filter(cells -> cells[1].endsWith(String.format(":%04X", port)))
                            .forEach(cells -> sockets.add("socket:[" + cells[INODE_CELL] + "]"));
                }
            }
            return ProcessHandle.allProcesses()
                    .filter(process -> hasOpen(process, sockets))
                    .findFirst()
                    .map(process -> "pid " + process.pid() + ", " + name(process));
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty(); // another system, or not allowed to look
        }
    }

    private static boolean hasOpen(ProcessHandle process, Set<String> sockets) {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            return open.anyMatch(file -> {
                try {
                    return sockets.contains(Files.readSymbolicLink(file).toString());
                } catch (IOException e) {
                    return false; // closed meanwhile
                }
            });
        } catch (IOException e) {
            return false; // of another user
        }
    }

    private static String name(ProcessHandle process) {
        List<String> words = List.of(process.info().arguments().orElse(new String[0]));
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).endsWith("covey.jar") || words.get(i).equals("covey.cli.Main")) {
                return "covey " + String.join(" ", words.subList(i + 1, words.size()));
            }
        }
        String command = process.info().command().orElse("unknown");
        return command.substring(command.lastIndexOf('/') + 1);
    }

    /** A port that was free a moment ago. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new Transport.ListenException("no port is free: " + e.getMessage(), e);
        }
    }

    /** Empty when something answers there, else why not. */
    public static Optional<String> reaching(Address address, int timeoutMillis) {
        try (Socket socket = new Socket()) {
            socket.connect(resolved(address), timeoutMillis);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static InetSocketAddress resolved(Address address) throws IOException {
        InetSocketAddress resolved = address.host().equals("*")
                ? new InetSocketAddress(address.port())
                : new InetSocketAddress(address.host(), address.port());
        if (resolved.isUnresolved()) {
            throw new IOException("the name " + address.host() + " has no address");
        }
        return resolved;
    }
}

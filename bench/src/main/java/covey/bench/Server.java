package covey.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A process under test. Whatever happens, it is gone after {@link #close}. */
final class Server implements AutoCloseable {
    private static final int START_SECONDS_MAX = 60;
    private static final int STOP_SECONDS_MAX = 15;

    private final Process process;
    private final Path log;
    private final InetSocketAddress address;

    private Server(Process process, Path log, InetSocketAddress address) {
        this.process = process;
        this.log = log;
        this.address = address;
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    /** Starts the command on the server's core; its output goes to {@code folder/output}. */
    static Server start(Path folder, int port, List<String> command) {
        return start(folder, port, command, Machine.onServerCore());
    }

    static Server start(Path folder, int port, List<String> command, List<String> pinning) {
        List<String> whole = new ArrayList<>(pinning);
        whole.addAll(command);
        Path log = folder.resolve("output");
        try {
            Files.createDirectories(folder);
            Process process = new ProcessBuilder(whole)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            return new Server(process, log, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Server awaitPort() {
        return await("its port " + address.getPort(), this::accepts);
    }

    Server awaitFile(Path file) {
        return await("the file " + file, () -> Files.exists(file));
    }

    private Server await(String what, BooleanSupplier isThere) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
        while (!isThere.getAsBoolean()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                close();
                throw new IllegalStateException("server did not come up with " + what + ":\n" + printed());
            }
            pause(5);
        }
        return this;
    }

    private boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(address, 200);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** What the process printed so far. */
    String printed() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "(" + e.getMessage() + ")";
        }
    }

    InetSocketAddress address() {
        return address;
    }

    long pid() {
        return process.pid();
    }

    double cpuSeconds() {
        return Machine.cpuSeconds(pid());
    }

    long residentBytes() {
        return Machine.residentBytes(pid());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** As a power failure would, but for the page cache. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        process.destroy();
        awaitEnd();
        if (process.isAlive()) {
            kill();
        }
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}

package covey.node;

import covey.wire.WireException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running process of a home: holds its lock, writes its logs, ends its parts in reverse order when it is told to
 * stop (`covey stop`, SIGINT, SIGTERM) or when a part can no longer do its work.
 *
 * <p>The main thread opens the parts and waits in {@link #await}; {@link #stop} may come from any thread.
 */
final class NodeProcess implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeProcess.class);

    /** Telling everybody and closing stores takes a second at most; a supervisor would kill after ten or so. */
    private static final long STOP_MILLIS_MAX = 8_000;

    private static final int EXIT_HUNG = 1;

    private record Part(String name, AutoCloseable closing) {}

    private final Start start;
    private final HomeLock lock;
    private final Deque<Part> parts = new ArrayDeque<>();
    private final CountDownLatch told = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean isReady;
    private volatile Supplier<String> farewell = () -> "";
    private final AtomicReference<Optional<String>> failure = new AtomicReference<>(Optional.empty());

    private NodeProcess(Start start, HomeLock lock) {
        this.start = start;
        this.lock = lock;
    }

    /** Takes the home, or throws with who has it. */
    static NodeProcess begin(Start start, String role) {
        Home home = start.home();
        home.prepare();
        NodeProcess process = new NodeProcess(start, HomeLock.acquire(home));
        Logs.toFile(
                home.log(),
                start.config().text(Setting.LOG_LEVEL),
                start.config().text(Setting.LOG_FORMAT),
                start.teller());
        log.info(
                "starting role={} version={} pid={} home={} java={}",
                role,
                start.version(),
                ProcessHandle.current().pid(),
                home,
                Runtime.version());
        process.writePid(home.pidFile());
        Thread.setDefaultUncaughtExceptionHandler(process::threadFailed);
        Runtime.getRuntime().addShutdownHook(new Thread(process::stopBySignal, "covey-stop"));
        return process;
    }

    private void writePid(Path file) {
        try {
            Files.writeString(file, ProcessHandle.current().pid() + "\n", StandardCharsets.US_ASCII);
            keep("pid file", () -> Files.deleteIfExists(file));
        } catch (IOException e) {
            throw new WireException(Home.codeOf(e), "The file " + file + " cannot be written: " + Home.reason(e) + ".");
        }
    }

    /** Takes charge of a part: it is closed before those that were there before it. */
    <T extends AutoCloseable> T keep(String name, T part) {
        parts.push(new Part(name, part));
        return part;
    }

    /** Whom the end of the process will be told to, for the person who ends it. */
    void farewell(Supplier<String> toWhom) {
        farewell = toWhom;
    }

    /** Where this process is found is kept for its next start: it stands in others' tokens. */
    void keepFlags() {
        start.config().remember(start.home()).forEach(start.teller()::say);
    }

    /** Asks the process to end; returns at once. */
    void stop() {
        told.countDown();
    }

    /** A part cannot go on: the process ends, and says why. */
    void fail(String why) {
        log.error("ending why=\"{}\"", why);
        failure.compareAndSet(Optional.empty(), Optional.of(why));
        told.countDown();
    }

    /** What no owner of a thread caught. After an error nobody knows what is done and what is not: start again. */
    private void threadFailed(Thread thread, Throwable why) {
        log.error("thread failed thread={}", thread.getName(), why);
        if (why instanceof LinkageError) {
            fail("The program's files are missing or were replaced while it ran (" + why + "); start it again.");
        } else if (why instanceof Error) {
            fail("This is a fault in Covey: " + why + " (see the log); start it again.");
        }
    }

    /** Waits until told to stop, then ends all parts. Returns why the process failed; empty = it was asked to end. */
    Optional<String> await() throws InterruptedException {
        isReady = true;
        start.teller().ready();
        told.await();
        if (failure.get().isEmpty()) { // else what the farewell asks may be what failed
            start.teller().say("Stopping: " + farewell.get() + ".");
        }
        close();
        return failure.get();
    }

    private void stopBySignal() {
        if (closed.getCount() == 0) {
            return;
        }
        log.info("stopping by signal");
        start.teller().say(""); // the terminal shows ^C on that line
        stop();
        try {
            if (!closed.await(STOP_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
                log.warn("not everything ended within {} ms", STOP_MILLIS_MAX);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Also for a start that failed half-way: what was opened is closed. Idempotent. */
    @Override
    public void close() {
        if (closed.getCount() == 0) {
            return;
        }
        told.countDown();
        Thread.ofPlatform().daemon().name("covey-watchdog").start(this::endIfHung);
        for (Part part = parts.poll(); part != null; part = parts.poll()) {
            try {
                part.closing().close();
            } catch (Exception e) {
                log.warn("part did not close well part={}", part.name(), e);
            }
        }
        log.info("stopped");
        if (isReady) {
            start.teller().say("Stopped.");
        }
        Thread.setDefaultUncaughtExceptionHandler(null);
        Logs.close();
        lock.close();
        closed.countDown();
    }

    private void endIfHung() {
        try {
            if (!closed.await(STOP_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
                start.teller().say("covey: not everything ended within " + STOP_MILLIS_MAX / 1000 + " s; giving up.");
                Runtime.getRuntime().halt(EXIT_HUNG);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

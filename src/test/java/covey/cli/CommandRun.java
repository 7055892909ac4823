package covey.cli;

import static org.awaitility.Awaitility.await;

import covey.env.Env;
import covey.node.Home;
import covey.screen.Shell;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** Runs commands in this process with surroundings made for the test. */
final class CommandRun {
    private final Map<String, String> environment = new HashMap<>();
    private final Deque<String> typed = new ArrayDeque<>();
    private boolean isPersonThere;
    private String input = "";
    private Optional<Runnable> waiting = Optional.empty();
    private volatile Optional<Runnable> whenInterrupted = Optional.empty();

    /** What a command did. */
    record Result(int code, String out, String err) {}

    CommandRun(Path home) {
        environment.put("COVEY_HOME", home.toString());
    }

    Home home() {
        return Home.of(Optional.empty(), environment);
    }

    CommandRun with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    CommandRun input(String text) {
        input = text;
        return this;
    }

    /** Input of which nothing comes; when it is waited for, something else happens. */
    CommandRun inputThatStaysOpen(Runnable then) {
        waiting = Optional.of(then);
        return this;
    }

    /** Input that comes when something else has happened. */
    CommandRun inputAfter(Runnable first, String text) {
        input = text;
        return inputThatStaysOpen(first);
    }

    /** A person at a terminal who types these lines, one for each question. */
    CommandRun person(String... lines) {
        isPersonThere = true;
        typed.addAll(List.of(lines));
        return this;
    }

    /** What a command says on Ctrl-C after its first event at a terminal. */
    String interrupted(String... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Shell shell = shell(new ByteArrayOutputStream(), err);
        Thread.ofVirtual().start(() -> Main.run(shell, arguments));
        await().until(() -> whenInterrupted.isPresent());
        whenInterrupted.orElseThrow().run();
        return err.toString(StandardCharsets.UTF_8);
    }

    Result run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(shell(out, err), arguments);
        return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Surroundings whose output nobody wants. */
    Shell shell() {
        return shell(new ByteArrayOutputStream(), new ByteArrayOutputStream());
    }

    private Shell shell(ByteArrayOutputStream out, ByteArrayOutputStream err) {
        return new Shell(
                Env.system(),
                environment,
                waiting.map(then -> silent(then, text(input))).orElseGet(() -> text(input)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new Typist());
    }

    private static InputStream text(String input) {
        return new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
    }

    private static InputStream silent(Runnable then, InputStream later) {
        return new InputStream() {
            private boolean isDone;

            @Override
            public int read() throws IOException {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return -1;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                if (!isDone) {
                    isDone = true;
                    then.run();
                }
                return later.available() > 0 ? later.read(into, offset, length) : read();
            }
        };
    }

    private final class Typist implements Shell.Person {
        @Override
        public boolean isThere() {
            return isPersonThere;
        }

        @Override
        public Optional<String> line(String prompt) {
            return Optional.ofNullable(typed.poll());
        }

        @Override
        public Optional<char[]> secret(String prompt) {
            return line(prompt).map(String::toCharArray);
        }

        @Override
        public void whenInterrupted(Runnable task) {
            whenInterrupted = Optional.of(task);
        }
    }
}

package covey.screen;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** For scripts, pipes and dumb terminals: lines in, messages on standard output, the rest on standard error. */
public final class PlainScreen implements Screen {
    /** Typed ahead; the reader of standard input waits when it is full. */
    private static final int LINES_MAX = 1_024;

    private final Shell shell;
    private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>(LINES_MAX);
    private volatile boolean isOver;

    public PlainScreen(Shell shell) {
        this.shell = shell;
        Thread.ofPlatform().daemon().name("stdin").start(this::read);
    }

    private void read() {
        try (BufferedReader in = shell.lines()) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.put(Optional.of(line));
            }
            lines.put(Optional.empty());
        } catch (IOException e) {
            shell.say("covey: standard input breaks: " + e.getMessage());
            end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Optional<String> next() throws InterruptedException {
        Optional<String> line = lines.take();
        return isOver ? Optional.empty() : line;
    }

    @Override
    public void message(String line) {
        shell.out().println(line);
    }

    @Override
    public void note(String line) {
        shell.err().println(line);
    }

    @Override
    public void refresh(String prompt, String bar) {}

    @Override
    public void end() {
        isOver = true;
        lines.offer(Optional.empty()); // full: then whoever waits for a line has one
    }

    @Override
    public void close() {}
}

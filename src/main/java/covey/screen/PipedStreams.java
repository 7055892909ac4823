package covey.screen;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Output of a process in the background. Until it is ready, all goes through one pipe to the command that started it,
 * with a mark before what is for the person; then both streams go to the file that is standard error.
 */
public final class PipedStreams {
    public static final String NOTE = "\u0001";
    public static final String READY = "\u0002";

    private static volatile boolean isReady;

    private PipedStreams() {}

    static PrintStream data() {
        return new PrintStream(new Lines(""), true, StandardCharsets.UTF_8);
    }

    static PrintStream notes() {
        return new PrintStream(new Lines(NOTE), true, StandardCharsets.UTF_8);
    }

    public static void ready() {
        try (FileOutputStream pipe = new FileOutputStream(FileDescriptor.out)) {
            pipe.write((READY + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            System.err.println("covey: whoever started this process is gone: " + e.getMessage());
        }
        isReady = true;
    }

    /** Marks each line. */
    private static final class Lines extends OutputStream {
        private final FileOutputStream pipe = new FileOutputStream(FileDescriptor.out);
        private final FileOutputStream file = new FileOutputStream(FileDescriptor.err);
        private final byte[] mark;
        private boolean isAtStart = true;

        Lines(String mark) {
            this.mark = mark.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public synchronized void write(int b) throws IOException {
            if (isReady) {
                file.write(b);
                return;
            }
            if (isAtStart) {
                pipe.write(mark);
            }
            pipe.write(b);
            isAtStart = b == '\n';
        }
    }
}

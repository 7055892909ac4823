package covey.content;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** How far a scan is, for whoever waits for it, and the way to stop it. Any thread. */
public final class ScanProgress {
    private volatile int files;
    private volatile long bytes;
    private final AtomicInteger filesDone = new AtomicInteger();
    private final AtomicLong bytesDone = new AtomicLong();
    private final AtomicLong bytesRead = new AtomicLong();
    private volatile boolean isStopped;

    /**
     * So far.
     *
     * @param files that were found; 0 while they are looked for
     * @param bytesDone of files that were read, or are known from before
     * @param bytesRead just now
     */
    public record Figures(int files, long bytes, int filesDone, long bytesDone, long bytesRead) {}

    public Figures figures() {
        return new Figures(files, bytes, filesDone.get(), bytesDone.get(), bytesRead.get());
    }

    /** It ends soon, with a {@link ContentException} (STOPPED). */
    public void stop() {
        isStopped = true;
    }

    void found(int files, long bytes) {
        this.bytes = bytes;
        this.files = files;
    }

    void read(long bytes) {
        bytesDone.addAndGet(bytes);
        bytesRead.addAndGet(bytes);
        check();
    }

    void known(long bytes) {
        bytesDone.addAndGet(bytes);
    }

    void fileDone() {
        filesDone.incrementAndGet();
        check();
    }

    void check() {
        if (isStopped) {
            throw new ContentException(ContentException.Reason.STOPPED, "Stopped by hand; nothing was changed.");
        }
    }
}

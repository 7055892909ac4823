package covey.files;

import covey.content.ScanProgress;
import covey.peer.PeerNode;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/** Tells somebody who waits how far a scan is, a few times a second. Any thread; {@code this} guards it. */
public final class Hashing implements AutoCloseable {
    private static final long TELL_MILLIS = 250;

    /** Opening, looking up and writing down: 100 us of hashing. */
    private static final long FILE_BYTES = 100_000;

    private final PeerNode node;
    private final String name;
    private final ScanProgress progress;
    private long beganMillis = -1;
    private boolean isOver;

    /**
     * How far it is.
     *
     * @param files that were found; 0 while they are looked for
     * @param haveBytes of files that were read, or are known from before
     * @param millisLeft -1 while nobody knows
     */
    public record View(
            String name, int files, int filesDone, long bytes, long haveBytes, long bytesPerSecond, long millisLeft) {}

    Hashing(PeerNode node, String name, ScanProgress progress) {
        this.node = node;
        this.name = name;
        this.progress = progress;
    }

    /** From soon on, until this is closed. */
    void tellTo(Consumer<View> told) {
        try {
            node.loop().schedule(TELL_MILLIS, () -> tell(told));
        } catch (RejectedExecutionException e) {
            LoggerFactory.getLogger(Hashing.class).trace("the peer has ended", e);
        }
    }

    private synchronized void tell(Consumer<View> told) {
        if (isOver) {
            return;
        }
        ScanProgress.Figures now = progress.figures();
        long millis = node.env().clock().monotonicMillis();
        if (now.files() > 0 && beganMillis < 0) {
            beganMillis = millis;
        }
        long tookMillis = beganMillis < 0 ? 0 : millis - beganMillis;
        long perSecond = tookMillis == 0 ? 0 : now.bytesRead() * 1_000 / tookMillis;
        // Each file costs about so many bytes beside its own.
        double done = now.bytesDone() + (double) FILE_BYTES * now.filesDone();
        double all = now.bytes() + (double) FILE_BYTES * now.files();
        long left = done <= 0 || tookMillis == 0 ? -1 : (long) (tookMillis * (all / done - 1));
        told.accept(new View(name, now.files(), now.filesDone(), now.bytes(), now.bytesDone(), perSecond, left));
        tellTo(told);
    }

    @Override
    public synchronized void close() {
        isOver = true;
    }
}

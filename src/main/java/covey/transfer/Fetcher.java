package covey.transfer;

import covey.content.ContentException;
import covey.content.ContentException.Reason;

/** Brings the bytes of a transfer into the block store; blocks nobody. The swarm's is the real one. */
public interface Fetcher {
    /** Begins, or goes on with what is here. Returns how to stop it: what is here stays then, and no more is told. */
    Runnable fetch(Transfer transfer, String owner, Hearer hearer);

    /** Hears of one fetch, on any thread; one of the last two is told once, last. */
    interface Hearer {
        /** How large it is; before any of it is written. Throws {@link ContentException} when that is refused. */
        void known(long bytes);

        void progressed(Progress progress);

        /** It waits, and goes on by itself when it can. */
        void stalled(String sentence);

        /** Whole, verified and synced. */
        void finished();

        void failed(Reason reason, String sentence);
    }
}

package covey.directory;

import covey.wire.DeviceId;
import covey.wire.proto.DirectoryHead;
import covey.wire.proto.ForkEvidence;
import covey.wire.proto.SignedHead;
import java.util.List;

/**
 * Judges signed heads against the entries one has. A peer's half of "a hub cannot show two directories": an older head
 * that is a prefix is only stale; a head that contradicts the own entries is a fork, and its evidence is kept.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class HeadVerifier {
    /** Checks signatures; the real one asks the roster (see {@code identity}). */
    public interface Signers {
        /** True when the head's bytes are signed by this hub of the current roster; empty signer bytes never come here. */
        boolean signedByHub(DeviceId hub, byte[] head, byte[] signature);

        /** True when the head's bytes are signed by the network's root key. */
        boolean signedByRoot(byte[] head, byte[] signature);
    }

    /** What a head says to one who has some entries. */
    public sealed interface Verdict {}

    /** Same entries. */
    public record Same(DirectoryHead head) implements Verdict {}

    /** The head covers a prefix of the own entries: an older one, nothing wrong. */
    public record Stale(DirectoryHead head) implements Verdict {}

    /** The head covers more entries: ask for those from {@code from} on, then {@link #extend}. */
    public record Behind(DirectoryHead head, long from) implements Verdict {}

    /** The head, properly signed, contradicts the own entries. Refuse it, keep the evidence, say so. */
    public record Fork(ForkEvidence evidence, String sentence) implements Verdict {}

    /** The root key started a new log (restore, forced group): drop the replica and sync from 0, after telling. */
    public record NewEpoch(DirectoryHead head) implements Verdict {}

    /** Not a head to listen to: wrong network, unknown signer, bad signature. */
    public record Unsigned(String sentence) implements Verdict {}

    public HeadVerifier(byte[] networkId, MerkleLog log, Signers signers) {}

    /** @param logEpoch epoch of the own replica */
    public Verdict check(MerkleLog.Reads reads, long logEpoch, SignedHead head, long nowMillis) {
        throw new UnsupportedOperationException("not built yet");
    }

    /**
     * Appends entries that came with the head to the transaction and judges: {@link Same} (write the transaction),
     * {@link Behind} (more pages to come: do not write yet), or {@link Fork} and {@link Unsigned} (drop it).
     */
    public Verdict extend(
            covey.store.Transaction transaction, long logEpoch, List<byte[]> entries, SignedHead head, long nowMillis) {
        throw new UnsupportedOperationException("not built yet");
    }
}

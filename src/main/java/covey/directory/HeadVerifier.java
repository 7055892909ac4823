package covey.directory;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.store.MerkleLog;
import covey.store.Transaction;
import covey.wire.DeviceId;
import covey.wire.proto.DirectoryHead;
import covey.wire.proto.ForkEvidence;
import covey.wire.proto.SignedHead;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Judges signed heads against the entries one has. A peer's half of "a hub cannot show two directories": an older head
 * that is a prefix is only stale; a head that contradicts the own entries is a fork, and its evidence is kept.
 */
public final class HeadVerifier {
    /** Entries kept as evidence: enough to see what the other history says, and bounded. */
    private static final int EVIDENCE_ENTRIES_MAX = 256;

    private final byte[] networkId;
    private final MerkleLog log;
    private final Signers signers;

    public HeadVerifier(byte[] networkId, MerkleLog log, Signers signers) {
        this.networkId = networkId.clone();
        this.log = log;
        this.signers = signers;
    }

    /** Checks signatures; the real one asks the roster (see {@code identity}). */
    public interface Signers {
        /** True when the head's bytes are signed by this hub of the current roster. */
        boolean signedByHub(DeviceId hub, byte[] head, byte[] signature);
    }

    /**
     * What one has.
     *
     * @param logEpoch epoch of the own replica
     * @param size entries of it that are verified
     * @param accepted the head that verified them, if any
     */
    public record Own(long logEpoch, long size, Optional<SignedHead> accepted) {}

    /** What a head says to one who has some entries. */
    public sealed interface Verdict {}

    /** Same entries. */
    public record Same(DirectoryHead head) implements Verdict {}

    /** The head covers a prefix of the own entries, or an earlier log: an older one, nothing wrong. */
    public record Stale(DirectoryHead head) implements Verdict {}

    /** The head covers more entries: ask for those from {@code from} on, then {@link #extend}. */
    public record Behind(DirectoryHead head, long from) implements Verdict {}

    /** The head, properly signed, contradicts the own entries. Refuse it, keep the evidence, say so. */
    public record Fork(ForkEvidence evidence, String sentence) implements Verdict {}

    /** Not a head to listen to: wrong network, unknown signer, bad signature. */
    public record Unsigned(String sentence) implements Verdict {}

    /** Judges a head that came alone (pushed, gossiped, at session start). */
    public Verdict check(MerkleLog.Reads reads, Own own, SignedHead signed, long nowMillis) {
        return judge(reads, own, List.of(), signed, nowMillis);
    }

    /**
     * Appends entries that came with the head to the transaction and judges: {@link Same} (write the transaction),
     * {@link Behind} (more pages to come: do not write yet), or {@link Fork} and {@link Unsigned} (drop it).
     *
     * @param transaction over the own replica of {@code own.size()} entries, with those of earlier pages appended
     */
    public Verdict extend(Transaction transaction, Own own, List<byte[]> entries, SignedHead signed, long nowMillis) {
        for (byte[] entry : entries) {
            log.append(transaction, entry);
        }
        Verdict verdict = judge(transaction::get, own, entries, signed, nowMillis);
        return verdict instanceof Stale(DirectoryHead head)
                ? new Unsigned("The hub sent " + log.size(transaction::get) + " directory entries, but its head covers "
                        + head.getSize() + ".")
                : verdict;
    }

    private Verdict judge(MerkleLog.Reads reads, Own own, List<byte[]> entries, SignedHead signed, long nowMillis) {
        DirectoryHead head;
        try {
            head = DirectoryHead.parseFrom(signed.getHead());
        } catch (InvalidProtocolBufferException e) {
            return new Unsigned("The directory head is garbage: " + e.getMessage());
        }
        Optional<String> objection = objection(head, signed, own);
        if (objection.isPresent()) {
            return new Unsigned(objection.get());
        }
        if (head.getLogEpoch() != own.logEpoch()) {
            return new Stale(head);
        }
        long size = log.size(reads);
        if (head.getSize() > size) {
            return new Behind(head, size);
        }
        byte[] root = log.root(reads, head.getSize());
        if (Arrays.equals(root, head.getRoot().toByteArray())) {
            return head.getSize() == size ? new Same(head) : new Stale(head);
        }
        return new Fork(
                evidence(own, entries, signed, root, nowMillis),
                "The hub showed two directories: its signed head of " + head.getSize()
                        + " entries contradicts what it showed before. It is refused and kept as evidence; ask who runs"
                        + " the hub, and trust no device that is new since.");
    }

    /** Why the head is none to listen to. */
    private Optional<String> objection(DirectoryHead head, SignedHead signed, Own own) {
        byte[] bytes = signed.getHead().toByteArray();
        byte[] signature = signed.getSignature().toByteArray();
        if (!Arrays.equals(head.getNetworkId().toByteArray(), networkId)) {
            return Optional.of("The directory head belongs to another network.");
        }
        if (head.getSize() < 0 || head.getRoot().size() != MerkleLog.HASH_BYTES) {
            return Optional.of("The directory head has no proper size and root.");
        }
        if (Long.compareUnsigned(head.getLogEpoch(), own.logEpoch()) > 0) {
            return Optional.of("The directory was started anew, which this version of Covey cannot follow: update it.");
        }
        if (signed.getSigner().size() != DeviceId.BYTES) {
            return Optional.of("The directory head names no signer.");
        }
        DeviceId hub = DeviceId.of(signed.getSigner());
        return signers.signedByHub(hub, bytes, signature)
                ? Optional.empty()
                : Optional.of("The directory head is not signed by a hub of the roster (" + hub.shortText() + ").");
    }

    private static ForkEvidence evidence(
            Own own, List<byte[]> entries, SignedHead offending, byte[] ownRoot, long nowMillis) {
        ForkEvidence.Builder evidence = ForkEvidence.newBuilder()
                .setOffending(offending)
                .setOwnRoot(ByteString.copyFrom(ownRoot))
                .setFoundMillis(nowMillis);
        own.accepted().ifPresent(evidence::setAccepted);
        entries.stream().limit(EVIDENCE_ENTRIES_MAX).map(ByteString::copyFrom).forEach(evidence::addEntries);
        return evidence.build();
    }
}

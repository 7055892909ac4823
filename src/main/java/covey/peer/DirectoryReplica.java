package covey.peer;

import com.google.protobuf.InvalidProtocolBufferException;
import covey.directory.DirectoryView;
import covey.directory.HeadVerifier;
import covey.directory.HeadVerifier.Verdict;
import covey.identity.Purpose;
import covey.identity.Rosters.Trusted;
import covey.identity.Signatures;
import covey.store.Batch;
import covey.store.Keys;
import covey.store.MerkleLog;
import covey.store.StoreException;
import covey.store.Transaction;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Messages;
import covey.wire.proto.DirectoryEntry;
import covey.wire.proto.DirectoryHead;
import covey.wire.proto.DirectoryPage;
import covey.wire.proto.DirectorySync;
import covey.wire.proto.ForkEvidence;
import covey.wire.proto.FrameType;
import covey.wire.proto.Problem;
import covey.wire.proto.SignedHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This peer's copy of the directory: grows only by entries that lead to a head signed by a hub of the roster, and
 * refuses a head that contradicts what it has. Persisted, so that names and keys are known while the hub is away. On
 * the loop.
 */
final class DirectoryReplica implements HeadVerifier.Signers {
    private static final Logger log = LoggerFactory.getLogger(DirectoryReplica.class);

    /** Entries of one sync kept in memory until their head is verified: some hundred thousand. */
    static final long SYNC_BYTES_MAX = 64L << 20;

    /** Heads that other devices showed and that cover more than this replica: checked when it has grown. */
    static final int HEARD_HEADS_MAX = 8;

    /** Kept contradictions; the first ones say it all. */
    static final int FORKS_MAX = 16;

    /** For each page. */
    static final long SYNC_MILLIS = 30_000;

    /** After one that failed. */
    static final long SYNC_AGAIN_MILLIS = 5_000;

    /** What came meanwhile is asked for at once, but a hub cannot keep a peer from taking over what it has. */
    static final int SYNCS_IN_A_ROW_MAX = 3;

    private static final long START_PAGE_BYTES = 1 << 20;

    private final Self self;
    private final Core core;
    private final MerkleLog merkle = new MerkleLog((byte) Tables.DIRECTORY);
    private final HeadVerifier verifier;
    private final List<SignedHead> heardHeads = new ArrayList<>();
    private volatile Trusted trusted;
    private volatile DirectoryView view = DirectoryView.empty();
    private SignedHead head = SignedHead.getDefaultInstance();
    private long logEpoch;
    private String fork = "";
    private boolean isSyncing;
    private boolean isSyncWanted;
    private int syncsInARow;
    private long checkedMillis = Long.MIN_VALUE;

    DirectoryReplica(Core core, Trusted trusted) {
        this.core = core;
        self = core.self;
        this.trusted = trusted;
        verifier = new HeadVerifier(self.networkId().toByteArray(), merkle, this);
        load();
    }

    private void load() {
        long size = merkle.size(self.store()::get);
        for (long from = 0; from < size; from = view.size()) {
            for (byte[] entry : merkle.entries(self.store(), from, START_PAGE_BYTES)) {
                view = view.with(entry);
            }
            if (view.size() == from) {
                throw new StoreException(
                        "The directory kept here ends at entry " + from + " of " + size + ": the disk lost some of it."
                                + " Join the network anew, or restore this home folder from a backup.",
                        StoreException.Reason.DAMAGED);
            }
        }
        try {
            Optional<byte[]> stored = self.store().get(Tables.HEAD);
            if (stored.isPresent()) {
                head = SignedHead.parseFrom(stored.get());
                logEpoch = DirectoryHead.parseFrom(head.getHead()).getLogEpoch();
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("the stored directory head cannot be read", e);
        }
        self.store().scan(Tables.forks(), Keys.end(Tables.forks()), true, (key, value) -> {
            fork = "a fork of the directory was found earlier; its evidence is kept";
            return false;
        });
    }

    DirectoryView view() {
        return view;
    }

    long size() {
        return view.size();
    }

    /** Monotonic time at which this was last all that the hub signs for. */
    long checkedMillis() {
        return checkedMillis;
    }

    /** Newest verified head, empty before the first. */
    Optional<SignedHead> head() {
        return head.getHead().isEmpty() ? Optional.empty() : Optional.of(head);
    }

    /** What is wrong with the directory, as a sentence; empty when nothing is. */
    String fork() {
        return fork;
    }

    Trusted trusted() {
        return trusted;
    }

    void trust(Trusted newer) {
        trusted = newer;
    }

    /** The hub tells its head; entries it covers and this replica lacks are asked for. */
    void hubHead(SignedHead told) {
        Verdict verdict = judge(told, "the hub");
        if (verdict instanceof HeadVerifier.Unsigned unsigned) {
            core.warning("The hub's directory head was refused: " + unsigned.sentence());
        }
        if (verdict instanceof HeadVerifier.Behind) {
            sync();
            return;
        }
        if (verdict instanceof HeadVerifier.Same) {
            checkedMillis = self.env().clock().monotonicMillis();
        }
        if (!isSyncing) {
            core.settled();
        }
    }

    /** Another device shows its newest head. */
    void heardHead(SignedHead told, String from) {
        if (told.getHead().isEmpty()) {
            return;
        }
        if (judge(told, from) instanceof HeadVerifier.Behind && heardHeads.size() < HEARD_HEADS_MAX) {
            heardHeads.add(told);
            sync();
        }
    }

    @Override
    public boolean signedByHub(DeviceId hub, byte[] signed, byte[] signature) {
        return trusted.hubKey(hub)
                .filter(key -> Signatures.verify(key, Purpose.HEAD, signature, signed))
                .isPresent();
    }

    private HeadVerifier.Own own() {
        return new HeadVerifier.Own(logEpoch, view.size(), head());
    }

    private Verdict judge(SignedHead told, String from) {
        Verdict verdict = verifier.check(self.store()::get, own(), told, self.wall());
        switch (verdict) {
            case HeadVerifier.Same ignored -> keepHead(told);
            case HeadVerifier.Stale ignored -> log.debug("stale head from={}", from);
            case HeadVerifier.Behind ignored -> log.debug("newer head from={}", from);
            case HeadVerifier.Fork found -> forked(found.evidence(), found.sentence(), from);
            case HeadVerifier.Unsigned unsigned -> log.warn("head refused from={} {}", from, unsigned.sentence());
        }
        return verdict;
    }

    private void keepHead(SignedHead same) {
        if (head.getHead().isEmpty()) {
            head = same;
            self.store().write(new Batch().put(Tables.HEAD, head.toByteArray()), true);
        }
    }

    /** Asks the hub for what is new; one sync at a time. */
    void sync() {
        if (isSyncing) {
            isSyncWanted = true; // the answer under way may have been given before what is asked about now
        } else if (core.session.isOpen()) {
            isSyncing = true;
            isSyncWanted = false;
            DirectorySync sync = DirectorySync.newBuilder().setFrom(view.size()).build();
            Fetch fetch = new Fetch(view.size());
            core.session.askWithin(SYNC_MILLIS, FrameType.DIRECTORY_SYNC, sync, fetch::page, fetch::failed);
        }
    }

    /** The entries of one sync. Nothing is kept before their head is verified. */
    private final class Fetch {
        private final long from;
        private final List<byte[]> entries = new ArrayList<>();
        private long bytes;

        Fetch(long from) {
            this.from = from;
        }

        /** Takes one page; true when it was the last. */
        private boolean page(Frame frame) {
            DirectoryPage page = Messages.as(frame, DirectoryPage.class);
            page.getEntriesList().forEach(entry -> {
                entries.add(entry.toByteArray());
                bytes += entry.size();
            });
            if (page.getMore() && bytes <= SYNC_BYTES_MAX) {
                return false;
            }
            if (bytes > SYNC_BYTES_MAX) {
                core.warning("News of the hub's directory are larger than the " + (SYNC_BYTES_MAX >> 20)
                        + " MiB that this peer takes at once, so they were not taken over: update Covey, or ask who"
                        + " runs the hub.");
            } else {
                take(page.getHead());
            }
            ended();
            return true;
        }

        private void take(SignedHead newHead) {
            try {
                extend(from, entries, newHead);
            } catch (StoreException e) {
                core.warning("News of the directory could not be stored: " + e.getMessage());
            }
        }

        private void failed(Problem problem) {
            log.info("directory sync failed why=\"{}\"", problem.getMessage());
            ended();
            self.loop().schedule(SYNC_AGAIN_MILLIS, DirectoryReplica.this::sync);
        }

        private void ended() {
            isSyncing = false;
            boolean isAgain = isSyncWanted && ++syncsInARow < SYNCS_IN_A_ROW_MAX;
            if (isAgain) {
                sync();
            } else {
                syncsInARow = 0;
                isSyncWanted = false;
                core.settled();
            }
        }
    }

    private void extend(long from, List<byte[]> entries, SignedHead newHead) {
        Transaction transaction = new Transaction(self.store());
        if (from != view.size()) {
            return; // an answer to a question of before
        }
        Verdict verdict = verifier.extend(transaction, own(), entries, newHead, self.wall());
        switch (verdict) {
            case HeadVerifier.Same ignored -> accept(transaction, entries, newHead);
            case HeadVerifier.Stale ignored -> log.debug("hub head is older than this replica");
            case HeadVerifier.Behind ignored -> log.debug("hub sent fewer entries than its head covers");
            case HeadVerifier.Fork found -> forked(found.evidence(), found.sentence(), "the hub");
            case HeadVerifier.Unsigned unsigned ->
                core.warning("The hub's directory was refused: " + unsigned.sentence());
        }
    }

    private void accept(Transaction transaction, List<byte[]> entries, SignedHead newHead) {
        DirectoryView before = view;
        DirectoryView after = before;
        List<DirectoryEntry> added = new ArrayList<>(entries.size());
        try {
            for (byte[] entry : entries) {
                after = after.with(entry);
                added.add(DirectoryEntry.parseFrom(entry));
            }
        } catch (DirectoryView.InvalidEntryException | InvalidProtocolBufferException e) {
            core.warning("The hub's directory contradicts itself and was refused: " + e.getMessage());
            return;
        }
        transaction.put(Tables.HEAD, newHead.toByteArray());
        self.store().write(transaction.toBatch(), true);
        view = after;
        head = newHead;
        checkedMillis = self.env().clock().monotonicMillis();
        if (!added.isEmpty()) {
            core.grown(before, added);
        }
        List<SignedHead> heard = List.copyOf(heardHeads);
        heardHeads.clear();
        heard.forEach(told -> heardHead(told, "another device"));
    }

    private void forked(ForkEvidence evidence, String sentence, String from) {
        int[] kept = new int[1];
        self.store().scan(Tables.forks(), Keys.end(Tables.forks()), false, (key, value) -> ++kept[0] < FORKS_MAX);
        if (kept[0] < FORKS_MAX) {
            self.store().write(new Batch().put(Tables.fork(evidence.getFoundMillis()), evidence.toByteArray()), true);
        }
        if (!fork.equals(sentence)) {
            fork = sentence;
            log.error("directory fork from={} what=\"{}\"", from, sentence);
            core.warning("Two directories of one network (shown by " + from + "): " + sentence
                    + " The newer one is refused and the evidence kept; ask your administrator.");
        }
    }
}

package covey.directory;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.InvalidEntryException;
import covey.store.MerkleLog;
import covey.store.Transaction;
import covey.wire.DeviceId;
import covey.wire.proto.DirectoryEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The command being applied, with all it may read and change. One for all commands of a log entry, which share its
 * transaction; {@link #begin} turns to the next command, {@link #rollback} undoes the current one. One thread.
 */
public final class Step {
    private final MerkleLog log;
    private final Transaction transaction;
    private final List<Happening> happenings = new ArrayList<>();
    private DirectoryView view;
    private Blocks blocks;
    private DirectoryView viewBefore;
    private Blocks blocksBefore;
    private Actor actor = Actor.HUB;
    private long nowMillis;
    private ByteString randomness = ByteString.EMPTY;

    public Step(MerkleLog log, Transaction transaction, DirectoryView view, Blocks blocks) {
        this.log = log;
        this.transaction = transaction;
        this.view = view;
        this.blocks = blocks;
        this.viewBefore = view;
        this.blocksBefore = blocks;
    }

    /** The next command begins; what the one before changed stands. */
    public void begin(long commandMillis, ByteString commandRandomness) {
        savepoint();
        actor = Actor.HUB;
        nowMillis = commandMillis;
        randomness = commandRandomness;
    }

    /** What the current command changed so far stands. */
    public void savepoint() {
        transaction.savepoint();
        happenings.clear();
        viewBefore = view;
        blocksBefore = blocks;
    }

    /** Undoes what the current command changed since the savepoint. */
    public void rollback() {
        transaction.rollback();
        happenings.clear();
        view = viewBefore;
        blocks = blocksBefore;
    }

    /** Makes the device the one who acts, if it may: enrolled, not revoked, its account not disabled. */
    public Optional<Account> actAs(DeviceId device) {
        Optional<Account> account = view.accountOf(device).filter(present -> !present.disabled());
        account.ifPresent(present -> actor = Actor.of(device, present));
        return account;
    }

    public Transaction transaction() {
        return transaction;
    }

    public Optional<byte[]> get(byte[] key) {
        return transaction.get(key);
    }

    public void put(byte[] key, byte[] value) {
        transaction.put(key, value);
    }

    public void delete(byte[] key) {
        transaction.delete(key);
    }

    /** State time: the stamp of this command, never less than that of those before. */
    public long nowMillis() {
        return nowMillis;
    }

    /** Random bytes drawn by whoever wrote the command into the log. */
    public ByteString randomness() {
        return randomness;
    }

    public Actor actor() {
        return actor;
    }

    /** The directory with what this log entry changed so far. */
    public DirectoryView view() {
        return view;
    }

    public Blocks blocks() {
        return blocks;
    }

    void blocks(Blocks changed) {
        blocks = changed;
    }

    /** Appends to the directory log; the time is set here. What peers would refuse is refused here. */
    void append(DirectoryEntry.Builder entry) {
        byte[] bytes = entry.setTimeMillis(nowMillis).build().toByteArray();
        try {
            view = view.with(bytes);
        } catch (InvalidEntryException e) {
            throw Refused.bad(String.valueOf(e.getMessage()));
        }
        log.append(transaction, bytes);
    }

    public void happened(Happening happening) {
        happenings.add(happening);
    }

    /** An administrative act, for the audit log. */
    public void audit(String action, String subject, String detail) {
        AuditLog.append(this, action, subject, detail);
    }

    /** What the current command brought about so far; may grow while it is being read by index. */
    public List<Happening> happenings() {
        return happenings;
    }
}

package covey.hub;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import covey.catalog.CatalogFigures;
import covey.catalog.CatalogQueries;
import covey.cluster.ReplicatedLog;
import covey.directory.Accounts;
import covey.directory.AuditLog;
import covey.directory.Blocks;
import covey.directory.DirectoryState;
import covey.directory.DirectoryView;
import covey.directory.Refused;
import covey.directory.Step;
import covey.directory.Tokens;
import covey.mailbox.DedupWindow;
import covey.mailbox.MailboxState;
import covey.mailbox.RoomLog;
import covey.mailbox.RoomQueries;
import covey.mailbox.Rooms;
import covey.search.CatalogSource;
import covey.store.HotReads;
import covey.store.OrderedStore;
import covey.store.Sha256;
import covey.store.StoreException;
import covey.store.StoreFactory;
import covey.store.Transaction;
import covey.wire.DeviceId;
import covey.wire.proto.Command.KindCase;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.LogBatch;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.MailItem;
import covey.wire.proto.Problem;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.ResultBatch;
import covey.wire.proto.Role;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RosterProof;
import covey.wire.proto.StoredAccount;
import covey.wire.proto.StoredNetwork;
import covey.wire.proto.TokenKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hub's deterministic core: the features' states side by side over one store. One log entry is one write to the
 * store, together with the index it brings the state to.
 *
 * <p>{@link #apply} runs on the log's thread; every query may come from any thread and reads what was last applied.
 * {@code swap} guards the store: shared by every use, exclusive for replacing and closing it.
 */
public final class HubState implements ReplicatedLog.Machine, CatalogSource, AutoCloseable {
    /** Level of commands that this build applies; a higher one halts. */
    public static final int LEVEL = 1;

    /** Format of the stored state that this build writes. It reads no other yet. */
    public static final int FORMAT = 2;

    /** Id of the room that everybody is in and only administrators and the operator post to. */
    public static final ByteString ANNOUNCEMENTS = Rooms.ANNOUNCEMENTS;

    private static final Logger log = LoggerFactory.getLogger(HubState.class);
    private static final Set<KindCase> NETWORK_CHANGES =
            EnumSet.of(KindCase.BOOT_NETWORK, KindCase.SET_ROSTER, KindCase.SET_POLICY);
    /** Beside it stand the tables of {@code directory} and {@code mailbox}, whose keys begin with larger bytes. */
    private static final byte[] META = {0x01};

    private static final byte[] FIRST_KEY = new byte[0];
    private static final byte[] LAST_KEY = {(byte) 0xff};

    private final Path folder;
    private final StoreFactory stores;
    private final ReentrantReadWriteLock swap = new ReentrantReadWriteLock();
    private volatile OrderedStore store;
    /** Of whoever applies. */
    private HotReads hot;

    private volatile Known known;
    private volatile Effects.Listener listener = (index, effects) -> {};

    /** @param folder of the live store, which is disposable: an empty one is opened, {@link #restore} replaces it */
    public HubState(Path folder, StoreFactory stores) {
        this.folder = folder;
        this.stores = stores;
        store = stores.empty(folder);
        hot = new HotReads(store);
        known = load(store);
    }

    /** How far the state has come. */
    private record Progress(long index, long term, long timeMillis) {
        byte[] encode() {
            return ByteBuffer.allocate(Integer.BYTES + 3 * Long.BYTES)
                    .putInt(FORMAT)
                    .putLong(index)
                    .putLong(term)
                    .putLong(timeMillis)
                    .array();
        }

        static Progress decode(byte[] value) {
            ByteBuffer in = ByteBuffer.wrap(value);
            int format = in.getInt();
            if (format != FORMAT) {
                throw new HaltException("The hub's state has format " + format + " (expected: " + FORMAT
                        + "): it was written by another version of Covey. Start that one, or update this.");
            }
            return new Progress(in.getLong(), in.getLong(), in.getLong());
        }
    }

    /** What is kept in memory beside the store; replaced as a whole after each entry. */
    private record Known(Progress progress, DirectoryView view, Blocks blocks, Optional<StoredNetwork> network) {}

    private static Known load(OrderedStore store) {
        Progress progress = store.get(META).map(Progress::decode).orElse(new Progress(0, 0, 0));
        return new Known(
                progress, DirectoryState.loadView(store), Blocks.load(store), DirectoryState.network(store::get));
    }

    /** Set once, before the first apply. */
    public void listener(Effects.Listener hears) {
        listener = hears;
    }

    /** Returns a serialized {@code ResultBatch}: one result per command, in order. */
    @Override
    public byte[] apply(long term, long index, byte[] entry) {
        Known before = known;
        if (index <= before.progress().index()) {
            throw new HaltException("Log entry " + index + " came after "
                    + before.progress().index() + " was applied: the log and the state do not belong together.");
        }
        LogBatch batch = parse(entry);
        Transaction transaction = new Transaction(hot);
        Step step = new Step(DirectoryState.log(), transaction, before.view(), before.blocks());
        EffectsSoFar effects = new EffectsSoFar();
        ResultBatch.Builder results = ResultBatch.newBuilder();
        long timeMillis = before.progress().timeMillis();
        for (LoggedCommand command : batch.getCommandsList()) {
            timeMillis = Math.max(timeMillis, command.getTimeMillis());
            step.begin(timeMillis, command.getRandomness());
            results.addResults(applyOne(step, command));
            effects.add(step.happenings());
        }
        Progress progress = new Progress(index, term, timeMillis);
        transaction.put(META, progress.encode());
        hot.write(transaction.toBatch(), false);
        boolean directoryGrew = step.view().size() > before.view().size();
        known = new Known(progress, step.view(), step.blocks(), networkAfter(before, batch));
        tell(index, effects.build(directoryGrew));
        return results.build().toByteArray();
    }

    /** The entry is applied whatever becomes of its listener, which may be closing. */
    private void tell(long index, Effects effects) {
        try {
            listener.applied(index, effects);
        } catch (RuntimeException e) {
            log.error("listener failed index={}", index, e);
        }
    }

    private static LogBatch parse(byte[] entry) {
        try {
            CodedInputStream in = CodedInputStream.newInstance(entry);
            // Envelopes stay slices of the entry instead of being copied.
            in.enableAliasing(true);
            LogBatch batch = LogBatch.parseFrom(in);
            if (batch.getLevel() < 1 || batch.getLevel() > LEVEL) {
                throw new HaltException("The log holds commands of level " + batch.getLevel() + " (expected: 1.."
                        + LEVEL + "): this hub is too old for its group. Update it.");
            }
            return batch;
        } catch (IOException e) {
            throw new HaltException("A log entry of " + entry.length + " bytes cannot be read: it is damaged.", e);
        }
    }

    private Optional<StoredNetwork> networkAfter(Known before, LogBatch batch) {
        boolean mayHaveChanged = batch.getCommandsList().stream()
                .anyMatch(logged -> NETWORK_CHANGES.contains(logged.getCommand().getKindCase()));
        return mayHaveChanged ? DirectoryState.network(store::get) : before.network();
    }

    private static CommandResult applyOne(Step step, LoggedCommand logged) {
        Optional<CommandResult> objection = actor(step, logged);
        if (objection.isPresent()) {
            return objection.get();
        }
        boolean isExempt = DedupWindow.isExempt(logged);
        if (!isExempt) {
            Optional<CommandResult> answered = DedupWindow.answered(step.transaction(), logged, step.nowMillis());
            if (answered.isPresent()) {
                return answered.get();
            }
            step.savepoint();
        }
        CommandResult result = isolated(step, logged);
        if (!isExempt) {
            DedupWindow.record(step.transaction(), logged, result.toByteArray());
        }
        return result;
    }

    /** Finds out who acts; the answer is why it may not. Strangers leave no trace in the state. */
    private static Optional<CommandResult> actor(Step step, LoggedCommand logged) {
        if (logged.getDevice().isEmpty()) {
            return Optional.empty();
        }
        boolean mayAct = logged.getDevice().size() == DeviceId.BYTES
                && step.actAs(DeviceId.of(logged.getDevice())).isPresent();
        return mayAct
                ? Optional.empty()
                : Optional.of(problem(
                        ErrorCode.NOT_LOGGED_IN,
                        "This device is not logged in (any more): log in again (covey login)."));
    }

    /** A command that breaks a rule, or breaks us, leaves nothing behind but its result. */
    private static CommandResult isolated(Step step, LoggedCommand logged) {
        try {
            return Applier.apply(step, logged.getCommand());
        } catch (Refused e) {
            step.rollback();
            return e.result();
        } catch (StoreException | HaltException e) {
            throw e;
        } catch (RuntimeException e) {
            step.rollback();
            log.error(
                    "command failed kind={} device={}",
                    logged.getCommand().getKindCase(),
                    logged.getDevice().isEmpty() ? "hub" : DeviceId.of(logged.getDevice()),
                    e);
            return problem(
                    ErrorCode.INTERNAL,
                    "The hub could not carry this out, by a fault of its own ("
                            + e.getClass().getSimpleName() + "). Nothing was changed; its log says more.");
        }
    }

    private static CommandResult problem(ErrorCode code, String sentence) {
        return CommandResult.newBuilder()
                .setProblem(Problem.newBuilder().setCode(code).setMessage(sentence))
                .build();
    }

    @Override
    public long appliedIndex() {
        return known.progress().index();
    }

    @Override
    public long appliedTerm() {
        return known.progress().term();
    }

    /** Time of the last command. */
    public long stateTimeMillis() {
        return known.progress().timeMillis();
    }

    @Override
    public void checkpoint(Path checkpointFolder) {
        reading(current -> {
            current.checkpoint(checkpointFolder);
            return true;
        });
    }

    @Override
    public void restore(Path checkpointFolder) {
        swap.writeLock().lock();
        try {
            store.close();
            store = stores.copyOf(checkpointFolder, folder);
            hot = new HotReads(store);
            known = load(store);
        } finally {
            swap.writeLock().unlock();
        }
    }

    /** Closes the live store. */
    @Override
    public void close() {
        swap.writeLock().lock();
        try {
            store.close();
        } finally {
            swap.writeLock().unlock();
        }
    }

    /** SHA-256 over all keys and values: equal on all hubs that applied the same entries. Reads everything. */
    public byte[] stateHash() {
        MessageDigest digest = Sha256.newDigest();
        scanAll((key, value) -> {
            ByteBuffer lengths =
                    ByteBuffer.allocate(Long.BYTES).putInt(key.length).putInt(value.length);
            digest.update(lengths.array());
            digest.update(key);
            digest.update(value);
        });
        return digest.digest();
    }

    /** Shows every key and value, in order. */
    void scanAll(BiConsumer<byte[], byte[]> visitor) {
        reading(current -> {
            current.scan(FIRST_KEY, LAST_KEY, false, (key, value) -> {
                visitor.accept(key, value);
                return true;
            });
            return true;
        });
    }

    /** Present after BootNetwork. */
    public Optional<Network> network() {
        return known.network()
                .map(network -> new Network(network.getName(), network.getRegistration(), network.getRoster()));
    }

    /**
     * Answers what is in the state; presence, endpoints and figures of sessions are left for the hub to fill in. Throws
     * {@link Refused}.
     */
    public QueryReply query(DeviceId asker, Query query) {
        return reading(current -> Queries.answer(current, known.view(), asker, query));
    }

    @Override
    public DirectoryView view() {
        return known.view();
    }

    /** Root of the directory log at this size, for signing a head. */
    public byte[] directoryRoot(long size) {
        return reading(current -> DirectoryState.log().root(current::get, size));
    }

    /** Directory entries from this index on, at most so many bytes but at least one entry if there is one. */
    public List<byte[]> directoryEntries(long from, int maxBytes) {
        return reading(current -> DirectoryState.log().entries(current, from, maxBytes));
    }

    /** For login: an account that is present, disabled or not. */
    public Optional<Credentials> credentials(String account) {
        return view().account(account)
                .map(present -> new Credentials(
                        present.name(),
                        present.role(),
                        present.disabled(),
                        reading(current -> Accounts.stored(current, account))
                                .map(StoredAccount::getPasswordHash)
                                .orElse("")));
    }

    /** A token that is neither revoked nor used up (it may be past its expiry: compare). */
    public Optional<StoredToken> token(byte[] secretHash) {
        return reading(current -> Tokens.get(current, secretHash))
                .map(token -> new StoredToken(
                        Tokens.id(secretHash),
                        token.getKind(),
                        token.getUsesLeft(),
                        token.getExpiresMillis(),
                        token.getAccount()));
    }

    public Optional<PublishPrekey> prekey(DeviceId device) {
        return reading(current -> Accounts.prekey(current, device));
    }

    /** True when {@code receiver} blocked {@code sender}; both are account names. In memory: fit for the relay path. */
    public boolean isBlocked(String receiver, String sender) {
        Known now = known;
        return now.blocks().isBlocked(now.view(), receiver, sender);
    }

    /** Mail and notices that wait for this device. */
    public int mailWaiting(DeviceId device) {
        return reading(current -> MailboxState.waiting(current, device));
    }

    /** What is shared, in numbers. */
    public CatalogFigures catalogFigures() {
        return reading(CatalogQueries::figures);
    }

    /** Mail and notices that wait for anyone. */
    public long totalMailWaiting() {
        return reading(MailboxState::totalWaiting);
    }

    /** Waiting items with a position above {@code after}, in order, at most so many bytes but at least one. */
    public List<MailItem> mail(DeviceId device, long after, int maxBytes) {
        return reading(current -> MailboxState.read(current, device, after, maxBytes));
    }

    /** Items of a room with an index above {@code after}, in order, at most so many bytes but at least one. */
    public List<RoomItem> roomItems(ByteString room, long after, int maxBytes) {
        return reading(current -> RoomLog.read(current, room, after, maxBytes));
    }

    /** Rooms that this device's account is in (announcements included), with what it acknowledged. */
    public List<RoomCursor> roomsOf(DeviceId device) {
        return reading(current -> RoomLog.cursors(current, device).stream()
                .map(cursor -> new RoomCursor(cursor.room(), cursor.acknowledged(), cursor.lastIndex()))
                .toList());
    }

    public boolean isMember(ByteString room, String account) {
        return reading(current -> Rooms.isMember(current::get, room, account));
    }

    /** Active devices of all members. */
    public List<DeviceId> devicesOf(ByteString room) {
        return reading(current -> RoomQueries.devicesOf(current, known.view(), room));
    }

    /** True when every audit record fits the one before it. Reads them all. */
    public boolean isAuditIntact() {
        return reading(AuditLog::isIntact);
    }

    @Override
    public <T> T reading(Function<OrderedStore, T> question) {
        swap.readLock().lock();
        try {
            return question.apply(store);
        } finally {
            swap.readLock().unlock();
        }
    }

    /** What BootNetwork and SetPolicy said. */
    public record Network(String name, RegistrationPolicy registration, RosterProof roster) {}

    /** @param passwordHash PHC string, empty for machines and the operator */
    public record Credentials(String account, Role role, boolean disabled, String passwordHash) {}

    /** @param account the one a RESET token is for, else empty */
    public record StoredToken(String tokenId, TokenKind kind, int usesLeft, long expiresMillis, String account) {}

    /** @param acknowledged index up to which the device acknowledged */
    public record RoomCursor(ByteString room, long acknowledged, long lastIndex) {}
}

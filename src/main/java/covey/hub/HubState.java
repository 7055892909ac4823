package covey.hub;

import com.google.protobuf.ByteString;
import covey.cluster.ReplicatedLog;
import covey.directory.DirectoryView;
import covey.store.StoreFactory;
import covey.wire.DeviceId;
import covey.wire.proto.MailItem;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.Role;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RosterProof;
import covey.wire.proto.TokenKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The hub's deterministic core: the features' states side by side over one store. {@link #apply} runs on the log's
 * thread; every query may come from any thread and reads what was last applied.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class HubState implements ReplicatedLog.Machine, AutoCloseable {
    /** Level of commands that this build applies; a higher one halts. */
    public static final int LEVEL = 1;

    /** Id of the room that everybody is in and only administrators and the operator post to. */
    public static final ByteString ANNOUNCEMENTS = ByteString.copyFromUtf8("!announce");

    /** @param folder of the live store, which is disposable: an empty one is opened, {@link #restore} replaces it */
    public HubState(Path folder, StoreFactory stores) {}

    /** Set once, before the first apply. */
    public void listener(Effects.Listener listener) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Returns a serialized {@code ResultBatch}: one result per command, in order. */
    @Override
    public byte[] apply(long term, long index, byte[] entry) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public long appliedIndex() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public long appliedTerm() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void checkpoint(Path folder) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void restore(Path folder) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** SHA-256 over all keys and values: equal on all hubs that applied the same entries. */
    public byte[] stateHash() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Time of the last command. */
    public long stateTimeMillis() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Present after BootNetwork. */
    public Optional<Network> network() {
        throw new UnsupportedOperationException("not built yet");
    }

    /**
     * Answers what is in the state; presence, endpoints and figures of sessions are left for the hub to fill in. Throws
     * {@link covey.directory.Refused}.
     */
    public QueryReply query(DeviceId asker, Query query) {
        throw new UnsupportedOperationException("not built yet");
    }

    public DirectoryView view() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Root of the directory log at this size, for signing a head. */
    public byte[] directoryRoot(long size) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Directory entries from this index on, at most so many bytes but at least one entry if there is one. */
    public List<byte[]> directoryEntries(long from, int maxBytes) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** For login: an account that is present, disabled or not. */
    public Optional<Credentials> credentials(String account) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** A token that is neither revoked nor used up (it may be past its expiry: compare). */
    public Optional<StoredToken> token(byte[] secretHash) {
        throw new UnsupportedOperationException("not built yet");
    }

    public Optional<PublishPrekey> prekey(DeviceId device) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** True when {@code receiver} blocked {@code sender}; both are account names. In memory: fit for the relay path. */
    public boolean isBlocked(String receiver, String sender) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Mail and notices that wait for this device. */
    public int mailWaiting(DeviceId device) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Waiting items with a position above {@code after}, in order, at most so many bytes but at least one. */
    public List<MailItem> mail(DeviceId device, long after, int maxBytes) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Items of a room with an index above {@code after}, in order, at most so many bytes but at least one. */
    public List<RoomItem> roomItems(ByteString room, long after, int maxBytes) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Rooms that this device's account is in (announcements included), with what it acknowledged. */
    public List<RoomCursor> roomsOf(DeviceId device) {
        throw new UnsupportedOperationException("not built yet");
    }

    public boolean isMember(ByteString room, String account) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Active devices of all members. */
    public List<DeviceId> devicesOf(ByteString room) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Closes the live store. */
    @Override
    public void close() {
        throw new UnsupportedOperationException("not built yet");
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

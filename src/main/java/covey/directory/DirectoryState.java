package covey.directory;

import com.google.protobuf.InvalidProtocolBufferException;
import covey.directory.DirectoryView.InvalidEntryException;
import covey.store.Keys;
import covey.store.MerkleLog;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.store.StoreException;
import covey.store.StoreException.Reason;
import covey.wire.proto.AccountAdded;
import covey.wire.proto.BootNetwork;
import covey.wire.proto.DirectoryEntry;
import covey.wire.proto.Enrolment;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.Role;
import covey.wire.proto.Roster;
import covey.wire.proto.RosterProof;
import covey.wire.proto.RosterSet;
import covey.wire.proto.SetPolicy;
import covey.wire.proto.SetRoster;
import covey.wire.proto.StoredNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The hub half of the directory: the network itself, and the view in memory folded from the store. Beside it stand
 * {@link Enrolments}, {@link Accounts}, {@link Tokens} and {@link Blocks}, one method per command. Each
 * changes the {@link Step} it is given or throws {@link Refused}; who may ask for it has been checked before. None
 * keeps anything itself.
 */
public final class DirectoryState {
    /** A network's name is shown in a line with other things. */
    private static final int NETWORK_NAME_CHARS_MAX = 64;

    private static final byte[] NETWORK = Keys.of(Tables.NETWORK).build();
    private static final MerkleLog LOG = new MerkleLog(Tables.LOG);

    /** Entries read at a time when the view is folded. */
    private static final long FOLD_BYTES = 1 << 20;

    private DirectoryState() {}

    /** The log of entries, in the hub's store. */
    public static MerkleLog log() {
        return LOG;
    }

    /** Folds the view from the log. */
    public static DirectoryView loadView(OrderedStore store) {
        DirectoryView view = DirectoryView.empty();
        List<byte[]> entries = new ArrayList<>();
        do {
            entries = LOG.entries(store, view.size(), FOLD_BYTES);
            for (byte[] entry : entries) {
                try {
                    view = view.with(entry);
                } catch (InvalidEntryException e) {
                    throw new StoreException("The hub's directory log is damaged.", e, Reason.DAMAGED);
                }
            }
        } while (!entries.isEmpty());
        return view;
    }

    /** What BootNetwork and SetPolicy said; empty before. */
    public static Optional<StoredNetwork> network(MerkleLog.Reads reads) {
        return reads.get(NETWORK).map(bytes -> Records.parse(StoredNetwork.parser(), bytes));
    }

    public static void boot(Step step, BootNetwork command) {
        Optional<StoredNetwork> before = network(step::get);
        if (before.isPresent()) {
            if (before.get()
                    .getRoster()
                    .getRootPublicKey()
                    .equals(command.getRoster().getRootPublicKey())) {
                return;
            }
            throw Refused.conflict("This hub belongs to a network already: use another --home.");
        }
        RosterProof proof = command.getRoster();
        if (proof.getChainCount() == 0
                || proof.getRootPublicKey().isEmpty()
                || command.getName().length() > NETWORK_NAME_CHARS_MAX
                || command.getRegistration() == RegistrationPolicy.UNRECOGNIZED) {
            throw Refused.bad("A network starts with a signed roster, a short name and a known policy.");
        }
        StoredNetwork network = StoredNetwork.newBuilder()
                .setName(command.getName())
                .setRegistration(command.getRegistration())
                .setRoster(proof)
                .build();
        step.put(NETWORK, network.toByteArray());
        step.append(DirectoryEntry.newBuilder()
                .setRosterSet(RosterSet.newBuilder().setRoster(proof.getChain(proof.getChainCount() - 1))));
        step.append(DirectoryEntry.newBuilder()
                .setAccountAdded(AccountAdded.newBuilder()
                        .setAccount(DirectoryView.OPERATOR_ACCOUNT)
                        .setRole(Role.OPERATOR)));
        Enrolments.enrol(step, DirectoryView.OPERATOR_ACCOUNT, command.getOperatorPublicKey(), "hub", Enrolment.BY_HUB);
        step.audit("network.boot", command.getName(), "registration=" + command.getRegistration());
    }

    /** The hub has verified the roster's signatures. */
    public static void setRoster(Step step, SetRoster command) {
        StoredNetwork network = booted(step);
        Roster roster;
        try {
            roster = Roster.parseFrom(command.getRoster().getRoster());
        } catch (InvalidProtocolBufferException e) {
            throw Refused.bad("The roster is garbage: " + e.getMessage());
        }
        RosterProof before = network.getRoster();
        if (before.getChain(before.getChainCount() - 1).equals(command.getRoster())) {
            return;
        }
        if (roster.getEpoch() != step.view().rosterEpoch() + 1) {
            throw Refused.conflict("roster epoch: " + roster.getEpoch() + " (expected: "
                    + (step.view().rosterEpoch() + 1) + ").");
        }
        step.append(
                DirectoryEntry.newBuilder().setRosterSet(RosterSet.newBuilder().setRoster(command.getRoster())));
        RosterProof extended = before.toBuilder().addChain(command.getRoster()).build();
        step.put(NETWORK, network.toBuilder().setRoster(extended).build().toByteArray());
        step.audit("roster.set", "epoch " + roster.getEpoch(), "hubs=" + roster.getHubsCount());
    }

    public static void setPolicy(Step step, SetPolicy command) {
        if (command.getRegistration() == RegistrationPolicy.UNRECOGNIZED) {
            throw new Refused(ErrorCode.UNSUPPORTED, "This hub does not know this registration policy: update it.");
        }
        StoredNetwork changed = booted(step).toBuilder()
                .setRegistration(command.getRegistration())
                .build();
        step.put(NETWORK, changed.toByteArray());
        step.audit("policy.set", "registration", command.getRegistration().name());
    }

    /** The network, or a refusal before BootNetwork. */
    static StoredNetwork booted(Step step) {
        return network(step::get)
                .orElseThrow(() -> Refused.notFound("This hub has no network yet: BootNetwork first."));
    }
}

package covey.identity;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.Roster;
import covey.wire.proto.RosterHub;
import covey.wire.proto.RosterProof;
import covey.wire.proto.RosterSignature;
import covey.wire.proto.SignedRoster;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes and checks the proof that a device is a hub of a network. Any thread. */
public final class Rosters {
    private static final int ADDRESSES_MAX = 16;

    private Rosters() {}

    /** The first roster of a new network: one hub, signed by the root key. */
    public static RosterProof first(RootKey root, byte[] hubSpki, List<String> addresses) {
        byte[] roster = Roster.newBuilder()
                .setNetworkId(ByteString.copyFrom(root.networkId()))
                .setEpoch(1)
                .setLevel(1)
                .addHubs(RosterHub.newBuilder()
                        .setPublicKey(ByteString.copyFrom(hubSpki))
                        .addAllAddresses(addresses))
                .build()
                .toByteArray();
        return RosterProof.newBuilder()
                .setRootPublicKey(ByteString.copyFrom(root.publicKey()))
                .addChain(SignedRoster.newBuilder()
                        .setRoster(ByteString.copyFrom(roster))
                        .addSignatures(RosterSignature.newBuilder()
                                .setSignature(ByteString.copyFrom(root.signRoster(roster)))))
                .build();
    }

    /**
     * Checks the whole chain.
     *
     * @param expectedNetworkId the pinned network; empty accepts any (first contact by address)
     * @throws UntrustedException with a sentence that says what does not hold
     */
    public static Trusted verify(RosterProof proof, byte[] expectedNetworkId) {
        byte[] rootKey = proof.getRootPublicKey().toByteArray();
        byte[] networkId = RootKey.networkId(rootKey);
        if (expectedNetworkId.length > 0 && !Arrays.equals(networkId, expectedNetworkId)) {
            throw new UntrustedException("the hub belongs to another network than the one that is pinned here");
        }
        if (proof.getChainCount() == 0 || proof.getChainCount() > Limits.ROSTER_CHAIN_MAX) {
            throw new UntrustedException(
                    "roster chain of " + proof.getChainCount() + " (expected: 1 to " + Limits.ROSTER_CHAIN_MAX + ")");
        }
        Optional<Trusted> current = Optional.empty();
        for (SignedRoster signed : proof.getChainList()) {
            current = Optional.of(next(rootKey, networkId, current, signed));
        }
        return current.orElseThrow();
    }

    private static Trusted next(byte[] rootKey, byte[] networkId, Optional<Trusted> before, SignedRoster signed) {
        byte[] bytes = signed.getRoster().toByteArray();
        Roster roster = parse(bytes);
        if (signed.getSignaturesCount() > Limits.ROSTER_SIGNATURES_MAX) {
            throw new UntrustedException("a roster of the chain has " + signed.getSignaturesCount()
                    + " signatures (expected: at most " + Limits.ROSTER_SIGNATURES_MAX + ")");
        }
        long expectedEpoch =
                before.map(trusted -> trusted.roster().getEpoch() + 1).orElse(1L);
        boolean isBySelf = Arrays.equals(roster.getNetworkId().toByteArray(), networkId);
        boolean isByRoot = signed.getSignaturesList().stream()
                .anyMatch(signature -> signature.getSigner().isEmpty()
                        && RootKey.verifyRoster(
                                rootKey, bytes, signature.getSignature().toByteArray()));
        if (!isBySelf || roster.getHubsCount() == 0 || roster.getHubsCount() > Limits.HUBS_MAX) {
            throw new UntrustedException("a roster of the chain is not one of this network");
        }
        // The root key may start again at any later epoch; hubs may only go one step.
        boolean isInOrder = isByRoot ? roster.getEpoch() >= expectedEpoch : roster.getEpoch() == expectedEpoch;
        if (!isInOrder) {
            throw new UntrustedException("roster epoch: " + roster.getEpoch() + " (expected: " + expectedEpoch + ")");
        }
        boolean isByMajority = before.isPresent() && before.get().isSignedByMajority(signed);
        if (!isByRoot && !isByMajority) {
            throw new UntrustedException("roster " + roster.getEpoch()
                    + " is signed neither by a majority of the roster before it nor by the network's root key");
        }
        return new Trusted(networkId, roster);
    }

    private static Roster parse(byte[] bytes) {
        try {
            Roster roster = Roster.parseFrom(bytes);
            for (RosterHub hub : roster.getHubsList()) {
                boolean isPlain = hub.getAddressesList().stream().allMatch(Rosters::isPlainAddress);
                if (hub.getAddressesCount() > ADDRESSES_MAX || !isPlain) {
                    throw new UntrustedException("a hub of the roster has too many addresses, or one that is none");
                }
            }
            return roster;
        } catch (InvalidProtocolBufferException e) {
            throw new UntrustedException("a roster of the chain cannot be read");
        }
    }

    /** Letters, digits and what else an address has: others would reach the terminals of those who are shown it. */
    static boolean isPlainAddress(String address) {
        return !address.isEmpty()
                && address.length() <= Limits.ADDRESS_BYTES_MAX
                && address.codePoints().allMatch(c -> Character.isLetterOrDigit(c) || ".:-_[]%".indexOf(c) >= 0);
    }

    /** A roster whose chain holds. */
    @SuppressWarnings("ArrayRecordComponent") // an id that is passed on, never compared here
    public record Trusted(byte[] networkId, Roster roster) {
        public boolean isHub(DeviceId device) {
            return hubKey(device).isPresent();
        }

        /** SubjectPublicKeyInfo of a hub of this roster. */
        public Optional<byte[]> hubKey(DeviceId device) {
            return roster.getHubsList().stream()
                    .map(hub -> hub.getPublicKey().toByteArray())
                    .filter(key -> Signatures.deviceId(key).equals(device))
                    .findFirst();
        }

        /** All addresses of all hubs, in the roster's order. */
        public List<String> addresses() {
            return roster.getHubsList().stream()
                    .flatMap(hub -> hub.getAddressesList().stream())
                    .toList();
        }

        boolean isSignedByMajority(SignedRoster signed) {
            byte[] bytes = signed.getRoster().toByteArray();
            Set<DeviceId> signers = new HashSet<>();
            for (RosterSignature signature : signed.getSignaturesList()) {
                if (signature.getSigner().size() != DeviceId.BYTES) {
                    continue;
                }
                DeviceId signer = DeviceId.of(signature.getSigner());
                Optional<byte[]> key = hubKey(signer);
                if (key.isPresent()
                        && Signatures.verify(
                                key.get(),
                                Purpose.ROSTER,
                                signature.getSignature().toByteArray(),
                                bytes)) {
                    signers.add(signer);
                }
            }
            return signers.size() > roster.getHubsCount() / 2;
        }
    }
}

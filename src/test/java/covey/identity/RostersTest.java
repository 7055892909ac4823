package covey.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.wire.Limits;
import covey.wire.proto.Roster;
import covey.wire.proto.RosterHub;
import covey.wire.proto.RosterProof;
import covey.wire.proto.RosterSignature;
import covey.wire.proto.SignedRoster;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RostersTest {
    private static final Env ENV = Env.system();
    private static final byte[] ANY = new byte[0];

    private final RootKey root = RootKey.generate(ENV);
    private final DeviceKeys one = DeviceKeys.generate(ENV);
    private final DeviceKeys two = DeviceKeys.generate(ENV);
    private final DeviceKeys three = DeviceKeys.generate(ENV);
    private final RosterProof first = Rosters.first(root, one.publicKey(), List.of("h:1"));
    private final byte[] ofThree = roster(2, one, two, three);

    @Test
    void aMajorityOfThreeIsTwoDifferentHubs() {
        RosterProof grown = extended(first, signed(ofThree, one));
        byte[] next = roster(3, two);
        assertThat(Rosters.verify(extended(grown, signed(next, one, two)), ANY).isHub(one.id()))
                .isFalse();
        refused(extended(grown, signed(next, one)), "majority");
        refused(extended(grown, signed(next, one, one)), "majority");
        refused(extended(grown, signed(next, one, DeviceKeys.generate(ENV))), "majority");
    }

    /** A signature of a removed hub is worth nothing, or whoever steals its disk would be the network. */
    @Test
    void aRemovedHubCannotSignItselfBackIn() {
        RosterProof replaced = extended(first, signed(roster(2, two), one));
        refused(extended(replaced, signed(roster(3, one), one)), "majority");
    }

    @Test
    void hubsGoOneStepAndTheRootKeyMayGoFurther() {
        refused(extended(first, signed(roster(3, two), one)), "epoch");
        refused(extended(first, signed(roster(1, two), one)), "epoch");
        RosterProof restarted = extended(first, signedByRoot(roster(9, two)));
        assertThat(Rosters.verify(restarted, root.networkId()).isHub(two.id())).isTrue();
        refused(extended(restarted, signedByRoot(roster(9, three))), "epoch");
    }

    @Test
    void theChainBeginsWithTheRootKey() {
        RosterProof byHub = RosterProof.newBuilder()
                .setRootPublicKey(first.getRootPublicKey())
                .addChain(signed(roster(1, one), one))
                .build();
        refused(byHub, "root key");
        refused(first.toBuilder().clearChain().build(), "chain of 0");
    }

    @Test
    void aRosterOfAnotherNetworkIsRefused() {
        RootKey other = RootKey.generate(ENV);
        byte[] theirs = Roster.newBuilder()
                .setNetworkId(ByteString.copyFrom(other.networkId()))
                .setEpoch(2)
                .addHubs(RosterHub.newBuilder().setPublicKey(ByteString.copyFrom(two.publicKey())))
                .build()
                .toByteArray();
        refused(extended(first, signed(theirs, one)), "not one of this network");
        assertThatThrownBy(() -> Rosters.verify(first, other.networkId()))
                .isInstanceOf(UntrustedException.class)
                .hasMessageContaining("another network");
    }

    /** Found by looking: 32 bytes that are no point of the curve came out as an exception nobody expects. */
    @Test
    void aRootKeyThatIsNoneIsRefusedWithASentence() {
        Random random = new Random(1);
        for (int i = 0; i < 40; i++) {
            byte[] bytes = new byte[i < 33 ? i : RootKey.PUBLIC_KEY_BYTES];
            random.nextBytes(bytes);
            byte[] roster = Roster.newBuilder()
                    .setNetworkId(ByteString.copyFrom(RootKey.networkId(bytes)))
                    .setEpoch(1)
                    .addHubs(RosterHub.newBuilder().setPublicKey(ByteString.copyFrom(one.publicKey())))
                    .build()
                    .toByteArray();
            RosterProof proof = RosterProof.newBuilder()
                    .setRootPublicKey(ByteString.copyFrom(bytes))
                    .addChain(signedByRoot(roster))
                    .build();
            refused(proof, "root key");
        }
    }

    @Test
    void whatAStrangerCanMakeUsCheckIsBounded() {
        SignedRoster signed = first.getChain(0);
        SignedRoster flooded = signed.toBuilder()
                .addAllSignatures(Collections.nCopies(100, signed.getSignatures(0)))
                .build();
        refused(first.toBuilder().setChain(0, flooded).build(), "signatures");
        RosterProof endless = first.toBuilder()
                .addAllChain(Collections.nCopies(Limits.ROSTER_CHAIN_MAX, signed))
                .build();
        refused(endless, "chain of");
        DeviceKeys[] many = Collections.nCopies(Limits.HUBS_MAX + 1, two).toArray(DeviceKeys[]::new);
        refused(extended(first, signed(roster(2, many), one)), "not one of this network");
        refused(extended(first, signed(roster(2), one)), "not one of this network");
    }

    @Test
    void anAddressCannotWriteOnATerminal() {
        refused(Rosters.first(root, one.publicKey(), List.of("\u001b[2Jhub:1")), "none");
        refused(Rosters.first(root, one.publicKey(), List.of("hub 1")), "none");
        refused(Rosters.first(root, one.publicKey(), Collections.nCopies(17, "h:1")), "too many");
        List<String> plain = List.of("[fe80::1%eth0]:7440", "höst_1.example:7440", "10.0.0.1:1");
        assertThat(Rosters.verify(Rosters.first(root, one.publicKey(), plain), ANY)
                        .addresses())
                .isEqualTo(plain);
    }

    @Test
    void everyByteOfTheFirstRosterIsSigned() {
        byte[] bytes = first.getChain(0).getRoster().toByteArray();
        for (int i = 0; i < bytes.length; i++) {
            byte[] altered = bytes.clone();
            altered[i] ^= 1;
            SignedRoster signed = first.getChain(0).toBuilder()
                    .setRoster(ByteString.copyFrom(altered))
                    .build();
            refused(first.toBuilder().setChain(0, signed).build(), "");
        }
    }

    private static void refused(RosterProof proof, String because) {
        assertThatThrownBy(() -> Rosters.verify(proof, ANY))
                .isInstanceOf(UntrustedException.class)
                .hasMessageContaining(because);
    }

    private static RosterProof extended(RosterProof proof, SignedRoster next) {
        return proof.toBuilder().addChain(next).build();
    }

    private byte[] roster(long epoch, DeviceKeys... hubs) {
        Roster.Builder roster = Roster.newBuilder()
                .setNetworkId(ByteString.copyFrom(root.networkId()))
                .setEpoch(epoch);
        for (DeviceKeys hub : hubs) {
            roster.addHubs(RosterHub.newBuilder().setPublicKey(ByteString.copyFrom(hub.publicKey())));
        }
        return roster.build().toByteArray();
    }

    private static SignedRoster signed(byte[] roster, DeviceKeys... hubs) {
        SignedRoster.Builder signed = SignedRoster.newBuilder().setRoster(ByteString.copyFrom(roster));
        for (DeviceKeys hub : hubs) {
            signed.addSignatures(RosterSignature.newBuilder()
                    .setSigner(hub.id().toByteString())
                    .setSignature(ByteString.copyFrom(hub.sign(Purpose.ROSTER, roster))));
        }
        return signed.build();
    }

    private SignedRoster signedByRoot(byte[] roster) {
        return SignedRoster.newBuilder()
                .setRoster(ByteString.copyFrom(roster))
                .addSignatures(RosterSignature.newBuilder().setSignature(ByteString.copyFrom(root.signRoster(roster))))
                .build();
    }
}

package covey.directory;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.directory.HeadVerifier.Behind;
import covey.directory.HeadVerifier.Fork;
import covey.directory.HeadVerifier.Own;
import covey.directory.HeadVerifier.Same;
import covey.directory.HeadVerifier.Stale;
import covey.directory.HeadVerifier.Unsigned;
import covey.directory.HeadVerifier.Verdict;
import covey.store.MemoryStore;
import covey.store.MerkleLog;
import covey.store.Sha256;
import covey.store.Transaction;
import covey.wire.DeviceId;
import covey.wire.proto.DirectoryHead;
import covey.wire.proto.Role;
import covey.wire.proto.SignedHead;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class HeadVerifierTest {
    private static final byte[] NETWORK = Sha256.of(new byte[] {1});
    private static final DeviceId HUB = Entries.id("hub");
    private static final byte[] HUB_SIGNATURE = {1};
    private static final byte[] AMY = Entries.account("amy", Role.MEMBER);
    private static final byte[] BOB = Entries.account("bob", Role.MEMBER);
    private static final byte[] EVE = Entries.account("eve", Role.MEMBER);

    private final MerkleLog log = new MerkleLog((byte) 1);
    private final MemoryStore own = new MemoryStore();
    private final MemoryStore hub = new MemoryStore();
    private final HeadVerifier verifier = new HeadVerifier(NETWORK, log, new FakeSigners());

    @Test
    void theHeadOfTheOwnEntriesIsTheSame() {
        append(own, AMY, BOB);
        assertThat(check(head(own, 2))).isInstanceOf(Same.class);
    }

    @Test
    void anOlderHeadThatIsAPrefixIsOnlyStale() {
        append(own, AMY, BOB, EVE);
        assertThat(check(head(own, 1))).isInstanceOf(Stale.class);
        assertThat(check(head(own, 0))).isInstanceOf(Stale.class);
    }

    @Test
    void aHeadOfMoreEntriesAsksForThemAndTheyAreKeptOnlyWhenTheyLeadToIt() {
        append(own, AMY);
        append(hub, AMY, BOB, EVE);
        SignedHead head = head(hub, 3);
        assertThat(check(head))
                .isInstanceOfSatisfying(
                        Behind.class, behind -> assertThat(behind.from()).isEqualTo(1));
        Transaction pages = new Transaction(own);
        assertThat(verifier.extend(pages, own(1), List.of(BOB), head, 0)).isInstanceOf(Behind.class);
        assertThat(verifier.extend(pages, own(1), List.of(EVE), head, 0)).isInstanceOf(Same.class);
        assertThat(log.size(own::get)).isEqualTo(1);
    }

    @Test
    void entriesThatDoNotLeadToTheSignedHeadAreAForkWithEvidence() {
        append(own, AMY);
        append(hub, EVE, BOB);
        SignedHead accepted = head(own, 1);
        SignedHead offending = head(hub, 2);
        Own mine = new Own(1, 1, Optional.of(accepted));
        Verdict verdict = verifier.extend(new Transaction(own), mine, List.of(BOB), offending, 77);
        assertThat(verdict).isInstanceOfSatisfying(Fork.class, fork -> {
            assertThat(fork.evidence().getOffending()).isEqualTo(offending);
            assertThat(fork.evidence().getAccepted()).isEqualTo(accepted);
            assertThat(fork.evidence().getEntriesList()).containsExactly(ByteString.copyFrom(BOB));
            assertThat(fork.evidence().getFoundMillis()).isEqualTo(77);
            assertThat(fork.sentence()).contains("two directories");
        });
    }

    @Test
    void anOlderHeadThatContradictsTheOwnEntriesIsAFork() {
        append(own, AMY, BOB);
        append(hub, EVE);
        assertThat(check(head(hub, 1))).isInstanceOf(Fork.class);
    }

    @Test
    void entriesBeyondTheHeadAreNotTaken() {
        append(hub, AMY);
        Verdict verdict = verifier.extend(new Transaction(own), own(0), List.of(AMY, EVE), head(hub, 1), 0);
        assertThat(verdict).isInstanceOf(Unsigned.class);
    }

    @Test
    void aHeadOfAnotherNetworkOrUnknownSignerIsNotListenedTo() {
        append(own, AMY);
        DirectoryHead good = plain(own, 1).build();
        SignedHead otherNetwork = signed(
                good.toBuilder().setNetworkId(ByteString.copyFromUtf8("x")).build(), HUB);
        assertThat(check(otherNetwork)).isInstanceOf(Unsigned.class);
        assertThat(check(signed(good, Entries.id("eve")))).isInstanceOf(Unsigned.class);
        SignedHead badSignature = signed(good, HUB).toBuilder()
                .setSignature(ByteString.copyFromUtf8("no"))
                .build();
        assertThat(check(badSignature)).isInstanceOf(Unsigned.class);
        assertThat(check(SignedHead.newBuilder()
                        .setHead(ByteString.copyFromUtf8("garbage"))
                        .build()))
                .isInstanceOf(Unsigned.class);
        assertThat(check(SignedHead.getDefaultInstance())).isInstanceOf(Unsigned.class);
    }

    @Test
    void aNewLogIsRefusedAndAnEarlierOneIsStale() {
        append(own, AMY, BOB);
        DirectoryHead next = plain(hub, 0).setLogEpoch(2).build();
        assertThat(check(signed(next, HUB)))
                .isInstanceOfSatisfying(
                        Unsigned.class,
                        refused -> assertThat(refused.sentence()).contains("update it"));
        DirectoryHead before = plain(hub, 0).setLogEpoch(0).build();
        assertThat(check(signed(before, HUB))).isInstanceOf(Stale.class);
    }

    private Verdict check(SignedHead head) {
        return verifier.check(own::get, own(log.size(own::get)), head, 0);
    }

    private static Own own(long size) {
        return new Own(1, size, Optional.empty());
    }

    private void append(MemoryStore store, byte[]... entries) {
        Transaction transaction = new Transaction(store);
        for (byte[] entry : entries) {
            log.append(transaction, entry);
        }
        store.write(transaction.toBatch(), false);
    }

    private SignedHead head(MemoryStore store, long size) {
        return signed(plain(store, size).build(), HUB);
    }

    private DirectoryHead.Builder plain(MemoryStore store, long size) {
        return DirectoryHead.newBuilder()
                .setNetworkId(ByteString.copyFrom(NETWORK))
                .setLogEpoch(1)
                .setSize(size)
                .setRoot(ByteString.copyFrom(log.root(store::get, size)));
    }

    private static SignedHead signed(DirectoryHead head, DeviceId signer) {
        return SignedHead.newBuilder()
                .setHead(head.toByteString())
                .setSigner(signer.toByteString())
                .setSignature(ByteString.copyFrom(HUB_SIGNATURE))
                .build();
    }

    private static final class FakeSigners implements HeadVerifier.Signers {
        @Override
        public boolean signedByHub(DeviceId hub, byte[] head, byte[] signature) {
            return hub.equals(HUB) && Arrays.equals(signature, HUB_SIGNATURE);
        }
    }
}

package covey.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.peer.Network.Peer;
import covey.store.Keys;
import covey.store.MerkleLog;
import covey.wire.Frame;
import covey.wire.proto.ForkEvidence;
import covey.wire.proto.FrameType;
import covey.wire.proto.MailItem;
import covey.wire.proto.MailPush;
import covey.wire.proto.SealedMail;
import covey.wire.proto.SignedHead;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DirectoryReplicaTest {
    private final Network network = new Network();

    private static List<ForkEvidence> evidence(Peer peer) {
        List<ForkEvidence> kept = new ArrayList<>();
        peer.store.scan(Tables.forks(), Keys.end(Tables.forks()), false, (key, value) -> {
            try {
                return kept.add(ForkEvidence.parseFrom(value));
            } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                throw new AssertionError(e);
            }
        });
        return kept;
    }

    private void tell(SignedHead head) {
        network.hub.sessions.values().forEach(session -> session.send(Frame.of(FrameType.DIRECTORY_HEAD, head)));
        network.world.run(50);
    }

    private SignedHead forkedHead() {
        return network.hub.sign(network.hub.log.size(network.hub.store::get), new byte[MerkleLog.HASH_BYTES]);
    }

    @Test
    void takesTheWholeLogInPagesAndWhatComesLater() {
        for (int i = 0; i < 20; i++) {
            network.hub.account("a" + i);
        }
        Peer anna = network.connected("anna", "10.0.0.1");
        assertThat(anna.node.directory().size()).isEqualTo(22);
        network.hub.account("bob");
        network.hub.tellHead();
        network.world.run(50);
        assertThat(anna.node.directory().account("bob")).isPresent();
        assertThat(anna.events).hasAtLeastOneElementOfType(PeerEvent.Directory.class);
    }

    @Test
    void aSlowHubHasTimeForEachPage() {
        for (int i = 0; i < 5; i++) {
            network.hub.account("a" + i);
        }
        network.hub.pageMillis = DirectoryReplica.SYNC_MILLIS - 5_000;
        Peer anna = network.peer("anna", "10.0.0.1");
        anna.start();
        network.world.run(7 * DirectoryReplica.SYNC_MILLIS);
        assertThat(anna.node.directory().size()).isEqualTo(7);
    }

    @Test
    void aSyncThatFailedIsTriedAgain() {
        Peer anna = network.peer("anna", "10.0.0.1");
        network.hub.pageMillis = 2 * DirectoryReplica.SYNC_MILLIS;
        anna.start();
        network.world.run(DirectoryReplica.SYNC_MILLIS + 1_000);
        network.hub.pageMillis = 0;
        network.world.run(DirectoryReplica.SYNC_AGAIN_MILLIS);
        assertThat(anna.node.directory().size()).isEqualTo(2);
    }

    @Test
    void isThereWhileTheHubIsAway() {
        Peer anna = network.connected("anna", "10.0.0.1");
        network.hub.crash();
        anna.crash();
        anna.start();
        network.world.run(1_000);
        assertThat(anna.node.directory().account("anna")).isPresent();
        assertThat(anna.node.hub().isConnected()).isFalse();
    }

    @Test
    void aForkIsRefusedKeptAndTold() {
        Peer anna = network.connected("anna", "10.0.0.1");
        SignedHead forked = forkedHead();
        tell(forked);
        assertThat(anna.node.fork()).contains("two directories");
        assertThat(anna.warnings()).anyMatch(text -> text.contains("evidence"));
        assertThat(evidence(anna)).singleElement().satisfies(kept -> {
            assertThat(kept.getOffending()).isEqualTo(forked);
            assertThat(kept.getAccepted().getHead())
                    .isEqualTo(network.hub.head().getHead());
        });
        assertThat(anna.node.directory().size()).isEqualTo(2);
        anna.crash();
        anna.start();
        assertThat(anna.node.fork()).as("after a restart").isNotEmpty();
    }

    @Test
    void entriesThatDoNotLeadToTheirHeadAreAFork() {
        Peer anna = network.connected("anna", "10.0.0.1");
        network.hub.account("bob");
        // The hub's head covers one more entry, and another history.
        tell(network.hub.sign(3, new byte[MerkleLog.HASH_BYTES]));
        assertThat(anna.node.directory().size())
                .as("the sync brings the true head")
                .isEqualTo(3);
        assertThat(anna.node.fork()).isEmpty();
        tell(network.hub.sign(3, new byte[MerkleLog.HASH_BYTES]));
        assertThat(anna.node.fork()).isNotEmpty();
    }

    @Test
    void evidenceIsBounded() {
        Peer anna = network.connected("anna", "10.0.0.1");
        for (int i = 0; i < 2 * DirectoryReplica.FORKS_MAX; i++) {
            tell(forkedHead());
        }
        assertThat(evidence(anna)).hasSize(DirectoryReplica.FORKS_MAX);
    }

    @Test
    void anOlderHeadIsOnlyStale() {
        Peer anna = network.connected("anna", "10.0.0.1");
        tell(network.hub.sign(1, network.hub.log.root(network.hub.store::get, 1)));
        assertThat(anna.node.fork()).isEmpty();
        assertThat(anna.warnings()).isEmpty();
    }

    @Test
    void aHeadOfAStrangerIsRefused() {
        Peer anna = network.connected("anna", "10.0.0.1");
        SignedHead head = forkedHead();
        tell(head.toBuilder()
                .setSigner(DeviceKeys.generate(Env.system()).id().toByteString())
                .build());
        assertThat(anna.node.fork()).isEmpty();
        assertThat(anna.warnings()).singleElement().asString().contains("not signed by a hub");
    }

    @Test
    void aNewDeviceOfTheOwnAccountIsTold() {
        Peer anna = network.connected("anna", "10.0.0.1");
        network.hub.enrol("anna", DeviceKeys.generate(Env.system()), "phone");
        network.hub.tellHead();
        network.world.run(50);
        assertThat(anna.warnings())
                .singleElement()
                .asString()
                .contains("new device")
                .contains("'phone'");
    }

    @Test
    void aHubThatTellsTwoPeersTwoStoriesIsFoundOut() {
        Peer anna = network.connected("anna", "10.0.0.1");
        Peer bob = network.connected("bob", "10.0.0.2");
        network.settled(anna);
        // Bob's head is replaced by one of another history, as if the hub had shown it to him alone.
        bob.store.write(new covey.store.Batch().put(Tables.HEAD, forkedHead().toByteArray()), true);
        bob.crash();
        bob.start();
        network.settled(bob);
        bob.run(() -> bob.node.wantLink(anna.keys.id()));
        network.world.run(500);
        assertThat(anna.node.fork()).isNotEmpty();
        assertThat(anna.warnings()).anyMatch(text -> text.contains("shown by device"));
    }

    @Test
    void mailOfADeviceEnrolledAMomentAgoWaitsForTheDirectory() {
        Peer anna = network.connected("anna", "10.0.0.1");
        DeviceKeys eve = DeviceKeys.generate(Env.system());
        network.hub.account("eve");
        network.hub.enrol("eve", eve, "new");
        long syncs = network.hub.count(FrameType.DIRECTORY_SYNC);
        SealedMail sealed = SealedMail.newBuilder()
                .setFromDevice(eve.id().toByteString())
                .setEnvelope(ByteString.copyFromUtf8("x"))
                .build();
        MailPush mail = MailPush.newBuilder()
                .addItems(MailItem.newBuilder().setPosition(1).setSealed(sealed))
                .build();
        network.hub.sessions.values().forEach(session -> session.send(Frame.of(FrameType.MAIL, mail)));
        network.world.run(500);
        assertThat(network.hub.count(FrameType.DIRECTORY_SYNC)).isEqualTo(syncs + 1);
        assertThat(anna.node.directory().isActive(eve.id())).isTrue();
        assertThat(network.hub.applied).as("chat has looked at it").contains("MAIL_ACK");
    }

    @Test
    void whatGrowsDuringASyncIsAskedForToo() {
        for (int i = 0; i < 300; i++) {
            network.hub.account("a" + i);
        }
        Peer anna = network.peer("anna", "10.0.0.1");
        anna.start();
        network.world.runUntil(() -> network.hub.count(FrameType.DIRECTORY_SYNC) == 1, 1_000);
        network.hub.account("late");
        network.hub.tellHead();
        network.settled(anna);
        assertThat(anna.node.directory().account("late")).isPresent();
    }

    @Test
    void aFullDiskIsToldAndTheSessionGoesOn() {
        Peer anna = network.connected("anna", "10.0.0.1");
        anna.store.limitBytes(1);
        network.hub.account("bob");
        network.hub.tellHead();
        network.world.run(50);
        assertThat(anna.warnings()).anyMatch(text -> text.contains("could not be stored"));
        assertThat(anna.node.isSettled()).isTrue();
        anna.store.limitBytes(Long.MAX_VALUE);
        network.hub.tellHead();
        network.world.run(50);
        assertThat(anna.node.directory().account("bob")).isPresent();
    }
}

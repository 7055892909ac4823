package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;

import covey.wire.DeviceId;
import covey.wire.proto.PresenceDelta;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class PresenceTest {
    private static final DeviceId ANNA = DeviceId.of(new byte[32]);

    private final Presence presence = new Presence();

    @Test
    void snapshotIsABitSetOfDirectoryIndices() {
        presence.set(ANNA, 9, true, 1);
        BitSet bits = BitSet.valueOf(presence.snapshot(9).getOnline().toByteArray());
        assertThat(bits.cardinality()).isEqualTo(1);
        assertThat(bits.get(9)).isTrue();
    }

    @Test
    void deltaTellsChangesOnceAndRaisesTheVersion() {
        presence.set(ANNA, 3, true, 1);
        PresenceDelta delta = presence.takeDeltas(5).getFirst();
        assertThat(delta.getOnlineList()).containsExactly(3);
        assertThat(delta.getVersion()).isEqualTo(1);
        assertThat(presence.takeDeltas(6)).isEmpty();
    }

    @Test
    void aSessionOpenedBetweenComingAndGoingHearsOfTheGoing() {
        presence.set(ANNA, 3, true, 1);
        assertThat(BitSet.valueOf(presence.snapshot(7).getOnline().toByteArray())
                        .get(3))
                .isTrue();
        presence.set(ANNA, 3, false, 2);
        assertThat(presence.takeDeltas(3).getFirst().getOfflineList()).containsExactly(3);
    }

    @Test
    void sinceIsTheLastChange() {
        presence.set(ANNA, 3, true, 10);
        presence.set(ANNA, 3, true, 20);
        assertThat(presence.sinceMillis(ANNA)).contains(10L);
    }

    @Test
    void whatDoesNotFitOneFrameComesInSeveral() {
        int devices = 200_000;
        for (int i = 0; i < devices; i++) {
            presence.set(ANNA, i, true, 1);
        }
        assertThat(presence.snapshot(0).getOnline().size()).isZero();
        for (List<PresenceDelta> parts : List.of(presence.everyone(), presence.takeDeltas(2))) {
            assertThat(parts).allMatch(part -> part.getSerializedSize() < HubLimits.PUSH_FRAME_BYTES);
            assertThat(parts.stream().mapToInt(PresenceDelta::getOnlineCount).sum())
                    .isEqualTo(devices);
        }
    }
}

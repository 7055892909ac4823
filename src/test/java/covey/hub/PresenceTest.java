package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;

import covey.wire.DeviceId;
import covey.wire.proto.PresenceDelta;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

class PresenceTest {
    private static final DeviceId ANNA = DeviceId.of(new byte[32]);

    private final Presence presence = new Presence();

    @Test
    void snapshotIsABitSetOfDirectoryIndices() {
        presence.set(ANNA, 9, true, 1);
        BitSet bits = BitSet.valueOf(presence.snapshot().getOnline().toByteArray());
        assertThat(bits.cardinality()).isEqualTo(1);
        assertThat(bits.get(9)).isTrue();
    }

    @Test
    void deltaTellsChangesOnceAndRaisesTheVersion() {
        presence.set(ANNA, 3, true, 1);
        PresenceDelta delta = presence.takeDelta(5).orElseThrow();
        assertThat(delta.getOnlineList()).containsExactly(3);
        assertThat(delta.getVersion()).isEqualTo(1);
        assertThat(presence.takeDelta(6)).isEmpty();
    }

    @Test
    void aSessionOpenedBetweenComingAndGoingHearsOfTheGoing() {
        presence.set(ANNA, 3, true, 1);
        assertThat(BitSet.valueOf(presence.snapshot().getOnline().toByteArray()).get(3))
                .isTrue();
        presence.set(ANNA, 3, false, 2);
        assertThat(presence.takeDelta(3).orElseThrow().getOfflineList()).containsExactly(3);
    }

    @Test
    void sinceIsTheLastChange() {
        presence.set(ANNA, 3, true, 10);
        presence.set(ANNA, 3, true, 20);
        assertThat(presence.sinceMillis(ANNA)).contains(10L);
    }
}

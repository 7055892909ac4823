package covey.files;

import static org.assertj.core.api.Assertions.assertThat;

import covey.content.BlockMap;
import covey.content.ContentId;
import covey.wire.proto.Track;
import org.junit.jupiter.api.Test;

final class AnnouncingTest {
    private static final long TEN = 100_000_000;
    private static final long ONE = TEN / 10;

    private final Announcing announcing = new Announcing(ContentId.ofManifest(new byte[0]));

    @Test
    void whatGrowsIsToldEveryTwoSecondsAndWhatStaysEveryEight() {
        assertThat(announcing.holds(0, TEN, 0)).isEmpty();
        assertThat(announcing.holds(ONE, TEN, 100)).hasValueSatisfying(AnnouncingTest::isATenth);
        assertThat(announcing.holds(2 * ONE, TEN, 2_099)).isEmpty();
        assertThat(announcing.holds(2 * ONE, TEN, 2_100)).isPresent();
        assertThat(announcing.holds(2 * ONE, TEN, 10_099)).isEmpty();
        assertThat(announcing.holds(2 * ONE, TEN, 10_100)).isPresent();
    }

    private static void isATenth(Track told) {
        assertThat(told.getHaveBlocks()).isEqualTo((int) (ONE / BlockMap.blockBytesFor(TEN)));
        assertThat(told.getTotalBlocks() / told.getHaveBlocks()).isBetween(10, 11);
        assertThat(told.getLeaving()).isFalse();
    }

    @Test
    void itsEndIsToldOnceAndOnlyToWhomItsBeginningWas() {
        assertThat(announcing.leaves()).isEmpty();
        assertThat(announcing.holds(ONE, TEN, 0)).isPresent();
        assertThat(announcing.leaves())
                .hasValueSatisfying(told -> assertThat(told.getLeaving()).isTrue());
        assertThat(announcing.leaves()).isEmpty();
    }
}

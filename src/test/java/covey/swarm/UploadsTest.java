package covey.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import covey.content.ContentId;
import covey.swarm.Uploads.Request;
import covey.swarm.Uploads.Turn;
import covey.wire.DeviceId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class UploadsTest {
    private static final int PIECE = SwarmLimits.PIECE_BYTES_MAX;
    private static final long MILLI = 1_000_000;

    private static final DeviceId ANNA = Fetching.device(1);
    private static final DeviceId BOB = Fetching.device(2);
    private static final DeviceId EVE = Fetching.device(3);

    private static final ContentId CONTENT = content(1);

    /** A cap that nothing reaches, but under which blocks go in pieces. */
    private final Uploads uploads = new Uploads(new Uploads.Settings(2, 1L << 40, 0), 0);

    private static ContentId content(int number) {
        byte[] id = new byte[ContentId.BYTES];
        id[0] = 1;
        id[1] = (byte) number;
        return ContentId.of(id);
    }

    private void wants(DeviceId peer, int count, int bytes) {
        assertThat(uploads.join(peer, 1, CONTENT, 0)).isEmpty();
        for (int block = 0; block < count; block++) {
            assertThat(uploads.want(new Request(peer, 1, block, bytes))).isTrue();
        }
    }

    private List<Turn.Send> sent(int turns) {
        List<Turn.Send> sent = new ArrayList<>();
        for (int i = 0; i < turns && uploads.next(0) instanceof Turn.Send send; i++) {
            sent.add(send);
        }
        return sent;
    }

    private static Map<DeviceId, Long> bytes(List<Turn.Send> sent) {
        Map<DeviceId, Long> bytes = new HashMap<>();
        sent.forEach(send -> bytes.merge(send.request().peer(), (long) send.bytes(), Long::sum));
        return bytes;
    }

    @Test
    void aBlockGoesOutWholeInPieces() {
        wants(ANNA, 1, 2 * PIECE + 10);
        wants(BOB, 1, PIECE);
        List<Turn.Send> sent = sent(10);
        assertThat(sent).extracting(send -> send.request().peer()).containsExactly(ANNA, ANNA, ANNA, BOB);
        assertThat(sent).extracting(Turn.Send::offset).containsExactly(0, PIECE, 2 * PIECE, 0);
        assertThat(sent).extracting(Turn.Send::bytes).containsExactly(PIECE, PIECE, 10, PIECE);
        assertThat(uploads.next(0)).isEqualTo(new Turn.Idle());
    }

    @Test
    void peersGetEqualSharesInBytesHoweverLargeTheirBlocks() {
        wants(ANNA, 200, 16 * 1024);
        wants(BOB, 50, 4 * PIECE);
        List<Turn.Send> sent = new ArrayList<>();
        while (bytes(sent).getOrDefault(ANNA, 0L) < 200L * 16 * 1024) {
            sent.addAll(sent(1));
        }
        assertThat(bytes(sent).getOrDefault(BOB, 0L)).isBetween(2L * 4 * PIECE, 5L * 4 * PIECE);
    }

    @Test
    void blocksThatNobodyGotYetGoFirst() {
        wants(ANNA, 2, PIECE);
        wants(BOB, 4, PIECE);
        assertThat(sent(6)).extracting(send -> send.request().block()).containsExactly(0, 1, 1, 2, 3, 0);
    }

    @Test
    void whoPausedDoesNotCatchUpAtTheOthersCost() {
        wants(ANNA, 1, PIECE);
        wants(BOB, 200, PIECE);
        sent(150);
        for (int block = 10; block < 60; block++) {
            uploads.want(new Request(ANNA, 1, block, PIECE));
        }
        assertThat(bytes(sent(40)).getOrDefault(BOB, 0L)).isBetween(19L * PIECE, 21L * PIECE);
    }

    @Test
    void whoIsSentAwayIsToldWhenToComeAgain() {
        wants(ANNA, 1, PIECE);
        wants(BOB, 1, PIECE);
        assertThat(uploads.join(EVE, 1, CONTENT, 0)).hasValue(1_000);
        assertThat(uploads.want(new Request(EVE, 1, 0, PIECE))).isFalse();
        uploads.leave(ANNA, 1);
        assertThat(uploads.join(EVE, 1, CONTENT, 0)).isEmpty();
    }

    @Test
    void whoHoldsASlotAndTakesNothingMakesRoom() {
        wants(ANNA, 1, PIECE);
        wants(BOB, 1, PIECE);
        assertThat(uploads.evict(4_000 * MILLI)).isEmpty();
        uploads.blocked(ANNA, 1, true);
        assertThat(uploads.next(4_500 * MILLI)).isInstanceOf(Turn.Send.class);
        assertThat(uploads.evict(5_100 * MILLI)).hasValue(ANNA);
        uploads.gone(ANNA);
        assertThat(uploads.join(EVE, 1, CONTENT, 5_100 * MILLI)).isEmpty();
    }

    @Test
    void aPeerWhoseConnectionIsFullHoldsUpNobody() {
        wants(ANNA, 2, 2 * PIECE);
        wants(BOB, 1, 2 * PIECE);
        assertThat(sent(1)).extracting(send -> send.request().peer()).containsExactly(ANNA);
        uploads.blocked(ANNA, 1, true);
        assertThat(sent(9)).extracting(send -> send.request().peer()).containsExactly(BOB, BOB);
        uploads.blocked(ANNA, 1, false);
        assertThat(sent(9)).extracting(Turn.Send::offset).containsExactly(PIECE, 0, PIECE);
    }

    @Test
    void whatIsNotWantedAnyMoreIsNotSent() {
        wants(ANNA, 3, 2 * PIECE);
        sent(1);
        uploads.unwant(ANNA, 1, 0);
        uploads.unwant(ANNA, 1, 2);
        assertThat(sent(9)).extracting(send -> send.request().block()).containsExactly(1, 1);
        wants(ANNA, 3, PIECE);
        uploads.gone(ANNA);
        assertThat(uploads.next(0)).isEqualTo(new Turn.Idle());
    }

    @Test
    void aLargeBlockIsOnePieceWithoutACapAndTheSmallerTheLowerTheCap() {
        wants(ANNA, 9, 4 * PIECE);
        uploads.caps(0, 0, 0);
        assertThat(sent(1)).extracting(Turn.Send::bytes).containsExactly(4 * PIECE);
        uploads.caps(1_000_000, 0, 0);
        assertThat(sent(1)).extracting(Turn.Send::bytes).containsExactly(50_000);
        uploads.caps(0, 100_000, 0);
        assertThat(sent(1)).extracting(Turn.Send::bytes).containsExactly(SwarmLimits.PIECE_BYTES_MIN);
    }

    @Test
    void aPeerHasOneSlotAndOneShareHoweverManyContentsItFetches() {
        wants(ANNA, 50, PIECE);
        assertThat(uploads.join(ANNA, 2, CONTENT, 0)).isEmpty();
        for (int block = 0; block < 50; block++) {
            uploads.want(new Request(ANNA, 2, block, PIECE));
        }
        wants(BOB, 50, PIECE);
        List<Turn.Send> sent = sent(40);
        assertThat(bytes(sent)).containsEntry(ANNA, 20L * PIECE).containsEntry(BOB, 20L * PIECE);
        assertThat(sent.stream().filter(send -> send.request().fetch() == 2)).hasSize(10);
        uploads.blocked(ANNA, 1, true);
        assertThat(sent(20))
                .as("one connection that is full holds up no other of the same device")
                .filteredOn(send -> send.request().peer().equals(ANNA))
                .extracting(send -> send.request().fetch())
                .containsOnly(2);
    }

    @Test
    void whoWaitsForTheCapKeepsItsSlot() {
        uploads.caps(100_000, 0, 0);
        wants(ANNA, 4, 4 * PIECE);
        wants(BOB, 4, 4 * PIECE);
        sent(99);
        assertThat(uploads.evict(60_000 * MILLI)).isEmpty();
    }

    @Test
    void whoComesAgainAndAgainForSmallContentsOwesWhatItTook() {
        uploads.caps(0, 1_000_000, 0);
        long bytes = 0;
        for (int fetch = 1; fetch <= 10_000; fetch++) {
            long now = fetch * MILLI;
            assertThat(uploads.join(ANNA, fetch, CONTENT, now)).isEmpty();
            uploads.want(new Request(ANNA, fetch, 0, PIECE));
            while (uploads.next(now) instanceof Turn.Send send) {
                bytes += send.bytes();
            }
            uploads.leave(ANNA, fetch);
        }
        assertThat(bytes).isBetween(9_000_000L, 11_000_000L);
    }

    @Test
    void queuesAreBounded() {
        wants(ANNA, SwarmLimits.REQUESTS_PER_PEER_MAX, PIECE);
        assertThat(uploads.want(new Request(ANNA, 1, 9_999, PIECE))).isFalse();
        uploads.leave(ANNA, 1);
        wants(ANNA, 1, PIECE);
        assertThat(uploads.want(new Request(ANNA, 1, 0, PIECE))).as("twice").isFalse();
        assertThat(uploads.want(new Request(ANNA, 2, 0, PIECE)))
                .as("no such fetch")
                .isFalse();
        for (int fetch = 2; fetch <= SwarmLimits.FETCHES_PER_PEER_MAX; fetch++) {
            assertThat(uploads.join(ANNA, fetch, CONTENT, 0)).isEmpty();
        }
        assertThat(uploads.join(ANNA, 999, CONTENT, 0)).isPresent();
    }

    @Test
    void capsHoldForAllAndForEach() {
        uploads.caps(4_000_000, 1_000_000, 0);
        wants(ANNA, 100, PIECE);
        assertThat(rate(20)).isBetween(0.98e6, 1.02e6 + PIECE);
        uploads.caps(500_000, 0, 20_000 * MILLI);
        assertThat(rate(20)).isBetween(0.48e6, 0.52e6 + PIECE);
    }

    private long startMillis;

    private double rate(int seconds) {
        long bytes = 0;
        for (long end = startMillis + seconds * 1_000L; startMillis < end; startMillis++) {
            while (uploads.next(startMillis * MILLI) instanceof Turn.Send send) {
                bytes += send.bytes();
                uploads.want(new Request(ANNA, 1, 1_000 + (int) (bytes / PIECE), PIECE));
            }
        }
        assertThat(uploads.next(startMillis * MILLI)).isInstanceOf(Turn.Wait.class);
        return (double) bytes / seconds;
    }
}

package covey.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.content.ContentId;
import covey.swarm.Tracker.Holder;
import covey.wire.DeviceId;
import covey.wire.proto.Track;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TrackerTest {
    private static final ContentId CONTENT = content(1);
    private static final DeviceId ASKER = Fetching.device(9_999);

    private final Tracker tracker = new Tracker(new Random(1));

    private static ContentId content(int number) {
        byte[] id = new byte[ContentId.BYTES];
        id[0] = 1;
        id[1] = (byte) number;
        return ContentId.of(id);
    }

    private void track(int device, ContentId content, int have, long nowMillis) {
        tracker.track(
                Fetching.device(device),
                Track.newBuilder()
                        .setContent(ByteString.copyFrom(content.toBytes()))
                        .setTotalBlocks(100)
                        .setHaveBlocks(have)
                        .build(),
                nowMillis);
    }

    private List<Holder> sources(List<DeviceId> complete, long nowMillis) {
        return tracker.sources(ASKER, CONTENT, complete, device -> true, nowMillis);
    }

    private static List<DeviceId> devices(int from, int count) {
        return IntStream.range(from, from + count).mapToObj(Fetching::device).toList();
    }

    @Test
    void whoSaidWhatItHasIsASourceForTenSeconds() {
        track(1, CONTENT, 25, 0);
        assertThat(sources(List.of(), 9_999)).containsExactly(new Holder(Fetching.device(1), 250));
        assertThat(sources(List.of(), 10_000)).isEmpty();
        assertThat(tracker.endsMillis.size()).isZero();
    }

    @Test
    void whoJustBeganIsASourceTooForItWillHaveSomethingSoon() {
        track(1, CONTENT, 0, 0);
        assertThat(sources(List.of(), 0)).containsExactly(new Holder(Fetching.device(1), 0));
    }

    @Test
    void sayingItAgainKeepsIt() {
        track(1, CONTENT, 25, 0);
        track(2, CONTENT, 25, 1_000);
        track(1, CONTENT, 50, 8_000);
        assertThat(sources(List.of(), 12_000)).containsExactly(new Holder(Fetching.device(1), 500));
    }

    @Test
    void whoLeavesOrIsGoneIsNoSource() {
        track(1, CONTENT, 25, 0);
        track(2, CONTENT, 25, 0);
        track(2, content(2), 25, 0);
        tracker.track(
                Fetching.device(1),
                Track.newBuilder()
                        .setContent(ByteString.copyFrom(CONTENT.toBytes()))
                        .setTotalBlocks(100)
                        .setLeaving(true)
                        .build(),
                1);
        tracker.gone(Fetching.device(2));
        assertThat(sources(List.of(), 1)).isEmpty();
        assertThat(tracker.endsMillis.size()).isZero();
    }

    @Test
    void neitherTheAskerNorWhoIsAwayIsNamedAndNobodyTwice() {
        track(1, CONTENT, 25, 0);
        track(2, CONTENT, 25, 0);
        List<Holder> sources = tracker.sources(
                Fetching.device(1),
                CONTENT,
                List.of(Fetching.device(1), Fetching.device(2), Fetching.device(3), Fetching.device(4)),
                device -> !device.equals(Fetching.device(4)),
                0);
        assertThat(sources)
                .containsExactlyInAnyOrder(
                        new Holder(Fetching.device(2), 1_000), new Holder(Fetching.device(3), 1_000));
    }

    @Test
    void anAnswerHoldsFiftyHalfOfThemCompleteAndOthersEachTime() {
        for (int i = 0; i < 200; i++) {
            track(i, CONTENT, 50, 0);
        }
        List<DeviceId> complete = devices(500, 200);
        Set<Holder> named = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            List<Holder> sources = sources(complete, 0);
            assertThat(sources).hasSize(50).doesNotHaveDuplicates();
            assertThat(sources.stream().filter(holder -> holder.permille() == 1_000))
                    .hasSize(25);
            named.addAll(sources);
        }
        assertThat(named).hasSizeGreaterThan(380);
    }

    @Test
    void whereFewAreCompleteOrFewAreNotTheOthersFillTheAnswer() {
        for (int i = 0; i < 5; i++) {
            track(i, CONTENT, 50, 0);
        }
        assertThat(sources(devices(500, 200), 0)).hasSize(50);
        for (int i = 0; i < 200; i++) {
            track(i, CONTENT, 50, 0);
        }
        assertThat(sources(devices(500, 2), 0)).hasSize(50);
    }

    @Test
    void whatIsRememberedIsBoundedPerDeviceAndPerContent() {
        for (int i = 0; i < 100; i++) {
            track(1, content(i), 50, 0);
        }
        assertThat(tracker.endsMillis.size()).isEqualTo(Tracker.CONTENTS_PER_DEVICE_MAX);
        for (int i = 0; i < 2_000; i++) {
            track(i + 2, CONTENT, 50, 0);
        }
        assertThat(tracker.endsMillis.size())
                .isEqualTo(Tracker.CONTENTS_PER_DEVICE_MAX + Tracker.HOLDERS_PER_CONTENT_MAX - 1);
        track(5, CONTENT, 70, 0);
        tracker.expire(Tracker.LIFETIME_MILLIS);
        assertThat(tracker.endsMillis.size()).isZero();
    }
}

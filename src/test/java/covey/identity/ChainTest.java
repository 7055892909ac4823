package covey.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import covey.wire.proto.SkippedKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChainTest {
    private static final byte[] ASSOCIATED = {7};

    private final Chain sender = new Chain(new byte[Crypto.KEY_BYTES], 0);
    private final Chain receiver = new Chain(new byte[Crypto.KEY_BYTES], 0);

    @Test
    void anyOrderOfAThousandMessagesIsOpenedOnceEach() {
        List<Integer> counters = new ArrayList<>();
        List<byte[]> sealed = new ArrayList<>();
        for (int i = 0; i < Chain.SKIPPED_MAX; i++) {
            counters.add(i);
            sealed.add(sealNext());
        }
        Collections.shuffle(counters, new Random(1));
        for (int counter : counters) {
            assertThat(receiver.open(counter, sealed.get(counter), ASSOCIATED)).isEqualTo(plain(counter));
        }
        for (int counter : counters) {
            assertThatThrownBy(() -> receiver.open(counter, sealed.get(counter), ASSOCIATED))
                    .isInstanceOf(SealException.class);
        }
        assertThat(receiver.skipped()).isEmpty();
    }

    @Test
    void theFurthestMessageAheadIsOpenedAndTheOneAfterItIsNot() {
        List<byte[]> sealed = new ArrayList<>();
        for (int i = 0; i <= Chain.SKIPPED_MAX + 1; i++) {
            sealed.add(sealNext());
        }
        assertThatThrownBy(() -> receiver.open(Chain.SKIPPED_MAX + 1, sealed.get(Chain.SKIPPED_MAX + 1), ASSOCIATED))
                .hasMessageContaining("too far ahead");
        assertThat(receiver.open(Chain.SKIPPED_MAX, sealed.get(Chain.SKIPPED_MAX), ASSOCIATED))
                .isEqualTo(plain(Chain.SKIPPED_MAX));
    }

    @Test
    void ofMoreMissingMessagesThanAreKeptTheOldestAreGivenUp() {
        byte[] oldest = sealNext();
        byte[] second = sealNext();
        for (int i = 2; i < Chain.SKIPPED_MAX; i++) {
            sealNext();
        }
        receiver.open(Chain.SKIPPED_MAX, sealNext(), ASSOCIATED);
        sealNext();
        receiver.open(Chain.SKIPPED_MAX + 2, sealNext(), ASSOCIATED);
        assertThat(receiver.skipped()).hasSize(Chain.SKIPPED_MAX);
        assertThatThrownBy(() -> receiver.open(0, oldest, ASSOCIATED)).isInstanceOf(SealException.class);
        assertThat(receiver.open(1, second, ASSOCIATED)).isEqualTo(plain(1));
    }

    @Test
    void aForgedMessageNeitherMovesTheChainNorUsesUpAKey() {
        byte[] first = sealNext();
        byte[] second = sealNext();
        byte[] third = sealNext();
        List<SkippedKey> before = receiver.skipped();
        assertThatThrownBy(() -> receiver.open(2, new byte[40], ASSOCIATED)).isInstanceOf(SealException.class);
        assertThat(receiver.next()).isZero();
        assertThat(receiver.skipped()).isEqualTo(before);
        receiver.open(2, third, ASSOCIATED);
        assertThatThrownBy(() -> receiver.open(1, first, ASSOCIATED)).isInstanceOf(SealException.class);
        assertThat(receiver.open(1, second, ASSOCIATED)).isEqualTo(plain(1));
        assertThat(receiver.open(0, first, ASSOCIATED)).isEqualTo(plain(0));
    }

    /** Whoever takes the state reads what is still missing and what comes, and nothing that was opened. */
    @Test
    void takenStateOpensNothingThatWasOpenedBefore() {
        byte[] opened = sealNext();
        byte[] missing = sealNext();
        byte[] last = sealNext();
        receiver.open(0, opened, ASSOCIATED);
        receiver.open(2, last, ASSOCIATED);
        for (int counter = 0; counter < 5; counter++) {
            for (byte[] old : List.of(opened, last)) {
                Chain taken = Chain.restore(receiver.key(), receiver.next(), receiver.skipped());
                int at = counter;
                assertThatThrownBy(() -> taken.open(at, old, ASSOCIATED)).isInstanceOf(SealException.class);
            }
        }
        Chain taken = Chain.restore(receiver.key(), receiver.next(), receiver.skipped());
        assertThat(taken.open(1, missing, ASSOCIATED)).isEqualTo(plain(1));
    }

    @Test
    void oldChainKeysAreErased() {
        byte[] own = new byte[Crypto.KEY_BYTES];
        Arrays.fill(own, (byte) 5);
        Chain chain = new Chain(own, 0);
        chain.seal(plain(0), ASSOCIATED);
        assertThat(own).containsOnly(0);
    }

    /** A home folder restored to the past, or a write lost with a crash: the counter comes again with another text. */
    @Test
    void aCounterUsedTwiceDoesNotTellBothTexts() {
        byte[] key = new byte[Crypto.KEY_BYTES];
        byte[] one = new Chain(key.clone(), 0).seal(new byte[64], new byte[] {1});
        byte[] two = new Chain(key.clone(), 0).seal(new byte[64], new byte[] {2});
        int equal = 0;
        for (int i = 0; i < 64; i++) {
            equal += one[i] == two[i] ? 1 : 0;
        }
        assertThat(equal).isLessThan(16);
    }

    @Test
    void aUsedUpChainSaysSo() {
        Chain last = new Chain(new byte[Crypto.KEY_BYTES], Integer.MAX_VALUE);
        assertThatThrownBy(() -> last.seal(new byte[1], ASSOCIATED)).hasMessageContaining("used up");
        assertThatThrownBy(() -> last.open(Integer.MAX_VALUE, new byte[40], ASSOCIATED))
                .isInstanceOf(SealException.class);
    }

    @Test
    void damagedStateIsRefused() {
        ByteString key = ByteString.copyFrom(new byte[Crypto.KEY_BYTES]);
        SkippedKey past = SkippedKey.newBuilder().setCounter(1).setKey(key).build();
        assertThat(Chain.restore(key.toByteArray(), 2, List.of(past)).skipped()).containsExactly(past);
        refused(new byte[31], 2);
        refused(key.toByteArray(), -1);
        refused(key.toByteArray(), 1, past);
        refused(key.toByteArray(), 2, past.toBuilder().setCounter(-1).build());
        refused(key.toByteArray(), 2, past.toBuilder().setKey(key.substring(1)).build());
    }

    private static void refused(byte[] key, int next, SkippedKey... skipped) {
        assertThatThrownBy(() -> Chain.restore(key, next, List.of(skipped))).isInstanceOf(SealException.class);
    }

    private byte[] sealNext() {
        return sender.seal(plain(sender.next()), ASSOCIATED);
    }

    private static byte[] plain(int counter) {
        return new byte[] {(byte) counter, (byte) (counter >> 8)};
    }
}

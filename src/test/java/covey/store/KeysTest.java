package covey.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class KeysTest {
    @Test
    void partsAreReadAsTheyWereWritten() {
        byte[] key = Keys.of(7)
                .string("änne")
                .bytes(new byte[] {0, 1, 0, 0, (byte) 0xFF})
                .u8(200)
                .u32(-1)
                .u64(Long.MIN_VALUE)
                .fixed(new byte[] {0, 0})
                .build();

        Keys.Reader reader = Keys.read(key);

        assertThat(reader.u8()).isEqualTo(7);
        assertThat(reader.string()).isEqualTo("änne");
        assertThat(reader.bytes()).containsExactly(0, 1, 0, 0, 0xFF);
        assertThat(reader.u8()).isEqualTo(200);
        assertThat(reader.u32()).isEqualTo(-1);
        assertThat(reader.u64()).isEqualTo(Long.MIN_VALUE);
        assertThat(reader.rest()).containsExactly(0, 0);
    }

    @Test
    void keysSortAsTheirPartsDo() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] first = RandomKeys.next(random);
            byte[] second = RandomKeys.next(random);
            long firstNumber = random.nextLong();
            long secondNumber = random.nextInt(4) == 0 ? firstNumber : random.nextLong();
            int order = Integer.signum(Transaction.ORDER.compare(first, second));
            int expected = order != 0 ? order : Integer.signum(Long.compareUnsigned(firstNumber, secondNumber));

            byte[] firstKey = Keys.of(1).bytes(first).u64(firstNumber).build();
            byte[] secondKey = Keys.of(1).bytes(second).u64(secondNumber).build();

            assertThat(Integer.signum(Transaction.ORDER.compare(firstKey, secondKey)))
                    .isEqualTo(expected);
        }
    }

    @Test
    void theEndOfAPrefixComesAfterAllItsKeys() {
        assertThat(Keys.end(new byte[] {1, 2})).containsExactly(1, 3);
        assertThat(Keys.end(new byte[] {1, (byte) 0xFF})).containsExactly(2);
        assertThatThrownBy(() -> Keys.end(new byte[] {(byte) 0xFF})).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aShortOrMalformedKeyIsRefused() {
        assertThatThrownBy(() -> Keys.read(new byte[] {1, 2}).u64()).hasMessageContaining("2 bytes left");
        assertThatThrownBy(() -> Keys.read(new byte[] {1}).bytes()).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> Keys.read(new byte[] {0, 7}).bytes()).hasMessageContaining("byte after zero");
    }
}

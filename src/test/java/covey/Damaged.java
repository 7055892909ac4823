package covey;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Genuine bytes, and copies of them with something wrong: seeds of a fuzzer that every build tries without one. */
public final class Damaged {
    private static final int CHANGES_MAX = 4;

    private Damaged() {}

    /** The genuine ones, then for each of them that many damaged copies; the same ones each time. */
    public static Stream<byte[]> copies(int count, byte[]... genuine) {
        Random random = new Random(genuine.length);
        return Stream.concat(
                Arrays.stream(genuine),
                Arrays.stream(genuine)
                        .flatMap(bytes -> IntStream.range(0, count).mapToObj(i -> damaged(bytes, random))));
    }

    /** One copy with some bytes changed, and sometimes cut off or repeated. */
    public static byte[] damaged(byte[] genuine, Random random) {
        byte[] bytes = genuine.clone();
        for (int changes = 1 + random.nextInt(CHANGES_MAX); changes > 0 && bytes.length > 0; changes--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes = Arrays.copyOf(bytes, at);
                case 1 -> {
                    byte[] longer = Arrays.copyOf(bytes, 2 * bytes.length - at);
                    System.arraycopy(bytes, at, longer, bytes.length, bytes.length - at);
                    bytes = longer;
                }
                case 2 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                default -> bytes[at] = (byte) random.nextInt();
            }
        }
        return bytes;
    }
}

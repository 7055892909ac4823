package covey;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Genuine bytes, and copies of them with something wrong: seeds of a fuzzer that every build tries without one. */
public final class Damaged {
    private static final int CHANGES_MAX = 4;

    private Damaged() {}

    /** A whole frame of every type, as GoldenBytesTest keeps them. */
    public static byte[][] goldenFrames() {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/wire"))) {
            List<byte[]> frames = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                String hex = Files.readString(file, StandardCharsets.US_ASCII).replaceAll("\\s", "");
                frames.add(HexFormat.of().parseHex(hex));
            }
            return frames.toArray(byte[][]::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As those, but each begins with bytes by which the test chooses. */
    public static byte[] chosen(byte[] bytes, int... choices) {
        byte[] all = new byte[choices.length + bytes.length];
        for (int i = 0; i < choices.length; i++) {
            all[i] = (byte) choices[i];
        }
        System.arraycopy(bytes, 0, all, choices.length, bytes.length);
        return all;
    }

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

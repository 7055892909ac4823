package covey.wire;

import static org.assertj.core.api.Assertions.assertThat;

import covey.wire.proto.FrameType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What went over the wire once must be read for ever, and be written the same way. A failure means that other devices
 * will not understand this build: do not write new golden bytes (-Dcovey.golden.write=true) but for a type that is new.
 */
final class GoldenBytesTest {
    private static final Path FOLDER = Path.of("src/test/resources/wire");

    static Stream<FrameType> types() {
        return Arrays.stream(FrameType.values())
                .filter(type -> type != FrameType.UNKNOWN && type != FrameType.UNRECOGNIZED);
    }

    @ParameterizedTest
    @MethodSource("types")
    void everyTypeIsWrittenAndReadAsItAlwaysWas(FrameType type) throws IOException {
        check(type.toString(), Samples.of(type));
    }

    static Stream<String> namesOfCatalogFrames() {
        return CatalogSamples.ALL.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("namesOfCatalogFrames")
    void commandsAndQueriesOfTheCatalogAreWrittenAndReadAsTheyAlwaysWere(String name) throws IOException {
        check(name, java.util.Objects.requireNonNull(CatalogSamples.ALL.get(name)));
    }

    private static void check(String name, Frame sample) throws IOException {
        FrameType type = sample.type();
        Path file = FOLDER.resolve(name + ".hex");
        if (Boolean.getBoolean("covey.golden.write") && !Files.exists(file)) {
            Files.createDirectories(FOLDER);
            Files.writeString(
                    file, HexFormat.of().formatHex(FrameCodec.encode(sample)).replaceAll("(.{96})", "$1\n") + "\n");
        }
        String hex = Files.readString(file, StandardCharsets.US_ASCII).replaceAll("\\s", "");
        assertThat(HexFormat.of().formatHex(FrameCodec.encode(sample))).isEqualTo(hex);

        Frame read = FrameCodec.decode(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
        assertThat(read.header()).isEqualTo(sample.header());
        if (type == FrameType.BLOCK) {
            assertThat(read.payload()).isEqualTo(sample.payload());
            return; // its bytes are nobody's message
        }
        assertThat(Messages.decode(read)).isEqualTo(Messages.decode(sample));
    }
}

package covey.story;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tells something that happens in a village of its own. */
abstract class Story {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    Village village;

    @BeforeEach
    void build() {
        village = new Village(folder);
    }

    @AfterEach
    void leave() throws Exception {
        village.close();
    }

    /** Of bytes that no other name has. */
    Path file(String name, int bytes) throws IOException {
        byte[] data = new byte[bytes];
        new Random(name.hashCode()).nextBytes(data);
        return Files.write(folder.resolve(name), data);
    }
}

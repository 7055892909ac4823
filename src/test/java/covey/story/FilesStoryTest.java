package covey.story;

import static org.assertj.core.api.Assertions.assertThat;

import covey.content.Imported;
import covey.content.Importer;
import covey.peer.PeerNode;
import covey.web.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files, as a person would tell it. */
class FilesStoryTest {
    @TempDir
    Path folder;

    private Village village;

    @BeforeEach
    void build() {
        village = new Village(folder);
    }

    @AfterEach
    void leave() throws Exception {
        village.close();
    }

    private Path file(String name, int bytes) throws IOException {
        byte[] data = new byte[bytes];
        new Random(name.hashCode()).nextBytes(data);
        return Files.write(folder.resolve(name), data);
    }

    @Test
    void whatIsHeldIsListedVerifiedAndCleanedUp() throws IOException {
        var anna = village.settle("anna");
        assertThat(anna.ask("content.ls").ok().list("contents")).isEmpty();
        Path report = file("report.pdf", 300_000);
        Imported imported = anna.contents().importer().scan(report, Importer.Options.STRICT);
        anna.contents().store().link(List.of(imported), "share");

        Json held = anna.ask("content.ls").ok().list("contents").getFirst();
        assertThat(held.text("content")).isEqualTo(imported.id().toString());
        assertThat(held.text("state")).isEqualTo("shared");
        assertThat(held.number("bytes")).isEqualTo(300_000);
        assertThat(held.list("places").getFirst().text())
                .isEqualTo(report.toRealPath().toString());
        assertThat(anna.ask("content.verify").ok().number("damaged")).isZero();

        Files.write(report, new byte[300_000]);
        assertThat(anna.ask("content.verify", "content", imported.id().toString())
                        .ok()
                        .number("damaged"))
                .isEqualTo(1);
        assertThat(anna.ask("content.ls").ok().list("contents").getFirst().text("state"))
                .isEqualTo("withdrawn");
        assertThat(String.join(" ", anna.on(PeerNode::warnings))).contains("report.pdf");
        anna.contents().store().release(imported.id(), "share");
        assertThat(anna.ask("content.gc").ok().number("removed")).isEqualTo(1);
        assertThat(Files.exists(report)).isTrue();
    }

    @Test
    void nobodyElseOnThisMachineLooksIntoTheBlockStore() throws IOException {
        var anna = village.settle("anna");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(anna.home().resolve("blocks"))))
                .isEqualTo("rwx------");
        assertThat(anna.ask("content.verify", "content", "nonsense").refusal()).contains("is no content id");
    }
}

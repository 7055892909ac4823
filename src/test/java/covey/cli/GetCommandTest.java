package covey.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GetCommandTest {
    @TempDir
    Path home;

    @Test
    void interruptedItEndsItsLineAndSaysHowToGoOn() {
        CommandRun covey = new CommandRun(home).person();
        try (FakeNode node = new FakeNode(covey.home())) {
            String event = "{'number':1001,'name':'disk.img','haveBytes':1000,'bytes':2000}".replace('\'', '"');
            node.tells("get", event).staysOpen("get");
            assertThat(covey.interrupted("get", "1001"))
                    .startsWith("\rdisk.img  50 %")
                    .endsWith("\u001b[K" + System.lineSeparator()
                            + "Stopped; what is here is kept. To go on: covey get 1001" + System.lineSeparator());
        }
    }
}

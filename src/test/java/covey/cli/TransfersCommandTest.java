package covey.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TransfersCommandTest {
    private static final String OFFER =
            "{'number':1002,'name':'wrong.pdf','to':'@bob','bytes':2000,'untilMillis':4102444800000}"
                    .replace('\'', '"');

    @TempDir
    Path home;

    @Test
    void anOfferHasANumberByWhichItIsTakenBack() {
        CommandRun covey = new CommandRun(home);
        try (FakeNode node = new FakeNode(covey.home())) {
            node.answers("transfers", "{\"transfers\":[],\"offers\":[" + OFFER + "]}")
                    .answers("cancel", "{\"offer\":" + OFFER + "}");
            assertThat(covey.run("transfers").out()).containsPattern("1002 +offering +wrong.pdf +2.0 kB +all +@bob");
            assertThat(covey.run("cancel", "1002").err())
                    .contains("Taken back: wrong.pdf, offered to @bob. Who fetched it already keeps it.");
            assertThat(node.asked("cancel").number("number")).isEqualTo(1002);
        }
    }

    @Test
    void aTransferIsCancelled() {
        CommandRun covey = new CommandRun(home);
        try (FakeNode node = new FakeNode(covey.home())) {
            node.answers("cancel", "{\"transfer\":{\"number\":1001,\"name\":\"disk.img\"}}");
            assertThat(covey.run("cancel", "1001").err()).contains("Cancelled: disk.img.");
        }
    }
}

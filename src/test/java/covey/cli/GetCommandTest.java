package covey.cli;

import static org.assertj.core.api.Assertions.assertThat;

import covey.wire.proto.ErrorCode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GetCommandTest {
    @TempDir
    Path home;

    @ParameterizedTest
    @CsvSource({
        "NOT_FOUND, 3",
        "DENIED, 4",
        "NOT_LOGGED_IN, 4",
        "UNREACHABLE, 5",
        "PARTIAL, 6",
        "DAMAGED, 7",
        "OVER_LIMIT, 8",
        "CONFLICT, 1"
    })
    void itsExitCodeTellsTheKindOfTrouble(ErrorCode code, int exit) {
        CommandRun covey = new CommandRun(home);
        try (FakeNode node = new FakeNode(covey.home())) {
            node.refuses("get", code, "It is not to be had.");
            CommandRun.Result result = covey.run("get", "1001");
            assertThat(result.code()).isEqualTo(exit);
            assertThat(result.err()).contains("It is not to be had.");
            assertThat(result.out()).isEmpty();
        }
    }

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

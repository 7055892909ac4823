package covey.cli;

import covey.screen.Exit;
import covey.screen.Talk;
import covey.screen.Times;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "send")
final class SendCommand extends Reading {
    @Parameters(index = "0", paramLabel = "TO")
    private String to = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "TEXT")
    private String text = "";

    @Option(names = "--wait", paramLabel = "SPAN")
    private String wait = "2s";

    @Option(names = "--file", paramLabel = "PATH")
    private String file = "";

    @Override
    Exit run() throws IOException {
        if (!file.isEmpty()) {
            return Sending.sendFile(
                    this,
                    Talk.conversation(to),
                    Path.of(file).toAbsolutePath().toString(),
                    text.isEmpty() ? "" : Sending.text(this, text),
                    Times.span(wait));
        }
        return Sending.send(this, "send", Talk.conversation(to), Sending.text(this, text), Times.span(wait));
    }
}

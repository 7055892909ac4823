package covey.cli;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "send")
final class SendCommand extends Reading {
    @Parameters(index = "0", paramLabel = "TO")
    private String to = "";

    @Parameters(index = "1", paramLabel = "TEXT")
    private String text = "";

    @Option(names = "--wait", paramLabel = "SPAN")
    private String wait = "2s";

    @Override
    Exit run() throws IOException {
        return Sending.send(this, "send", conversation(to), Sending.text(this, text), Times.span(wait));
    }
}

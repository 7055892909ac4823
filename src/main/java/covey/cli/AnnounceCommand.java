package covey.cli;

import covey.screen.Exit;
import covey.screen.Times;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "announce")
final class AnnounceCommand extends Reading {
    @Parameters(paramLabel = "TEXT")
    private String text = "";

    @Option(names = "--wait", paramLabel = "SPAN")
    private String wait = "2s";

    @Override
    Exit run() throws IOException {
        return Sending.send(this, "announce", "!announce", Sending.text(this, text), Times.span(wait));
    }
}

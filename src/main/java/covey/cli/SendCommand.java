package covey.cli;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "send")
@Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE, Exit.OVER_LIMIT})
final class SendCommand extends Reading {
    @Parameters(index = "0", paramLabel = "TO")
    private String to = "";

    @Parameters(index = "1", paramLabel = "TEXT")
    private String text = "";

    @Option(names = "--wait", paramLabel = "SPAN")
    private String wait = "2s";

    @Override
    Exit run() throws IOException {
        String conversation = to.startsWith("@") || to.startsWith("#") ? to : "@" + to;
        return Sending.send(this, "send", conversation, Sending.text(this, text), Times.span(wait));
    }
}

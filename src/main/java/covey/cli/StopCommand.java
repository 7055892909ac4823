package covey.cli;

import covey.node.HomeLock;
import covey.screen.Exit;
import covey.screen.Times;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "stop")
final class StopCommand extends Verb {
    private static final long POLL_MILLIS = 20;

    @Option(names = "--timeout", paramLabel = "SPAN")
    private String timeout = "30s";

    @Override
    Exit run() throws InterruptedException {
        long end = shell().env().clock().monotonicMillis() + Times.span(timeout);
        String holder = HomeLock.holder(home());
        node().ask("stop");
        while (HomeLock.isHeld(home())) {
            if (shell().env().clock().monotonicMillis() > end) {
                throw Exit.FAILED.because("The process (" + holder + ") was told to stop but still runs after "
                        + Times.spanText(Times.span(timeout)) + ". See its log in " + home().log() + ".");
            }
            shell().pause(POLL_MILLIS);
        }
        say("Stopped (" + holder + ").");
        return Exit.OK;
    }
}

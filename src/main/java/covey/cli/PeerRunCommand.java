package covey.cli;

import covey.node.Config;
import covey.node.PeerProcess;
import covey.node.Start;
import java.util.Optional;
import picocli.CommandLine.Command;

@Command(name = "run")
final class PeerRunCommand extends ProcessCommand {
    @Override
    void check(Config config) {
        PeerProcess.check(home(), config);
    }

    @Override
    Optional<String> runHere(Start start) throws InterruptedException {
        return PeerProcess.run(start);
    }
}

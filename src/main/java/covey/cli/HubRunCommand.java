package covey.cli;

import covey.node.Config;
import covey.node.HubProcess;
import covey.node.Start;
import java.util.Optional;
import picocli.CommandLine.Command;

@Command(name = "run")
final class HubRunCommand extends ProcessCommand {
    @Override
    void check(Config config) {
        HubProcess.check(home(), config);
    }

    @Override
    Optional<String> runHere(Start start) throws InterruptedException {
        return HubProcess.run(start);
    }
}

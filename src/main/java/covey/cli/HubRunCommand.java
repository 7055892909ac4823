package covey.cli;

import covey.node.Config;
import covey.node.HubProcess;
import covey.node.Start;
import java.util.Optional;
import picocli.CommandLine.Command;

@Command(name = "run")
@Man(
        exits = {Exit.DAMAGED, Exit.OVER_LIMIT},
        settings = true,
        files = {
            "HOME/hub/: keys, log and state of the hub; back it up",
            "HOME/hub/admin.token: token for the first administrator"
        })
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

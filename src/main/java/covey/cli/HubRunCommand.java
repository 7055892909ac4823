package covey.cli;

import covey.node.Config;
import covey.node.HubProcess;
import covey.node.Start;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "run")
final class HubRunCommand extends ProcessCommand {
    @Mixin
    private HubFlags flags = new HubFlags();

    @Override
    SettingFlags flags() {
        return flags;
    }

    @Override
    void check(Config config) {
        HubProcess.check(home(), config);
    }

    @Override
    Optional<String> runHere(Start start) throws InterruptedException {
        return HubProcess.run(start);
    }
}

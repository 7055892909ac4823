package covey.cli;

import covey.node.Config;
import covey.node.PeerProcess;
import covey.node.Start;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "run")
final class PeerRunCommand extends ProcessCommand {
    @Mixin
    private SettingFlags flags = new SettingFlags();

    @Override
    SettingFlags flags() {
        return flags;
    }

    @Override
    void check(Config config) {
        PeerProcess.check(home(), config);
    }

    @Override
    Optional<String> runHere(Start start) throws InterruptedException {
        return PeerProcess.run(start);
    }
}

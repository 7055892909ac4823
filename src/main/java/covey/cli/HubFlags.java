package covey.cli;

import covey.node.Setting;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Those of a process that has a hub. */
final class HubFlags extends SettingFlags {
    @Option(names = "--recovery-code-file", order = 8, paramLabel = "F")
    private String recoveryCodeFile = "";

    @Option(names = "--network-name", order = 3, paramLabel = "TEXT")
    void networkName(String value) {
        put(Setting.HUB_NETWORK_NAME, value);
    }

    @Option(names = "--registration", order = 4, paramLabel = "WHO")
    void registration(String value) {
        put(Setting.HUB_REGISTRATION, value);
    }

    @Override
    Optional<Path> recoveryCodeFile() {
        return Optional.of(recoveryCodeFile).filter(typed -> !typed.isEmpty()).map(Path::of);
    }
}

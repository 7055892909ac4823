package covey.cli;

import covey.node.Setting;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The flags of a process' settings; which role's addresses they mean is decided by the command. */
class SettingFlags {
    private final Map<Setting, String> given = new EnumMap<>(Setting.class);

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(names = "--listen", order = 1, paramLabel = "H:P")
    void listen(String value) {
        put(isPeer() ? Setting.PEER_LISTEN : Setting.HUB_LISTEN, value);
    }

    @Option(names = "--advertise", order = 2, paramLabel = "H:P")
    void advertise(String value) {
        put(isPeer() ? Setting.PEER_ADVERTISE : Setting.HUB_ADVERTISE, value);
    }

    @Option(names = "--ops", order = 5, paramLabel = "H:P")
    void ops(String value) {
        put(Setting.OPS_LISTEN, value);
    }

    @Option(names = "--log-level", order = 6, paramLabel = "LEVEL")
    void logLevel(String value) {
        put(Setting.LOG_LEVEL, value);
    }

    @Option(names = "--log-format", order = 7, paramLabel = "FORMAT")
    void logFormat(String value) {
        put(Setting.LOG_FORMAT, value);
    }

    final void put(Setting setting, String value) {
        given.put(setting, value);
    }

    private boolean isPeer() {
        return command.userObject() instanceof PeerRunCommand;
    }

    final Map<Setting, String> all() {
        return given;
    }

    /** Where the recovery code of a new network goes; empty = it is shown. */
    Optional<Path> recoveryCodeFile() {
        return Optional.empty();
    }
}

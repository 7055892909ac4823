package covey.cli;

import covey.node.Setting;
import java.util.EnumMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The flags of a process' settings; which role's addresses they mean is decided by the command. */
final class SettingFlags {
    private final Map<Setting, String> given = new EnumMap<>(Setting.class);

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(names = "--listen", paramLabel = "H:P")
    void listen(String value) {
        put(isPeer() ? Setting.PEER_LISTEN : Setting.HUB_LISTEN, value);
    }

    @Option(names = "--advertise", paramLabel = "H:P")
    void advertise(String value) {
        put(isPeer() ? Setting.PEER_ADVERTISE : Setting.HUB_ADVERTISE, value);
    }

    @Option(names = "--network-name", paramLabel = "TEXT")
    void networkName(String value) {
        put(Setting.HUB_NETWORK_NAME, value);
    }

    @Option(names = "--registration", paramLabel = "WHO")
    void registration(String value) {
        put(Setting.HUB_REGISTRATION, value);
    }

    @Option(names = "--ops", paramLabel = "H:P")
    void ops(String value) {
        put(Setting.OPS_LISTEN, value);
    }

    @Option(names = "--log-level", paramLabel = "LEVEL")
    void logLevel(String value) {
        put(Setting.LOG_LEVEL, value);
    }

    @Option(names = "--log-format", paramLabel = "FORMAT")
    void logFormat(String value) {
        put(Setting.LOG_FORMAT, value);
    }

    private void put(Setting setting, String value) {
        given.put(setting, value);
    }

    private boolean isPeer() {
        return command.userObject() instanceof PeerRunCommand;
    }

    Map<Setting, String> all() {
        return given;
    }
}
